import { isParticipant, type SharedContract } from './shared-contracts';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import {
  isBeyondMarks,
  memoryOf,
  unnamedReaches,
  type ContainerReach,
  type Reach,
} from '../../sharing/memory-reach';

/** A workload that mounts memory of a contract in a container of which no mark says so. */
export interface BeyondMarks {
  readonly markedPod: MarkedPod;
  readonly mayWrite: boolean;
  /** Whether the workload has a mark of the contract, which says less than its mounts. */
  readonly hasMark: boolean;
}

/** Returns the workloads that mount a contract's memory although no mark of it says so. */
export function beyondMarks(
  marked: MarkedManifests,
  contract: SharedContract,
  memory?: string,
): BeyondMarks[] {
  const users = new Map<MarkedPod, BeyondMarks>();
  for (const { markedPod, mounts } of unnamedReaches(marked)) {
    const reached = reachedOf(contract, mounts).filter(
      each => memory === undefined || each.memory === memory,
    );
    if (reached.length > 0) {
      const mayWrite =
        users.get(markedPod)?.mayWrite === true ||
        reached.some(({ reach }) => reach !== 'readOnly');
      users.set(markedPod, { markedPod, mayWrite, hasMark: isParticipant(markedPod, contract) });
    }
  }
  return [...users.values()];
}

/** Returns the memories of a contract that a container mounts although no mark says so. */
export function reachedOf(
  { name, namespace }: SharedContract,
  mounts: ContainerReach['mounts'],
): { readonly memory: string; readonly reach: Reach }[] {
  return mounts
    .flatMap(({ memories }) => memories)
    .filter(isBeyondMarks)
    .flatMap(({ of, reach }) => {
      const memory = memoryOf(of, { namespace, contract: name });
      return memory === undefined ? [] : [{ memory, reach }];
    });
}
