import { InputError, show, type Where } from './errors';

/**
 * The names of all options of an interface. The compiler reports a list that misses an option, or
 * contains a name that is not an option.
 */
export type OptionNames<T> = Readonly<Record<keyof Required<T>, true>>;

/**
 * Returns properties or options after checking them. Throws an error if they are not an object, or
 * contain an unknown key.
 */
export function optionsOf<T extends object>(given: T, where: Where, names: OptionNames<T>): T {
  if (typeof given !== 'object' || given === null) {
    throw new InputError(where, {
      code: 'SHM007',
      field: 'properties',
      given: show(given),
      allowed: `an object with options among ${Object.keys(names).sort().join(', ')}`,
      fix: 'write an object with those that you need',
    });
  }
  const known = Object.keys(names);
  const unknown = Object.keys(given).filter(key => !known.includes(key));
  if (unknown.length === 0) {
    return given;
  }
  throw new InputError(where, {
    code: 'SHM007',
    field: 'options',
    given: show(unknown),
    allowed: `options among ${[...known].sort().join(', ')}`,
    fix: unknown.map(key => correction(key, known)).join('; '),
  });
}

function correction(key: string, known: readonly string[]): string {
  const near = nearName(key, known);
  return near === undefined
    ? `leave out ${show(key)}`
    : `write ${show(near)} instead of ${show(key)}`;
}

/**
 * Returns the name that a user most likely meant by a misspelled name: one that differs only in
 * case, is a prefix of it or starts with it, or differs in a few letters. Absent if no name is
 * similar.
 */
export function nearName(given: string, names: readonly string[]): string | undefined {
  const word = given.toLowerCase();
  const near = names.map(name => {
    const other = name.toLowerCase();
    const isBeginning =
      word.length > 2 && other.length > 2 && (other.startsWith(word) || word.startsWith(other));
    return {
      name,
      distance: isBeginning ? Math.min(1, distance(word, other)) : distance(word, other),
    };
  });
  const [best] = near.sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, Math.floor(given.length / 3)) ? best.name : undefined;
}

/**
 * Returns the edit distance between two words: how many letters must be added, removed, replaced or
 * swapped with their neighbor to turn one into the other.
 */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced);
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchanged) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.length][b.length];
}
