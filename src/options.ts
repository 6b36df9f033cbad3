import { InputChecks, InputError, show, type Where } from './errors';
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
  const checks = new InputChecks(where);
  const options = meantOptions(given, checks, names);
  checks.end({});
  return options;
}

/**
 * Returns properties or options as they are meant, so that what they say can be checked, too: a
 * misspelled option is the one that it most likely stands for, and others are left out. Each is a
 * problem. Throws an error if there are no options to read.
 */
export function meantOptions<T extends object>(
  given: T,
  checks: InputChecks,
  names: OptionNames<T>,
): T {
  const known = Object.keys(names);
  const all = () => [...known].sort().join(', ');
  if (typeof given !== 'object' || given === null || isConstruct(given)) {
    throw new InputError(checks.where, {
      code: 'SHM007',
      field: 'properties',
      given: isConstruct(given) ? `construct ${given.node.path || 'App'}` : show(given),
      allowed: `an object with options among ${all()}`,
      fix: 'write an object with those that you need',
    });
  }
  const unknown = Object.keys(given).filter(key => !known.includes(key));
  if (unknown.length === 0) {
    return given;
  }
  checks.add({
    code: 'SHM007',
    field: 'options',
    given: show(unknown),
    allowed: `options among ${all()}`,
    fix: unknown.map(key => correction(key, known)).join('; '),
  });
  const meant = unknown.flatMap(key => {
    const near = nearName(key, known);
    return near === undefined ? [] : [[near, given[key as keyof T]]];
  });
  const right = Object.entries(given).filter(([key]) => known.includes(key));
  return Object.fromEntries([...meant, ...right]) as T;
}

function isConstruct(given: unknown): given is { node: { path: string } } {
  const node = (given as { node?: { findAll?: unknown; path?: unknown } } | null | undefined)?.node;
  return typeof node?.findAll === 'function' && typeof node.path === 'string';
}

function correction(key: string, known: readonly string[]): string {
  const near = nearName(key, known);
  return near === undefined
    ? `leave out ${show(key)}`
    : `write ${show(near)} instead of ${show(key)}`;
}
