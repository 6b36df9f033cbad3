import { isObject, keysOf, valueAt, type Json } from '../kube/json';
import type { FieldChange } from '../rules/remedy';

/** Returns a copy of a value with a change made. Absent if there is nothing to change. */
export function changedJson(value: Json, change: FieldChange): Json | undefined {
  const copy = JSON.parse(JSON.stringify(value)) as Json;
  const keys = keysOf(change.pointer);
  switch (change.do) {
    case 'set':
      return set(copy, keys, change.value) ? copy : undefined;
    case 'append':
      return append(copy, keys, change.value) ? copy : undefined;
    case 'remove':
      return remove(copy, keys) ? copy : undefined;
    case 'removeFirst': // the one that counts stays
      return valueAt(copy, keys) === undefined ? undefined : copy;
  }
}

function set(root: Json, keys: readonly string[], value: Json): boolean {
  const parent = made(root, keys.slice(0, -1));
  const key = keys.at(-1);
  if (key === undefined) {
    return false;
  }
  if (Array.isArray(parent)) {
    if (!(Number(key) in parent)) {
      return false;
    }
    parent[Number(key)] = value;
    return true;
  }
  if (!isObject(parent)) {
    return false;
  }
  parent[key] = value;
  return true;
}

function append(root: Json, keys: readonly string[], value: Json): boolean {
  const parent = made(root, keys.slice(0, -1));
  const key = keys.at(-1);
  if (!isObject(parent) || key === undefined) {
    return false;
  }
  const list = parent[key] ?? [];
  if (!Array.isArray(list)) {
    return false;
  }
  parent[key] = [...list, value];
  return true;
}

/** Returns the object or list at a path. Objects that are absent on the way are added. */
function made(root: Json, keys: readonly string[]): Json | undefined {
  let here: Json | undefined = root;
  for (const key of keys) {
    if (Array.isArray(here)) {
      here = here[Number(key)];
    } else if (isObject(here)) {
      here[key] ??= {};
      here = here[key];
    } else {
      return undefined;
    }
  }
  return here;
}

function remove(root: Json, keys: readonly string[]): boolean {
  const key = keys.at(-1);
  const above = keys.slice(0, -1);
  const parent = valueAt(root, above);
  if (key === undefined) {
    return false;
  }
  if (Array.isArray(parent)) {
    if (!(Number(key) in parent)) {
      return false;
    }
    parent.splice(Number(key), 1);
    return parent.length > 0 || remove(root, above);
  }
  if (!isObject(parent) || !Object.hasOwn(parent, key)) {
    return false;
  }
  delete parent[key];
  return Object.keys(parent).length > 0 || remove(root, above);
}
