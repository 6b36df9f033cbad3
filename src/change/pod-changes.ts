import { podDifferences } from './changed-fields';
import type { Difference } from './difference';
import type { ObjectPair } from './object-pairs';
import { podReplacement } from './pod-replacement';
import type { ImageChange, ObjectRef, PodChange, RefusedChange } from './set-changes';
import { at, textOf, type Json, type JsonObject } from '../kube/json';
import { podSpecs } from '../kube/pod-template';

/** Returns what happens to the pods of each workload that changes. */
export function podChanges(
  pairs: readonly ObjectPair[],
  refused: readonly RefusedChange[],
): PodChange[] {
  const frozen = new Set(refused.filter(isCertain).map(({ of }) => of));
  return pairs.flatMap(({ of, fields, before, after }) =>
    before && after && fields.length > 0
      ? podChange(of, fields, before.manifest.json, after.manifest.json, frozen.has(of))
      : [],
  );
}

function isCertain(change: RefusedChange): boolean {
  return change.because === 'selectorMismatch' || change.doubt === undefined;
}

function podChange(
  of: ObjectRef,
  all: readonly string[],
  before: JsonObject,
  after: JsonObject,
  isRefused: boolean,
): PodChange[] {
  const paths = [...new Set([...podSpecs(after), ...podSpecs(before)])];
  if (paths.length === 0) {
    return [];
  }
  const metadataOnly = all.every(field => field.startsWith('metadata.'));
  if (isRefused) {
    return [{ of, replacement: { by: 'refused' }, fields: all, images: [], metadataOnly }];
  }
  const scaled = scaleChange(before, after);
  const found = paths.flatMap(path => podDifferences(path, before, after));
  const fields = [...new Set(found.map(({ path }) => path))];
  if (fields.length === 0) {
    const replacement = { by: 'sameTemplate' } as const;
    return [{ of, replacement, fields: all, images: [], metadataOnly, ...scaled }];
  }
  const images = found.flatMap(imageChange);
  const replacement = podReplacement(after, fields);
  return [{ of, replacement, fields, images, metadataOnly, ...scaled }];
}

/** The kinds whose pods are counted by `spec.replicas`. */
const SCALED = ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'];

function scaleChange(before: JsonObject, after: JsonObject): Pick<PodChange, 'replicas'> {
  if (!SCALED.includes(textOf(after.kind))) {
    return {};
  }
  const [from, to] = [before, after].map(each => at(each, 'spec', 'replicas') ?? null);
  return from !== to && isReplicas(from) && isReplicas(to) ? { replicas: { from, to } } : {};
}

/** The API server refuses anything else. */
function isReplicas(value: Json): value is number | null {
  return value === null || typeof value === 'number';
}

function imageChange({ path, from, to }: Difference): ImageChange[] {
  return path.endsWith('.image') && typeof from === 'string' && typeof to === 'string'
    ? [{ container: path.slice(0, -'.image'.length), from, to }]
    : [];
}
