import { isDeepStrictEqual } from 'node:util';
import { differences, templateDifferences } from './difference';
import { at, keysOf, type Json, type JsonObject } from '../kube/json';
import { podSpecs } from '../kube/pod-template';

/** The fields of an object that differ; what the cluster writes itself is passed over. */
export function changedFields(before: JsonObject, after: JsonObject): string[] {
  if (isDeepStrictEqual(before, after)) {
    return [];
  } // most objects are as they were
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
    return podFields(path, before, after).map(whole);
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
 * An object without its status, without what the cluster writes in its metadata, and without its
 * pod templates, which are compared in their own way.
 */
function without(object: JsonObject, templates: readonly string[]): JsonObject {
  const { status: _, ...rest } = structuredClone(object);
  for (const key of CLUSTER_S_OWN) {
    remove(rest, ['metadata', key]);
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
 * The fields of a pod that differ, those of its spec without `spec.`; where it is a template, with
 * those of its metadata.
 */
export function podFields(path: string, before: JsonObject, after: JsonObject): string[] {
  const keys = keysOf(path);
  const [from, to] = [before, after].map(object => at(object, ...keys));
  if (keys.length === 1 || keys.at(-1) !== 'spec') {
    return differences(from, to, 'podSpec').map(each => each.path);
  }
  const [old, now] = [before, after].map(object => at(object, ...keys.slice(0, -1)));
  return templateDifferences(old, now).map(each => each.path);
}
