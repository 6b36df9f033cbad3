const FORM = /^(\d+)\s*([A-Za-z]*)$/;
const K = 1024n;

/** Units of a program's sizes, in bytes. The unit '' is that of a number without unit. */
export type Units = Readonly<Record<string, bigint>>;

/** Units of PostgreSQL for parameters whose base unit is a kilobyte. */
export const POSTGRESQL_UNITS: Units = {
  '': K,
  B: 1n,
  kB: K,
  MB: K ** 2n,
  GB: K ** 3n,
  TB: K ** 4n,
};

/** Units of a plain number of bytes with an optional letter. */
export const LETTER_UNITS: Units = {
  '': 1n,
  k: K,
  K: K,
  m: K ** 2n,
  M: K ** 2n,
  g: K ** 3n,
  G: K ** 3n,
};

/** Returns the bytes of a size as a program writes it. Absent if it is written in another way. */
export function sizeIn(text: string | undefined, units: Units): bigint | undefined {
  const [, number, unit] = FORM.exec(text ?? '') ?? [];
  const bytes = Object.hasOwn(units, unit ?? '?') ? units[unit] : undefined;
  return bytes === undefined ? undefined : BigInt(number) * bytes;
}
