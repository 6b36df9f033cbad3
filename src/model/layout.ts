import type { AccessKind, BackingKind, ContractSpec, MemorySpec } from './contract-spec';

/** Prefix of every label and annotation of this library. */
export const PREFIX = 'cdk8s-shared-memory/';

/** The folder of all contracts on a node: root's, on tmpfs, out of reach of pods with hostIPC (unlike /dev/shm). */
const NODE_ROOT = '/run/cdk8s-shared-memory';

/** The directory of a contract on the node; root's, 0755. */
export function contractDirectory(spec: ContractSpec): string {
  return `${NODE_ROOT}/${spec.namespace}.${spec.name}`;
}

/** The directory in a tmpfs that is mounted: a client that mounted the mountpoint itself could do so before the tmpfs is there, and would never see it. */
export const IN_TMPFS = 'shared';

/** A memory below the directory of its contract: what the agent mounts by subPath. */
export function leafPath(spec: ContractSpec, memory: MemorySpec): string {
  return `${spec.version}/${memory.name}${backingOf(spec, memory) === 'tmpfs' ? `/${IN_TMPFS}` : ''}`;
}

/** The directory of a memory on the node: the agent's, made last and by rename, so that a mount of it waits for the agent. */
export function leafDirectory(spec: ContractSpec, memory: MemorySpec): string {
  return `${contractDirectory(spec)}/${leafPath(spec, memory)}`;
}

/** Whose memory a directory of the node is: what `leafDirectory` has made of it, read back. */
export interface Leaf { readonly namespace: string; readonly contract: string; readonly version: string; readonly memory: string; readonly backing: 'directory' | 'tmpfs' }

const LEAF = new RegExp(`^(?:/var)?${NODE_ROOT}/([^/.]+)\\.([^/.]+)/([^/]+)/([^/]+)(/${IN_TMPFS})?/?$`);

export function readLeaf(directory: unknown): Leaf | undefined {
  const [, namespace, contract, version, memory, inTmpfs] = LEAF.exec(typeof directory === 'string' ? directory : '') ?? [];
  return memory === undefined ? undefined : { namespace, contract, version, memory, backing: inTmpfs === undefined ? 'directory' : 'tmpfs' };
}

/** The directory of a memory by what a mark says of it; none where its backing has none. */
export function directoryOf({ namespace, contract, version, memory }: Omit<Leaf, 'backing'>, backing: string): string | undefined {
  switch (backing) {
    case 'directory': return `${NODE_ROOT}/${namespace}.${contract}/${version}/${memory}`;
    case 'tmpfs': return `${NODE_ROOT}/${namespace}.${contract}/${version}/${memory}/${IN_TMPFS}`;
    case 'devShm': return '/dev/shm';
    default: return undefined;
  }
}

/** How a memory is shared between pods of a node. */
export function backingOf(spec: ContractSpec, memory: MemorySpec): BackingKind | 'hostIpc' {
  switch (memory.api) {
    case 'systemV': return 'hostIpc';
    case 'descriptors': return 'directory'; // of the socket: the memory itself has no path
    default: return memory.backing ?? (spec.clients === 'readWrite' ? 'tmpfs' : 'directory');
  }
}

/** The memories of a contract that have a directory of their own on the node: a grant and a gate. */
export function directoriesOf(spec: ContractSpec): MemorySpec[] {
  return spec.memory.filter(m => ['directory', 'tmpfs'].includes(backingOf(spec, m)));
}

/** What a client may do with one memory: the directory of a socket is nobody's to write but the agent's, or a client could put its own socket there. */
export function accessTo(memory: MemorySpec, access: AccessKind): AccessKind {
  return memory.api === 'descriptors' ? 'readOnly' : access;
}

/** Mode of a leaf: the group reads, or writes where the contract lets clients write; setgid, so that files get the group. */
export function leafMode(spec: ContractSpec, memory: MemorySpec): string {
  return accessTo(memory, spec.clients) === 'readWrite' ? '2770' : '2750';
}

/** The name of a memory's volume in a pod. The node's /dev/shm is one for all contracts, so that several of them can live on one container. */
export function volumeName(spec: ContractSpec, memory: MemorySpec): string {
  return backingOf(spec, memory) === 'devShm' ? 'node-dev-shm' : ownVolumeName(spec, memory);
}

/** The name of a memory's volume where it belongs to the pod. */
export function ownVolumeName(spec: ContractSpec, memory: MemorySpec): string {
  return `${spec.name}-${memory.name}`;
}

/** The name of the claim in a client's namespace. */
export function claimName(spec: ContractSpec, memory: MemorySpec, access: AccessKind): string {
  return `${spec.name}-${memory.name}-${spec.version}-${suffix(memory, access)}`;
}

/** The name of the persistent volume behind that claim. */
export function persistentVolumeName(spec: ContractSpec, memory: MemorySpec, clientNamespace: string, access: AccessKind): string {
  return `${spec.namespace}-${spec.name}-${memory.name}-${spec.version}-${clientNamespace}-${suffix(memory, access)}`;
}

function suffix(memory: MemorySpec, access: AccessKind): string {
  return accessTo(memory, access) === 'readWrite' ? 'rw' : 'ro';
}

/** How the owner of an edit is called in errors. */
export function ownerOf(spec: ContractSpec): string {
  return `contract ${spec.name}`;
}
