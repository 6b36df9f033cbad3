import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { unnamedReaches, type ReachedMemory } from './memory-reach';
import { isAtOrBelow, realPath } from '../kube/path';
import { isInContractDirectory, markedMemoryDirectory } from '../model/contract/node-layout';
import type { Mount } from '../read/pod';

/** A mount through which a container can write memory of contracts, although no mark names it. */
export interface UnnamedWrite {
  readonly markedPod: MarkedPod;
  readonly mount: Mount;
  readonly memories: readonly ReachedMemory[];
  /** The directory or file of the node. Absent if there is none, or if it is not known. */
  readonly path?: string;
  /**
   * Whether it is a directory of the node that has more in it than memory of contracts, for example
   * /run.
   */
  readonly hasMore: boolean;
  /** Whether the volume of its claim, which could refuse writers, is not in the manifests. */
  readonly isUncertain: boolean;
}

/** Returns the mounts through which containers can write memory although no mark names them. */
export function unnamedWrites(marked: MarkedManifests): UnnamedWrite[] {
  return unnamedReaches(marked).flatMap(({ markedPod, mounts }) =>
    mounts.flatMap(({ mount, memories }): UnnamedWrite[] => {
      const written = memories.filter(
        ({ said, reach }) => said === 'unnamed' && reach !== 'readOnly',
      );
      if (written.length === 0) {
        return [];
      }
      const path = marked.directories.useOf(mount)?.path;
      return [
        {
          ...{ markedPod, mount, path, memories: written.map(({ of }) => of) },
          hasMore: path !== undefined && written.some(({ of }) => isAbove(marked, path, of)),
          isUncertain: written.some(({ reach }) => reach === 'asVolumeAllows'),
        },
      ];
    }),
  );
}

/** Checks whether a directory of the node is above a memory, and not one of its contract. */
function isAbove(marked: MarkedManifests, path: string, of: ReachedMemory): boolean {
  return (
    'contract' in of &&
    !isInContractDirectory(path) &&
    marked.participantsOf(of.namespace, of.contract).some(({ mark }) =>
      mark.memory
        .filter(({ name }) => name === of.memory)
        .map(memory => realPath(markedMemoryDirectory(mark, memory) ?? ''))
        .some(directory => directory !== path && isAtOrBelow(directory, path)),
    )
  );
}
