import type { ObjectPair, ManifestSide } from './object-pairs';
import type { ObjectRef } from './set-changes';
import { groupBy } from '../kube/group';
import type { Manifest } from '../kube/manifest';
import { ManifestSet } from '../read/manifest-set';
import type { Pod } from '../read/pod';
import { MarkedManifests } from '../sharing/marked-manifests';

/** The two sets of objects, with their pods and marks, and how their objects belong together. */
export interface ComparedSets {
  readonly pairs: readonly ObjectPair[];
  readonly before: MarkedManifests;
  readonly after: MarkedManifests;
}

/** A pod template, on the sides that have it. */
export interface PodPair {
  readonly of: ObjectRef;
  readonly before?: Pod;
  readonly after?: Pod;
}

export function comparedSets(
  pairs: readonly ObjectPair[],
  before: ManifestSide,
  after: ManifestSide,
): ComparedSets {
  const marked = ({ manifests }: ManifestSide) => new MarkedManifests(new ManifestSet(manifests));
  return { pairs, before: marked(before), after: marked(after) };
}

/** The pods of all objects, each with itself: by where it stands in the object. */
export function podPairs({ pairs, before, after }: ComparedSets): PodPair[] {
  const [old, now] = [byManifest(before), byManifest(after)];
  return pairs.flatMap(pair => {
    const from = (pair.before && old.get(pair.before.manifest)) ?? [];
    const to = (pair.after && now.get(pair.after.manifest)) ?? [];
    const paths = [...new Set([...to, ...from].map(({ path }) => path))];
    const at = (pods: readonly Pod[], path: string) => pods.find(pod => pod.path === path);
    return paths.map((path): PodPair => ({
      of: pair.of,
      before: at(from, path),
      after: at(to, path),
    }));
  });
}

function byManifest(marked: MarkedManifests): Map<Manifest, Pod[]> {
  return groupBy(
    marked.pods.map(({ pod }) => pod),
    ({ manifest }) => manifest,
  );
}
