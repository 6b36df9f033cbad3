/**
 * A map or list, as JSON has them. `Object.prototype` is recognized by having no prototype itself:
 * each realm has its own.
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
