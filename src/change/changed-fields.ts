import { isDeepStrictEqual } from 'node:util';
import { differences, templateDifferences, type Difference } from './difference';
import { at, keysOf, type Json, type JsonObject } from '../kube/json';
import { podSpecs } from '../kube/pod-template';

/** Returns the fields of an object that differ. Ignores fields that the cluster writes. */
export function changedFields(before: JsonObject, after: JsonObject): string[] {
  if (isDeepStrictEqual(before, after)) {
    return [];
  } // fast path: most objects are unchanged
  const templates = [...new Set([...podSpecs(before), ...podSpecs(after)])];
  const fields = differences(without(before, templates), without(after, templates)).map(
    ({ path }) => path,
  );
  const inTemplates = templates.flatMap(path => {
    const keys = keysOf(path);
    const whole = (field: string) =>
      [
        ...(field.startsWith('metadata.') && keys.length > 1 ? keys.slice(0, -1) : keys),
        field,
      ].join('.');
    return podDifferences(path, before, after).map(each => whole(each.path));
  });
  return [...fields, ...inTemplates];
}

const CLUSTER_S_OWN = [
  'creationTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];

/**
 * Returns a copy of an object without its status, without the metadata that the cluster writes,
 * without an empty storage class of a volume, and without its pod templates, which are compared
 * separately.
 */
function without(object: JsonObject, templates: readonly string[]): JsonObject {
  const { status: _, ...rest } = structuredClone(object);
  for (const key of CLUSTER_S_OWN) {
    remove(rest, ['metadata', key]);
  }
  if (rest.kind === 'PersistentVolume' && at(rest, 'spec', 'storageClassName') === '') {
    remove(rest, ['spec', 'storageClassName']); // its default; that of a claim is a class
  }
  for (const path of templates) {
    const keys = keysOf(path);
    remove(rest, keys);
    if (keys.length > 1) {
      remove(rest, [...keys.slice(0, -1), 'metadata']);
    }
  }
  return rest;
}

function remove(object: JsonObject, keys: readonly string[]): void {
  const holder = at(object, ...keys.slice(0, -1));
  if (typeof holder === 'object' && holder !== null) {
    delete (holder as Record<string, Json | undefined>)[keys[keys.length - 1]];
  }
}

/**
 * Returns the fields of a pod that differ. Paths of fields in its spec are relative to the spec. If
 * the pod spec belongs to a template, the metadata of the template is compared too.
 */
export function podDifferences(path: string, before: JsonObject, after: JsonObject): Difference[] {
  const keys = keysOf(path);
  const [from, to] = [before, after].map(object => at(object, ...keys));
  if (keys.length === 1 || keys.at(-1) !== 'spec') {
    return differences(from, to, 'podSpec');
  }
  const [old, now] = [before, after].map(object => at(object, ...keys.slice(0, -1)));
  return templateDifferences(old, now);
}
