/**
 * Checks whether a value is a plain object or an array, as in JSON. `Object.prototype` is
 * recognized by its missing prototype instead of by identity, because each JavaScript realm has its
 * own.
 */
export function isTree(value: unknown): value is Record<string, unknown> | unknown[] {
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof (value as { toJSON?: unknown }).toJSON === 'function'
  ) {
    return false;
  }
  if (Array.isArray(value)) {
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === null || Object.getPrototypeOf(prototype) === null) && !(Symbol.iterator in value)
  );
}
