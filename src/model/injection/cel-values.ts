import { isObject, type Json } from '../../kube/json';

/** A CEL expression inside a JSON value. */
export class CelExpression {
  public constructor(public readonly text: string) {}
}

/** JSON in which values can be CEL expressions. */
export type CelJson =
  Json | CelExpression | readonly CelJson[] | { readonly [key: string]: CelJson };

/** Returns a string as CEL. */
export function celString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

/**
 * Returns JSON as CEL. The values of a map, and the items of a list, must have one type in the CEL
 * of Kubernetes, so those of different types are converted with `dyn()`.
 */
export function celValue(json: CelJson): string {
  if (json instanceof CelExpression) {
    return json.text;
  }
  if (Array.isArray(json)) {
    const items = json as readonly CelJson[];
    return `[${items.map(item => element(item, items)).join(', ')}]`;
  }
  if (isObject(json)) {
    const entries = Object.entries(json) as [string, CelJson][];
    const values = entries.map(([, value]) => value);
    return `{${entries.map(([key, value]) => `${celString(key)}: ${element(value, values)}`).join(', ')}}`;
  }
  return typeof json === 'string' ? celString(json) : String(json as Json);
}

function element(item: CelJson, all: readonly CelJson[]): string {
  const isPlain = all.every(each => typeof each === 'string');
  return isPlain ? celValue(item) : `dyn(${celValue(item)})`;
}

/** Returns a JSON patch operation that adds a value. The path is a CEL expression. */
export function add(path: string, value: CelJson): string {
  return `JSONPatch{op: 'add', path: ${path}, value: ${celValue(value)}}`;
}

/** Returns a JSON patch operation that removes a value. The path is a CEL expression. */
export function remove(path: string): string {
  return `JSONPatch{op: 'remove', path: ${path}}`;
}

/** Returns a JSON pointer as a CEL string. */
export function celPath(...keys: readonly string[]): string {
  return celString(keys.map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}

/** Returns the operations if a condition holds, and none otherwise. */
export function onlyIf(condition: string, ...operations: readonly string[]): string {
  return `(${condition} ? [${operations.join(', ')}] : [])`;
}
