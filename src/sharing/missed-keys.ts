import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { exclusionFrom, nodeLabels } from './node-placement';
import { hasOwnIpc } from './room';
import { getOrCreate } from '../kube/group';
import type { Container } from '../kube/pod-template';
import { namedKeys, type NamedKey } from '../read/container-texts';

/**
 * A System V key that a program names and another workload has in the IPC namespace of its node, in
 * which the program's pod is not.
 */
export interface MissedKey {
  readonly markedPod: MarkedPod;
  readonly container: Container;
  readonly named: NamedKey;
  /** Who has it on the node. */
  readonly other: MarkedPod;
}

const known = new WeakMap<MarkedManifests, readonly MissedKey[]>();

/** Returns the keys that pods miss, at most one for each container. */
export function missedKeys(marked: MarkedManifests): readonly MissedKey[] {
  return getOrCreate(known, marked, () => {
    const onNode = keysOnNodes(marked);
    return onNode.size === 0
      ? []
      : marked.pods.flatMap(markedPod => missedBy(marked, markedPod, onNode));
  });
}

/** Returns the keys that pods in the IPC namespace of their node name, each with its first pod. */
function keysOnNodes({ sharing }: MarkedManifests): ReadonlyMap<string, MarkedPod> {
  const found = new Map<string, MarkedPod>();
  for (const markedPod of sharing.filter(({ hostIpc }) => hostIpc)) {
    for (const named of markedPod.pod.containers.flatMap(namedKeys)) {
      getOrCreate(found, identityOf(named), () => markedPod);
    }
  }
  return found;
}

function missedBy(
  { set }: MarkedManifests,
  markedPod: MarkedPod,
  onNode: ReadonlyMap<string, MarkedPod>,
): MissedKey[] {
  const { pod, memories } = markedPod;
  const all = pod.containers.map(container => ({ container, keys: namedKeys(container) }));
  // where a mark says that the memory is System V memory, rules about marks say what is missing
  if (memories.some(({ memory }) => memory.api === 'systemV' || memory.backing === 'hostIpc')) {
    return [];
  }
  return all.flatMap(({ container, keys }) => {
    const named = keys.find(
      each =>
        onNode.has(identityOf(each)) &&
        // two containers of a pod that name the key meet each other
        all.every(
          its => its.container === container || !its.keys.some(({ key }) => key === each.key),
        ),
    );
    const other = named && onNode.get(identityOf(named));
    const canMeet = other && exclusionFrom(pod, nodeLabels(other.pod)) === undefined;
    return canMeet && other.pod.manifest !== pod.manifest && hasOwnIpc(set, pod, container)
      ? [{ markedPod, container, named, other }]
      : [];
  });
}

/** Two programs mean the same if the name of the variable or option is the same, too. */
function identityOf({ name, key }: NamedKey): string {
  return `${name} ${key}`;
}
