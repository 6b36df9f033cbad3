import type { ComparedSets } from './compared-sets';
import type { GonePart } from './object-change';
import type { ObjectPair } from './object-pairs';
import { groupBy } from '../kube/group';
import { at, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { claimOf } from '../kube/persistent-volume';
import { readGrant } from '../model/client/grant';
import { readMarks } from '../model/contract/contract-mark';
import type { MarkedPod } from '../sharing/marked-pod';

/** An object that no longer exists. */
interface Gone {
  readonly pair: ObjectPair;
  readonly part: GonePart | null;
  readonly ranPods: boolean;
}

/** Kinds that only describe the pods of others, like PodTemplate and ClusterTrainingRuntime. */
const DESCRIBES_PODS = /(Template|Runtime)$/;

/**
 * Returns the objects that no longer exist, each with its former part in a contract. `null` if it
 * had none. The order is the one in which to delete them: clients, then their grants, each claim
 * before its volume, then the agent, then all others, and namespaces last.
 */
export function goneParts({ pairs, before }: ComparedSets): Gone[] {
  const claims = new Set(
    pairs.flatMap(pair =>
      pair.before && readGrant(pair.before.manifest) ? [claimOfGrant(pair.before.manifest)] : [],
    ),
  );
  const pods = groupBy(before.pods, ({ pod }) => pod.manifest);
  return pairs
    .flatMap((pair): Gone[] => {
      if (!pair.before || pair.after) {
        return [];
      }
      const { manifest } = pair.before;
      const own = pods.get(manifest) ?? [];
      const ranPods =
        own.length > 0 &&
        !DESCRIBES_PODS.test(pair.of.kind) &&
        at(manifest.json, 'spec', 'replicas') !== 0;
      return [{ pair, part: partOf(manifest, own, claims), ranPods }];
    })
    .sort((a, b) => rank(a) - rank(b)); // the sort is stable
}

const ORDER: readonly (GonePart | null)[] = ['client', 'grant', 'agent', null];

function rank({ pair: { of }, part }: Gone): number {
  const isLate = of.kind === 'PersistentVolume' || of.kind === 'Namespace';
  return 2 * ORDER.indexOf(part) + (isLate ? 1 : 0);
}

function partOf(
  manifest: Manifest,
  pods: readonly MarkedPod[],
  claims: ReadonlySet<string>,
): GonePart | null {
  const marks = [
    ...readMarks(at(manifest.json, 'metadata', 'annotations')).marks,
    ...pods.flatMap(each => each.marks), // those that a label gives
  ];
  if (marks.some(({ side }) => side === 'agent')) {
    return 'agent';
  }
  if (marks.length > 0 || pods.some(each => mountsOneOf(each, claims))) {
    return 'client';
  }
  const claim =
    manifest.kind === 'PersistentVolumeClaim' &&
    claims.has(`${manifest.namespace ?? ''}/${manifest.name}`);
  return claim || readGrant(manifest) ? 'grant' : null;
}

/** Checks whether a pod has a claim of a grant: it uses the memory, also without a mark. */
function mountsOneOf({ pod }: MarkedPod, claims: ReadonlySet<string>): boolean {
  return pod.volumes.some(({ json }) =>
    claims.has(`${pod.manifest.namespace ?? ''}/${claimOf(json) ?? ''}`),
  );
}

function claimOfGrant({ json }: Manifest): string {
  return `${textOf(at(json, 'spec', 'claimRef', 'namespace'))}/${textOf(at(json, 'spec', 'claimRef', 'name'))}`;
}
