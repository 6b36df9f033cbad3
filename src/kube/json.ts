/** A value of rendered JSON. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** An object of rendered JSON. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** Whether a value is an object, not a list and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The items of a list; nothing for what is not a list. */
export function itemsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value : [];
}

/** The objects in a list; nothing for what is not a list. */
export function objectsOf(value: unknown): JsonObject[] {
  return itemsOf(value).filter(isObject);
}

/** The value below a path of keys. */
export function at(value: unknown, ...path: (string | number)[]): Json | undefined {
  return valueAt(value, path);
}

/** The value below a path of keys. */
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
      // not what every object inherits
      here = child !== undefined && Object.hasOwn(here, key) ? child : undefined;
    }
  }
  return here;
}

/** One spelling for equal values, whatever the order of their keys. */
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

/** Whether two values are equal, whatever the order of their keys. */
export function equal(a: unknown, b: unknown): boolean {
  return (
    a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b))
  );
}

/** A JSON pointer from keys (RFC 6901). */
export function pointer(...keys: (string | number)[]): string {
  return pointerTo(keys);
}

/** A JSON pointer from keys (RFC 6901). */
export function pointerTo(keys: readonly (string | number)[]): string {
  let text = '';
  for (const key of keys) {
    text += `/${typeof key === 'string' && /[~/]/.test(key) ? key.replace(/~/g, '~0').replace(/\//g, '~1') : key}`;
  }
  return text;
}

/** The keys of a JSON pointer (RFC 6901). */
export function keysOf(jsonPointer: string): string[] {
  const keys = jsonPointer.split('/').slice(1);
  return jsonPointer.includes('~')
    ? keys.map(k => k.replace(/~1/g, '/').replace(/~0/g, '~'))
    : keys;
}

/**
 * A number; what stands in for it where there is none: `Number()` fails on an object with a field
 * `toString`.
 */
export function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** A value as text, whatever it is: `String()` fails on an object with a field `toString`. */
export function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
