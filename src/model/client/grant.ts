import { at, itemsOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import type { AccessKind } from '../contract/contract-spec';
import { parseMemoryDirectory, type MemoryDirectory } from '../contract/node-layout';

/** The right of a namespace to use the memory of a contract, as read from a PersistentVolume. */
export interface ReadGrant {
  readonly directory: MemoryDirectory;
  /** The client namespace, which the volume's `claimRef` names. */
  readonly to: string;
  readonly access: AccessKind;
}

/**
 * Reads the grant of a PersistentVolume. Absent for other objects, and if the volume does not
 * contain the memory of a contract or is not reserved for a namespace.
 */
export function readGrant({ kind, json }: Manifest): ReadGrant | undefined {
  if (kind !== 'PersistentVolume') {
    return undefined;
  }
  const directory = parseMemoryDirectory(
    at(json, 'spec', 'local', 'path') ?? at(json, 'spec', 'hostPath', 'path'),
  );
  const to = at(json, 'spec', 'claimRef', 'namespace');
  if (!directory || typeof to !== 'string') {
    return undefined;
  }
  return {
    directory,
    to,
    access: itemsOf(at(json, 'spec', 'mountOptions')).includes('ro') ? 'readOnly' : 'readWrite',
  };
}
