import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { pixelsOf, withPalette } from '../../scripts/pictures/palette-png';

const REVIEW = join(__dirname, '..', '..', 'docs', 'review.png');

/** A chunk of a PNG; nobody here looks at its checksum. */
function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
}

/** A PNG of 8-bit RGB, of rows that are filtered already. */
function png(width: number, rows: readonly (readonly number[])[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.alloc(8),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The parts of a picture with a palette: its colours, and which of them each pixel has. */
function parts(picture: Buffer): { palette: number[]; rows: number[] } {
  const at = (type: string) => {
    const start = picture.indexOf(type, 0, 'latin1');
    return picture.subarray(start + 4, start + 4 + picture.readUInt32BE(start - 4));
  };
  expect([...at('IHDR')].slice(8, 10)).toEqual([8, 3]);
  const palette = at('PLTE');
  return {
    palette: Array.from({ length: palette.length / 3 }, (_, i) => palette.readUIntBE(i * 3, 3)),
    rows: [...inflateSync(at('IDAT'))],
  };
}

test('the filters of PNG are undone: none, left, above, average, Paeth', () => {
  const rows = [
    [0, 1, 2, 3, 4, 5, 6],
    [1, 1, 2, 3, 3, 3, 3],
    [2, 0, 0, 0, 255, 255, 255],
    [3, 1, 1, 1, 1, 1, 1],
    [4, 1, 1, 1, 1, 1, 1],
  ];
  expect(pixelsOf(png(2, rows)).colours.map(colour => colour.toString(16))).toEqual([
    ...['10203', '40506'],
    ...['10203', '40506'],
    ...['10203', '30405'],
    ...['10202', '30404'],
    ...['20303', '40505'],
  ]);
});

test('colours that an eye cannot tell apart become one, the most frequent first', () => {
  const rows = [
    [0, 255, 255, 255, 0, 0, 0, 255, 255, 254],
    [0, 255, 255, 255, 8, 0, 0, 250, 255, 255],
  ];
  expect(parts(withPalette(png(3, rows)))).toEqual({
    palette: [0xffffff, 0x000000, 0x080000],
    rows: [...[0, 0, 1, 0], ...[0, 0, 2, 0]],
  });
});

test('fails with more colours than a palette has, and with a picture of another kind', () => {
  const many = Array.from({ length: 257 }, (_, i) =>
    [i % 16, Math.floor(i / 16) % 16, Math.floor(i / 256)].map(byte => byte * 15),
  );
  expect(() =>
    withPalette(
      png(
        1,
        many.map(rgb => [0, ...rgb]),
      ),
    ),
  ).toThrow('the picture has 257 colours, and a palette at most 256');
  expect(() => withPalette(readFileSync(REVIEW))).toThrow('not a picture of 8-bit RGB');
});

test('docs/review.png is small enough for the package', () => {
  expect(parts(readFileSync(REVIEW)).palette.length).toBeGreaterThan(16);
  expect(statSync(REVIEW).size).toBeLessThan(100_000);
});
