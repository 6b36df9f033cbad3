import type { ExplainedPrivilege } from './explained-privileges';
import { nodeVolumes } from '../../read/node-volumes';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { unnamedReaches } from '../../sharing/memory-reach';
import { seenGrant } from '../../sharing/seen-grants';

/** How many things the manifests give no reason for, by what they are. */
export interface Unreasoned {
  /** Host privileges of pods that share memory. */
  readonly sharing: number;
  /** Host privileges of all other pods. */
  readonly others: number;
  /** PersistentVolumes of directories of the node. */
  readonly volumes: number;
  /** Containers that reach memory of a contract although no mark says so. */
  readonly containers: number;
}

/** Counts what has no reason: no rule has to find it, and nobody should approve it unseen. */
export function unreasonedOf(
  marked: MarkedManifests,
  privileges: readonly ExplainedPrivilege[],
): Unreasoned {
  const bare = privileges.filter(({ why }) => why.length === 0);
  const sharing = bare.filter(
    ({ markedPod }) => markedPod.usesMemory || marked.sharesMemory(markedPod),
  );
  return {
    sharing: sharing.length,
    others: bare.length - sharing.length,
    volumes: nodeVolumes(marked.set).filter(each => !seenGrant(marked, each)).length,
    containers: unnamedReaches(marked).length,
  };
}

/** Checks whether something has no reason. */
export function isUnreasoned({ sharing, others, volumes, containers }: Unreasoned): boolean {
  return sharing + others + volumes + containers > 0;
}
