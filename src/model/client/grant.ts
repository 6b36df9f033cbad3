import { at, itemsOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import type { AccessKind } from '../contract/contract-spec';
import { parseMemoryDirectory, type MemoryDirectory } from '../contract/node-layout';

/** A PersistentVolume by which a namespace may use a memory of a contract. */
export interface ReadGrant {
  readonly directory: MemoryDirectory;
  /** The client namespace. */
  readonly to: string;
  readonly access: AccessKind;
}

/** What a PersistentVolume grants; nothing where it is about something else. */
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
