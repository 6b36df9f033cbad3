import type { ComparedSets } from './compared-sets';
import type { ObjectPair } from './object-pairs';
import type { LabelChange } from './set-changes';
import { groupBy } from '../kube/group';
import type { Manifest } from '../kube/manifest';
import type { JudgedUse } from '../sharing/admitted-pods';
import type { MarkedManifests } from '../sharing/marked-manifests';

/**
 * Returns the labels that ask for contracts and get something else than before: because the label
 * or the pod changed, or the policies.
 */
export function labelChanges({ pairs, before, after }: ComparedSets): LabelChange[] {
  const [old, now] = [usesByManifest(before), usesByManifest(after)];
  return pairs.flatMap(pair => {
    const from = (pair.before && old.get(pair.before.manifest)) ?? [];
    const to = (pair.after && now.get(pair.after.manifest)) ?? [];
    const contracts = [...new Set([...from, ...to].map(({ contract }) => contract))].sort();
    return contracts.flatMap((contract): LabelChange[] => {
      const [was, is] = [from, to].map(uses => uses.find(use => use.contract === contract));
      return isSame(was, is)
        ? []
        : [
            {
              of: pair.of,
              contract,
              ...(was && { from: was }),
              ...(is && { to: is }),
              ...(isFrozen(pair, was, is) ? { isFrozen: true as const } : {}),
            },
          ];
    });
  });
}

/** Checks whether the label of a pod that exists would change, which the policies refuse. */
function isFrozen(
  { of, before, after }: ObjectPair,
  was: JudgedUse | undefined,
  is: JudgedUse | undefined,
): boolean {
  return (
    of.kind === 'Pod' &&
    before !== undefined &&
    after !== undefined &&
    was?.value !== is?.value &&
    [was, is].some(use => use !== undefined && use.outcome.kind !== 'noPolicy')
  );
}

function isSame(was: JudgedUse | undefined, is: JudgedUse | undefined): boolean {
  return was?.value === is?.value && JSON.stringify(was?.outcome) === JSON.stringify(is?.outcome);
}

function usesByManifest({ labelUses }: MarkedManifests): Map<Manifest, JudgedUse[]> {
  return groupBy(labelUses, ({ pod }) => pod.manifest);
}
