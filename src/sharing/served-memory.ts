import type { ContractParticipant, MarkedManifests } from './marked-manifests';
import type { MarkedPod, MarkedUse } from './marked-pod';
import { mountedPlace, mountsDirectory, nodePathOf, type MountedPlace } from './mounted-places';
import { getOrCreate } from '../kube/group';
import { overlaps, realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import type { ReadMark } from '../model/contract/contract-mark';
import { isInContractDirectory, markedMemoryDirectory } from '../model/contract/node-layout';
import type { Mount } from '../read/pod';

/** A use of a memory by a container that mounts something there. */
export type MountedUse = MarkedUse & { readonly mount: Mount };

/** Checks whether the container of a use mounts something at the path of the memory. */
export function isMounted(use: MarkedUse): use is MountedUse {
  return use.mount !== undefined;
}

/** What an agent mounts at the path of a memory. */
export interface AgentPlace {
  readonly is: MountedPlace;
  /** The directory of the node that it must mount instead. Absent if its mount is right. */
  readonly must?: string;
}

/** Where the agents of a contract have a memory, as directories of the node. */
export interface ServedMemory {
  /** Where they must have it. Empty if it is not known. */
  readonly directories: readonly string[];
  /** Where those have it that do not mount what they must. */
  readonly moved: readonly string[];
}

const known = new WeakMap<MarkedUse, AgentPlace>();

/** Returns what an agent mounts for a memory. */
export function agentPlace(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  use: MountedUse,
): AgentPlace {
  return getOrCreate(known, use, () => {
    const is = mountedPlace(marked.set, markedPod.pod, use.mount);
    const must = missedBy(marked, markedPod, use, is);
    return must === undefined ? { is } : { is, must };
  });
}

/** Returns where the agents of a contract have a memory. */
export function servedMemory(marked: MarkedManifests, mark: ReadMark, name: string): ServedMemory {
  const agents = marked.agentsOf(mark);
  // agents of several versions serve a contract while clients move from one to the other
  const own = agents.filter(agent => agent.mark.version === mark.version);
  const places = usesOf(own.length > 0 ? own : agents, name).map(({ markedPod, use }) => {
    const { is, must } = agentPlace(marked, markedPod, use);
    return { must, is: nodePathOf(is) };
  });
  return {
    directories: [...new Set(places.flatMap(({ must, is }) => must ?? is ?? []))],
    moved: places.flatMap(({ must, is }) => (must === undefined ? [] : (is ?? []))),
  };
}

/**
 * Returns what an agent must mount instead. Absent if its mount is right, or if the manifests do
 * not say where it leads: a claim without its volume. Who writes a mark by hand may have the memory
 * in another directory of the node than this library, but not in one that this library gives to
 * another memory, nor where its clients do not look.
 */
function missedBy(
  marked: MarkedManifests,
  { pod }: MarkedPod,
  { mark, memory, container }: MarkedUse,
  place: MountedPlace,
): string | undefined {
  const { backing, path: existing } = memory;
  const must = backing === 'existing' ? existing : markedMemoryDirectory(mark, memory);
  const is = nodePathOf(place);
  const isUnknown =
    is === undefined && (place.kind === 'claim' || (place.kind === 'other' && !place.type));
  if (must === undefined || isUnknown) {
    return undefined;
  }
  const isRight =
    is !== undefined &&
    (backing === 'devShm'
      ? is === DEV_SHM
      : overlaps(realPath(is), realPath(must)) ||
        (backing !== 'existing' &&
          !isInContractDirectory(is) &&
          !isMountedByClient(marked, mark, memory.name, must)));
  // the agent of an existing directory can have it at another path
  return isRight || (backing === 'existing' && mountsDirectory(pod, container, existing))
    ? undefined
    : must;
}

function isMountedByClient(
  marked: MarkedManifests,
  { namespace, contract }: ReadMark,
  name: string,
  directory: string,
): boolean {
  const clients = marked
    .participantsOf(namespace, contract)
    .filter(({ mark }) => mark.side === 'client');
  return usesOf(clients, name).some(({ markedPod, use: { mount } }) => {
    const path = nodePathOf(mountedPlace(marked.set, markedPod.pod, mount));
    return path !== undefined && realPath(path) === realPath(directory);
  });
}

/** Returns the uses of a memory by some sides of a contract, where something is mounted. */
function usesOf(
  participants: readonly ContractParticipant[],
  name: string,
): { readonly markedPod: MarkedPod; readonly use: MountedUse }[] {
  return participants.flatMap(({ markedPod, mark }) =>
    markedPod.uses
      .filter(use => use.mark === mark && use.memory.name === name)
      .filter(isMounted)
      .map(use => ({ markedPod, use })),
  );
}
