import type { AccessKind } from './contract-spec';
import { readLeaf, type Leaf } from './layout';
import { at, itemsOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/** A PersistentVolume by which a namespace may use a memory of a contract. */
export interface ReadGrant {
  readonly leaf: Leaf;
  /** The client namespace. */
  readonly to: string;
  readonly access: AccessKind;
}

/** What a PersistentVolume grants; nothing where it is about something else. */
export function readGrant({ kind, json }: Manifest): ReadGrant | undefined {
  if (kind !== 'PersistentVolume') { return undefined; }
  const leaf = readLeaf(at(json, 'spec', 'local', 'path') ?? at(json, 'spec', 'hostPath', 'path'));
  const to = at(json, 'spec', 'claimRef', 'namespace');
  if (!leaf || typeof to !== 'string') { return undefined; }
  return { leaf, to, access: itemsOf(at(json, 'spec', 'mountOptions')).includes('ro') ? 'readOnly' : 'readWrite' };
}
