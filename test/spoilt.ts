import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { isObject, type Json } from '../src/kube/json';
import { manifestsOf, type Manifest } from '../src/kube/manifest';
import { isKubernetes, readDocuments, Source } from '../src/read/source';

const yamlBelow = (...dir: string[]): string[] =>
  readdirSync(join(__dirname, ...dir), { recursive: true, encoding: 'utf8' })
    .sort()
    .filter(name => name.endsWith('.yaml') && !name.includes('unreadable'))
    .map(name => readFileSync(join(__dirname, ...dir, name), 'utf8'));

/** The text of each file of test/wild. */
export const WILD = yamlBelow('wild');
/** The objects of each file of test/wild and dist/. */
export const FILES = [...WILD, ...yamlBelow('..', 'dist')].map(objectsIn);

/** A value that `String()` and `Number()` end on. */
export const UNSPEAKABLE: Json = { toString: false, valueOf: 0 };

/** Values of every type, most of which the field that gets them cannot have. */
export const anyValue = fc.oneof(
  fc.constantFrom<Json>(
    UNSPEAKABLE,
    [{ toString: null }],
    null,
    true,
    false,
    0,
    -1,
    '',
    'a',
    'a|b',
    '`',
    '<b>',
    [],
    {},
    [null],
    [[]],
    { name: null },
    'Memory',
    '64m',
    ['ALL'],
    ['a', { name: 'a' }],
  ),
  fc.jsonValue().map(value => value as Json),
);

export function objectsIn(yaml: string): Json[] {
  return readDocuments(new Source('a.yaml', yaml)).documents.map(({ value }) => value);
}

/** What the commands take for manifests. */
export function manifestsIn(objects: readonly Json[]): Manifest[] {
  return objects.flatMap(object =>
    isObject(object) && isKubernetes(object) ? manifestsOf(object) : [],
  );
}

/** The keys that lead to each value inside of a value. */
export function pathsIn(value: Json | undefined, above: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, child]) => [
    [...above, key],
    ...pathsIn(child, [...above, key]),
  ]);
}

/** A copy with other values at some paths; what an earlier one has taken away stays away. */
export function spoilt(
  objects: readonly Json[],
  ...changes: (readonly [path: readonly string[], value: Json])[]
): Json[] {
  const copy = structuredClone([...objects]);
  for (const [path, value] of changes) {
    const holder = path
      .slice(0, -1)
      .reduce<unknown>((node, key) => (isHolder(node) ? node[key] : undefined), copy);
    if (isHolder(holder)) {
      holder[path.at(-1) ?? ''] = structuredClone(value);
    }
  }
  return copy;
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Objects of one file with up to four fields that have any value. */
export function spoiltFrom(
  files: readonly (readonly Json[])[],
): fc.Arbitrary<{ before: readonly Json[]; after: Json[] }> {
  const places = files
    .map(objects => ({ objects, paths: pathsIn([...objects]).filter(path => path.length > 1) }))
    .filter(({ paths }) => paths.length > 0);
  return fc.constantFrom(...places).chain(({ objects, paths }) => {
    const changes = fc.array(fc.tuple(fc.constantFrom(...paths), anyValue), {
      minLength: 1,
      maxLength: 4,
    });
    return changes.map(some => ({ before: objects, after: spoilt(objects, ...some) }));
  });
}
