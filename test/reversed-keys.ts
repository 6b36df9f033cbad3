import { isObject, type Json } from '../src/kube/json';

/** Returns a value with the keys of all its objects in the reverse order. */
export function reversedKeys(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(reversedKeys);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, child]) => [key, reversedKeys(child ?? null)]),
      )
    : value;
}
