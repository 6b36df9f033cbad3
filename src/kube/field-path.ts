import { at, isObject, keysOf } from './json';
import type { Manifest } from './manifest';

/**
 * Formats a field as people write it: `spec.template.spec.containers[web].image`. Items with a name
 * are shown by name, because indexes change when items are added.
 */
export function fieldOf({ json, base }: Manifest, pointer: string): string {
  let here: unknown = json;
  let field = '';
  for (const key of keysOf(pointer)) {
    const isItem = Array.isArray(here);
    here = at(here, key);
    const name = isItem && isObject(here) && typeof here.name === 'string' ? here.name : key;
    field += isItem
      ? `[${name}]`
      : /^[A-Za-z0-9_-]+$/.test(key)
        ? `${field === '' ? '' : '.'}${key}`
        : `["${key}"]`;
  }
  return base === '' ? field : `${keysOf(base).join('.')}.${field}`;
}
