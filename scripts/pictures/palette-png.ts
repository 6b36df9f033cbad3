import { crc32, deflateSync, inflateSync } from 'node:zlib';

/*
 * A browser writes each pixel with three bytes. A picture of text has few colours: with a palette,
 * docs/review.png has a third of its size, and can be in the package.
 */

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** How far a colour may be from the one of the palette: the sum over red, green and blue. */
const NEAR = 6;

/** A picture: its size, and the colour of each pixel as 0xRRGGBB. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly colours: readonly number[];
}

/**
 * Returns a picture of 8-bit RGB with a palette: of the colours that it has, those that an eye can
 * tell apart. Throws an error if these are more than 256.
 */
export function withPalette(png: Buffer): Buffer {
  const { colours, height, width } = pixelsOf(png);
  const palette: number[] = [];
  const indexes = new Map<number, number>();
  for (const colour of byFrequency(colours)) {
    const near = palette.findIndex(each => distance(each, colour) <= NEAR);
    indexes.set(colour, near < 0 ? palette.push(colour) - 1 : near);
  }
  if (palette.length > 256) {
    throw new Error(`the picture has ${palette.length} colours, and a palette at most 256`);
  }
  const rows = Buffer.alloc(height * (width + 1)); // each begins with its filter: none
  colours.forEach((colour, i) => {
    rows[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = indexes.get(colour) ?? 0;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // 8 bits, of a palette
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(bytesOf))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Reads a picture of 8-bit RGB. */
export function pixelsOf(png: Buffer): Pixels {
  const parts = chunksOf(png);
  const header = parts.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== 2 || header[12] !== 0) {
    throw new Error('not a picture of 8-bit RGB');
  }
  const data = inflateSync(
    Buffer.concat(parts.filter(({ type }) => type === 'IDAT').map(each => each.data)),
  );
  const bytes = unfiltered(data, width * 3, height);
  return {
    width,
    height,
    colours: Array.from({ length: width * height }, (_, i) => bytes.readUIntBE(i * 3, 3)),
  };
}

/** Undoes the filter of each row, which says how its bytes differ from those beside and above. */
function unfiltered(data: Buffer, stride: number, height: number): Buffer {
  const bytes = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < 3 ? 0 : bytes[at - 3];
      const above = y === 0 ? 0 : bytes[at - stride];
      const corner = x < 3 || y === 0 ? 0 : bytes[at - stride - 3];
      const guess = [0, left, above, Math.floor((left + above) / 2), paeth(left, above, corner)][
        filter
      ];
      bytes[at] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return bytes;
}

/** The guess of the filter Paeth: the neighbour that is nearest to left + above - corner. */
function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map(each => Math.abs(guess - each));
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** The colours of a picture, the most frequent first; where two are alike, by their values. */
function byFrequency(colours: readonly number[]): number[] {
  const counts = new Map<number, number>();
  colours.forEach(colour => counts.set(colour, (counts.get(colour) ?? 0) + 1));
  return [...counts].sort(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour);
}

const bytesOf = (colour: number) => [
  Math.floor(colour / 65536),
  Math.floor(colour / 256) % 256,
  colour % 256,
];

function distance(a: number, b: number): number {
  const other = bytesOf(b);
  return bytesOf(a).reduce((sum, byte, i) => sum + Math.abs(byte - other[i]), 0);
}

function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(data.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}
