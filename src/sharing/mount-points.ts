import type { MarkedManifests } from './marked-manifests';
import { getOrCreate } from '../kube/group';
import { parentOf, parentsOf, realPath } from '../kube/path';
import type { MarkedMemory } from '../model/contract/contract-mark';
import { isInContractDirectory, markedMemoryDirectory } from '../model/contract/node-layout';

/** A directory of the node where a contract has a file system mounted, for one of its memories. */
export interface MountPoint {
  readonly namespace: string;
  readonly contract: string;
  readonly memory: string;
  /** What is mounted there. */
  readonly holds: 'tmpfs' | 'hugetlbfs' | 'existing';
  readonly path: string;
  /** The directory inside of it, which exists only while it is mounted. Others mount this one. */
  readonly directory: string;
}

const known = new WeakMap<MarkedManifests, ReadonlyMap<string, MountPoint>>();

/**
 * Returns where a contract has a file system mounted, if a path is that directory, or one above it
 * in the directories of contracts. Whoever mounts such a path has it also if nothing is mounted.
 */
export function mountPointAtOrBelow(marked: MarkedManifests, path: string): MountPoint | undefined {
  return getOrCreate(known, marked, () => mountPointsOf(marked)).get(realPath(path));
}

function mountPointsOf({ contracts }: MarkedManifests): ReadonlyMap<string, MountPoint> {
  const found = new Map<string, MountPoint>();
  for (const { mark } of contracts.flat()) {
    for (const memory of mark.side === 'sidecar' ? [] : mark.memory) {
      const directory = markedMemoryDirectory(mark, memory);
      const holds = mountedFor(memory);
      if (directory === undefined || holds === undefined) {
        continue;
      }
      const path = parentOf(directory);
      const { namespace, contract } = mark;
      const point = { namespace, contract, memory: memory.name, holds, path, directory };
      for (const each of [path, ...parentsOf(path)].filter(above => isInContractDirectory(above))) {
        getOrCreate(found, each, () => point);
      }
    }
  }
  return found;
}

function mountedFor({ backing, guarded }: MarkedMemory): MountPoint['holds'] | undefined {
  switch (backing) {
    case 'tmpfs':
    case 'hugetlbfs':
      return backing;
    case 'existing':
      return guarded === true ? backing : undefined;
    default:
      return undefined;
  }
}
