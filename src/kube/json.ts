/** A JSON value, as in rendered manifests. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object, as in rendered manifests. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** Checks whether a value is a JSON object. Lists and null are not. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the items of a list. Empty if the value is not a list. */
export function itemsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the objects in a list. Empty if the value is not a list. */
export function objectsOf(value: unknown): JsonObject[] {
  return itemsOf(value).filter(isObject);
}

/** Returns the value at a path of keys. Absent if a part of the path does not exist. */
export function at(value: unknown, ...path: (string | number)[]): Json | undefined {
  return valueAt(value, path);
}

/** Returns the value at a path of keys, given as an array. See {@link at}. */
export function valueAt(value: unknown, path: readonly (string | number)[]): Json | undefined {
  let here = value as Json | undefined;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) {
      return undefined;
    }
    if (Array.isArray(here)) {
      here = here[Number(key)];
    } else {
      const child: Json | undefined = here[key];
      // ignores properties that every object inherits
      here = child !== undefined && Object.hasOwn(here, key) ? child : undefined;
    }
  }
  return here;
}

/**
 * Returns the canonical text of a value: the same for equal values, regardless of the order of
 * their keys.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'undefined';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (!isObject(value)) {
    return value;
  }
  const copy: JsonObject = Object.create(null);
  for (const key of Object.keys(value).sort()) {
    copy[key] = sorted(value[key]) as Json;
  }
  return copy;
}

/** Checks whether two values are equal, regardless of the order of their keys. */
export function equal(a: unknown, b: unknown): boolean {
  return (
    a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b))
  );
}

/** Returns the JSON pointer (RFC 6901) for keys. */
export function pointer(...keys: (string | number)[]): string {
  return pointerTo(keys);
}

/** Returns the JSON pointer (RFC 6901) for an array of keys. */
export function pointerTo(keys: readonly (string | number)[]): string {
  let text = '';
  for (const key of keys) {
    text += `/${typeof key === 'string' && /[~/]/.test(key) ? key.replace(/~/g, '~0').replace(/\//g, '~1') : key}`;
  }
  return text;
}

/** Returns the keys of a JSON pointer (RFC 6901). */
export function keysOf(jsonPointer: string): string[] {
  const keys = jsonPointer.split('/').slice(1);
  return jsonPointer.includes('~')
    ? keys.map(k => k.replace(/~1/g, '/').replace(/~0/g, '~'))
    : keys;
}

/**
 * Returns the value if it is a number, and `otherwise` if not. `Number()` cannot be used here: it
 * throws an error for an object with a field `toString`.
 */
export function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/**
 * Returns any value as text. `String()` cannot be used here: it throws an error for an object with
 * a field `toString`.
 */
export function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
