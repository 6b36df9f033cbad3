/**
 * Exact Kubernetes quantities, as resource.Quantity reads them.
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
 * Bytes of a quantity, rounded up to whole ones as Kubernetes does; `undefined` for what is not a
 * quantity.
 */
export function parseBytes(quantity: unknown): bigint | undefined {
  return parse(quantity, 0);
}

/**
 * Whether two quantities have the same value, however they are written: `1` and `1000m`, `1Gi` and
 * `1024Mi`. Kubernetes keeps nothing below a nano.
 */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const nanos = parse(a, 9);
  return nanos !== undefined && nanos === parse(b, 9);
}

/** The value times a power of ten, rounded up to a whole number. */
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

/** The shortest exact spelling: the largest binary suffix that divides the bytes. */
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

/**
 * The smallest whole number of mebibytes that holds the bytes: what an error tells the user to
 * write.
 */
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
