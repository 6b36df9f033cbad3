import { InputError, show, type Where } from './errors';
import { nearName } from './near-name';

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
