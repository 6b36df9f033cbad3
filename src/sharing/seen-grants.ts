import type { MarkedManifests } from './marked-manifests';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { realPath } from '../kube/path';
import { readGrant, type ReadGrant } from '../model/client/grant';
import { isInContractDirectory } from '../model/contract/node-layout';
import type { NodeVolume } from '../read/node-volumes';

/**
 * Returns the grant that is the reason for a PersistentVolume of a node directory. Absent if there
 * is none. The path of a directory of the library names its contract; for any other directory, only
 * an annotation does, which anybody can write: it counts if a workload of the contract is in the
 * set, and its mark has this very directory. It must be an agent, if the contract has one.
 */
export function seenGrant(
  marked: MarkedManifests,
  { manifest, path }: NodeVolume,
): ReadGrant | undefined {
  const grant = readGrant(manifest);
  if (grant?.directory.backing !== 'existing') {
    return grant;
  }
  const { contract, memory, namespace, version } = grant.directory;
  const real = realPath(path);
  if (isInContractDirectory(real, grant.directory)) {
    return grant; // where a guard binds it
  }
  const isShared = marked
    .participantsOf(namespace, contract)
    .some(
      ({ mark }) =>
        (mark.side === 'agent' || mark.servedBy !== undefined) &&
        mark.version === version &&
        mark.memory.some(each => each.name === memory && each.path === real),
    );
  return isShared && !isKnownNodeDirectory(real) ? grant : undefined;
}
