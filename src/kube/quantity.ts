/**
 * The syntax of Kubernetes quantities, as resource.Quantity parses them. The functions in this file
 * calculate exactly.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d{1,4})?$/;

const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/**
 * Returns the bytes of a quantity, rounded up to a whole number as in Kubernetes. `undefined` if
 * the value is not a quantity.
 */
export function parseBytes(quantity: unknown): bigint | undefined {
  return parse(quantity, 0);
}

/**
 * Checks whether two quantities are equal, for example `1` and `1000m`, or `1Gi` and `1024Mi`.
 * Differences below 1 nano are ignored, as in Kubernetes.
 */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const nanos = parse(a, 9);
  return nanos !== undefined && nanos === parse(b, 9);
}

/**
 * Returns a text that is the same for equal quantities, and another one for all others. `undefined`
 * if the value is not a quantity.
 */
export function quantityKey(quantity: unknown): string | undefined {
  const nanos = parse(quantity, 9);
  return nanos === undefined ? undefined : `${nanos}n`;
}

/**
 * Returns the value of a quantity multiplied by 10 to the power of `digitsBelow`, rounded up to a
 * whole number.
 */
function parse(quantity: unknown, digitsBelow: number): bigint | undefined {
  if (typeof quantity === 'number') {
    return Number.isFinite(quantity) ? parse(String(quantity), digitsBelow) : undefined;
  }
  const match = typeof quantity === 'string' ? FORM.exec(quantity) : null;
  if (!match) {
    return undefined;
  }
  const [, sign, number, suffix = ''] = match;
  const [whole, fraction = ''] = number.split('.');
  const digits = BigInt(whole + fraction);
  const { multiplier, exponent } = scale(suffix);
  const power = exponent + digitsBelow - fraction.length;
  const scaled = digits * multiplier * 10n ** BigInt(Math.max(power, 0));
  const divisor = 10n ** BigInt(Math.max(-power, 0));
  if (sign === '-') {
    return -(scaled / divisor);
  }
  return (scaled + divisor - 1n) / divisor;
}

/**
 * Returns the shortest exact quantity for a number of bytes, with the largest binary suffix that
 * divides it.
 */
export function formatBytes(bytes: number | bigint): string {
  let value = BigInt(bytes);
  let suffix = '';
  for (const next of BINARY) {
    if (value === 0n || value % 1024n !== 0n) {
      break;
    }
    value /= 1024n;
    suffix = next;
  }
  return `${value}${suffix}`;
}

/** Rounds bytes up to whole mebibytes. Used for the sizes that error messages suggest. */
export function roundUpToMebibytes(bytes: bigint): bigint {
  const mebibyte = 1024n * 1024n;
  return ((bytes + mebibyte - 1n) / mebibyte) * mebibyte;
}

function scale(suffix: string): { multiplier: bigint; exponent: number } {
  if (BINARY.includes(suffix)) {
    return { multiplier: 1024n ** BigInt(BINARY.indexOf(suffix) + 1), exponent: 0 };
  }
  if (/^[eE]./.test(suffix)) {
    return { multiplier: 1n, exponent: Number(suffix.slice(1)) };
  }
  return { multiplier: 1n, exponent: DECIMAL[suffix] ?? 0 };
}
