import { podPairs, type ComparedSets, type PodPair } from './compared-sets';
import { hostPrivilegesOf, nodeAccessOf } from './node-access';
import type { ContainerChange } from './set-changes';
import { lackingHardening, type Hardening } from '../kube/hardening';
import { equal, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { Pod } from '../read/pod';
import { isLibraryStep } from '../sharing/library-steps';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import {
  containerReaches,
  isBeyondMarks,
  isWider,
  mountIdentity,
  type ReachedBy,
} from '../sharing/memory-reach';

/**
 * Returns the containers that only one side has, and those that reach memory of contracts on only
 * one side although no mark says so. Of a workload that only one side has, it returns the
 * containers if the workload shares memory by a contract, and those that have a host privilege and
 * lack hardening.
 */
export function containerChanges(sets: ComparedSets): ContainerChange[] {
  return podPairs(sets).flatMap(pair => [
    ...beyond(pair, { than: 'before', marked: sets.after, other: sets.before }),
    ...beyond(pair, { than: 'after', marked: sets.before, other: sets.after }),
  ]);
}

interface Direction {
  /** The side with which the other one is compared. */
  readonly than: 'before' | 'after';
  readonly marked: MarkedManifests;
  readonly other: MarkedManifests;
}

/** Returns what a pod has beyond the pod of the other side. */
function beyond(pair: PodPair, { than, marked, other }: Direction): ContainerChange[] {
  const [pod, base] = than === 'before' ? [pair.after, pair.before] : [pair.before, pair.after];
  if (!pod) {
    return [];
  }
  const isGain = than === 'before';
  const reaches = containerReaches(marked);
  const known = new Map((base?.pod.containers ?? []).map(each => [placeOf(each), each]));
  return pod.pod.containers.flatMap((container): ContainerChange[] => {
    const memories = reaches.get(container)?.memories ?? [];
    const same = known.get(placeOf(container));
    const about = {
      of: pair.of,
      container: placeOf(container),
      image: container.json.image === undefined ? null : textOf(container.json.image),
      isStep: isLibraryStep(container),
      nodeAccess: nodeAccessOf(pod.pod, container),
    };
    if (!same) {
      const isParty = takesPart(marked, pod) && !about.isStep;
      const lacking = about.isStep ? [] : lackingOf(pod.pod, container, isParty);
      const lacks = isGain ? lacking : [];
      return base !== undefined || isParty || lacking.length > 0
        ? [{ ...about, change: isGain ? 'added' : 'removed', lacks, memories }]
        : [];
    }
    const reached = containerReaches(other).get(same)?.memories;
    const more = about.isStep
      ? []
      : wider(memories, reached).filter(
          each => !base || !isThere(each, { marked, pod, container }, { marked: other, pod: base }),
        );
    return more.length === 0
      ? []
      : [
          {
            ...about,
            change: isGain ? 'reaches' : 'noLongerReaches',
            ...{ lacks: [], memories: more },
          },
        ];
  });
}

/** What has no effect on a privileged container: it has all capabilities, and no profile. */
const OVERRIDDEN: readonly Hardening[] = [
  'allowPrivilegeEscalation',
  'capabilities.drop',
  'seccompProfile.type',
];

/**
 * Returns what a container lacks of hardening, if it is in a pod that takes part in a contract
 * or has a host privilege. That of all other containers is nothing that this library judges.
 */
function lackingOf(pod: Pod, container: Container, isParty: boolean): Hardening[] {
  const isPrivileged = nodeAccessOf(pod, container).includes('privileged');
  return isParty || hostPrivilegesOf(pod, container).length > 0
    ? lackingHardening(pod.spec, container).filter(
        field => !isPrivileged || !OVERRIDDEN.includes(field),
      )
    : [];
}

/** Returns what a container reaches beyond marks, and did not reach, or not as far, before. */
function wider(memories: readonly ReachedBy[], than: readonly ReachedBy[] = []): ReachedBy[] {
  const had = new Map(than.filter(isBeyondMarks).map(each => [JSON.stringify(each.of), each]));
  return memories.filter(isBeyondMarks).filter(({ of, reach }) => {
    const other = had.get(JSON.stringify(of));
    return !other || isWider(reach, other.reach);
  });
}

/**
 * Checks whether a container has a memory on the other side, too, and only marks differ: through
 * the same mounts, or in the same IPC namespace.
 */
function isThere(
  { of, reach }: ReachedBy,
  { marked, pod, container }: Side & { readonly container: Container },
  other: Side,
): boolean {
  if (reach === 'ipcNamespace') {
    const names = ({ pod: { containers } }: MarkedPod) => containers.map(placeOf).sort();
    return pod.hostIpc
      ? other.pod.hostIpc
      : !other.pod.hostIpc && equal(names(pod), names(other.pod));
  }
  const mounts = (containerReaches(marked).get(container)?.mounts ?? []).filter(({ memories }) =>
    memories.some(each => equal(each.of, of)),
  );
  const had = new Set(
    other.pod.pod.mounts
      .filter(mount => placeOf(mount.container) === placeOf(container))
      .map(mount => mountIdentity(other.marked, other.pod, mount)),
  );
  return mounts.every(({ mount }) => had.has(mountIdentity(marked, pod, mount)));
}

/** A pod of one side. */
interface Side {
  readonly marked: MarkedManifests;
  readonly pod: MarkedPod;
}

function takesPart(marked: MarkedManifests, { pod, marks }: MarkedPod): boolean {
  const reaches = containerReaches(marked);
  return marks.length > 0 || pod.containers.some(each => reaches.has(each) && !isLibraryStep(each));
}

/** Returns the list and the name of a container: `initContainers[wait]`. */
export function placeOf({ path, name }: Container): string {
  return typeof path.at(-1) === 'number'
    ? `${path.slice(0, -1).join('.')}[${name}]`
    : path.join('.');
}
