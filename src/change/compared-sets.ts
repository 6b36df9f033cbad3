import type { ObjectPair, ManifestSide } from './object-pairs';
import type { ObjectRef } from './set-changes';
import { groupBy } from '../kube/group';
import type { Manifest } from '../kube/manifest';
import { ManifestSet } from '../read/manifest-set';
import type { GivenContract } from '../sharing/given-contract';
import { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

/**
 * Two sets of objects that are compared, with their pods and marks, and the pairs of objects that
 * correspond to each other.
 */
export interface ComparedSets {
  readonly pairs: readonly ObjectPair[];
  readonly before: MarkedManifests;
  readonly after: MarkedManifests;
}

/** The pod template of an object before and after the change. One side can be absent. */
export interface PodPair {
  readonly of: ObjectRef;
  readonly before?: MarkedPod;
  readonly after?: MarkedPod;
}

export function comparedSets(
  pairs: readonly ObjectPair[],
  before: ManifestSide,
  after: ManifestSide,
  contracts: readonly GivenContract[],
): ComparedSets {
  const marked = ({ manifests }: ManifestSide) =>
    new MarkedManifests(new ManifestSet(manifests), contracts);
  return { pairs, before: marked(before), after: marked(after) };
}

/**
 * Returns the pods of all objects in pairs. Pods correspond to each other if they are at the same
 * path of the same object.
 */
export function podPairs({ pairs, before, after }: ComparedSets): PodPair[] {
  const [old, now] = [byManifest(before), byManifest(after)];
  return pairs.flatMap(pair => {
    const from = (pair.before && old.get(pair.before.manifest)) ?? [];
    const to = (pair.after && now.get(pair.after.manifest)) ?? [];
    const paths = [...new Set([...to, ...from].map(({ pod }) => pod.path))];
    const at = (pods: readonly MarkedPod[], path: string) =>
      pods.find(({ pod }) => pod.path === path);
    return paths.map((path): PodPair => ({
      of: pair.of,
      before: at(from, path),
      after: at(to, path),
    }));
  });
}

/** Returns how a report names an object, on whatever side it is. */
export function refOf(pairs: ComparedSets['pairs'], manifest: Manifest): ObjectRef | undefined {
  return pairs.find(
    ({ before, after }) => before?.manifest === manifest || after?.manifest === manifest,
  )?.of;
}

/** Returns the pods of each object. */
export function byManifest({ pods }: MarkedManifests): Map<Manifest, MarkedPod[]> {
  return groupBy(pods, ({ pod }) => pod.manifest);
}
