import * as fc from 'fast-check';
import { formatBytes, parseBytes, roundUpToMebibytes, sameQuantity } from '../../src/kube/quantity';

test.each([
  ['0', 0n],
  ['1', 1n],
  ['64Mi', 67108864n],
  ['1Ki', 1024n],
  ['2Gi', 2147483648n],
  ['1Ei', 1152921504606846976n],
  ['1k', 1000n],
  ['50G', 50000000000n],
  ['1E', 1000000000000000000n],
  ['1e3', 1000n],
  ['1E3', 1000n],
  ['12e-1', 2n],
  ['1.5Gi', 1610612736n],
  ['.5Ki', 512n],
  ['5.', 5n],
  ['+3', 3n],
  ['-1', -1n],
  ['64m', 1n],
  ['1500m', 2n],
  ['100n', 1n],
  ['128974848000m', 128974848n],
])('%s is %s bytes, rounded up', (quantity, bytes) => {
  expect(parseBytes(quantity)).toBe(bytes);
});

test.each([
  '',
  ' ',
  '64 MB',
  '1GB',
  '64mi',
  'Mi',
  '1e',
  '--1',
  '0x10',
  '1Mi ',
  '1e3Mi',
  'NaN',
  '1,5',
  '.',
  null,
  undefined,
  true,
  {},
  [],
  NaN,
  Infinity,
])('fails to read %p', quantity => {
  expect(parseBytes(quantity)).toBeUndefined();
});

test('a number is read as its text', () => {
  expect(parseBytes(1048576)).toBe(1048576n);
});

test('what is written is read back, and is the shortest with a binary suffix', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), bytes => {
      const text = formatBytes(bytes);
      expect(parseBytes(text)).toBe(bytes);
      const [, digits, suffix] = /^(\d+)([A-Z]i)?$/.exec(text)!;
      expect(suffix === 'Ei' || BigInt(digits) % 1024n !== 0n || bytes === 0n).toBe(true);
    }),
  );
});

test('digits, a point and a suffix are exact', () => {
  const suffixes = {
    Ki: 1024n,
    Mi: 1024n ** 2n,
    Gi: 1024n ** 3n,
    k: 1000n,
    M: 1000n ** 2n,
    '': 1n,
  };
  const suffix = fc.constantFrom(...(Object.keys(suffixes) as (keyof typeof suffixes)[]));
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
      fc.nat(9),
      suffix,
      (digits, places, unit) => {
        const padded = digits.toString().padStart(places + 1, '0');
        const text = places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`;
        const divisor = 10n ** BigInt(places);
        expect(parseBytes(text + unit)).toBe((digits * suffixes[unit] + divisor - 1n) / divisor);
      },
    ),
  );
});

test('no text crashes or hangs it', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      parseBytes(text);
    }),
  );
  expect(parseBytes('1e9999')).toBe(10n ** 9999n);
  expect(parseBytes('1e99999')).toBeUndefined();
  expect(parseBytes('9'.repeat(1000))).toBe(BigInt('9'.repeat(1000)));
});

test('a number to write is a whole number of mebibytes that holds the bytes', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 60n }), bytes => {
      const rounded = roundUpToMebibytes(bytes);
      expect(rounded % 1048576n).toBe(0n);
      expect(rounded - bytes >= 0n && rounded - bytes < 1048576n).toBe(true);
    }),
  );
});

test.each([
  ['1u', 1n],
  ['1000001u', 2n],
  ['-1500m', -1n],
  ['-2500m', -2n],
  ['-2', -2n],
  ['-1Ki', -1024n],
  ['2e-1', 1n],
  ['1E', 10n ** 18n],
])('%s is %s bytes: fractions are rounded up, as Kubernetes does', (quantity, bytes) => {
  expect(parseBytes(quantity)).toBe(bytes);
});

test('what is no quantity is not equal to anything, not even to itself', () => {
  expect(sameQuantity('x', 'x')).toBe(false);
  expect(sameQuantity('1', 'x')).toBe(false);
});
