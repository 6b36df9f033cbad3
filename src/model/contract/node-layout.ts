import type {
  AccessKind,
  BackingKind,
  ContractSpec,
  MarkedBacking,
  MemorySpec,
} from './contract-spec';
import { DEV_SHM } from '../../kube/well-known';

/**
 * The folder of all contracts on a node: root's, on tmpfs, out of reach of pods with hostIPC
 * (unlike /dev/shm).
 */
const NODE_ROOT = '/run/cdk8s-shared-memory';

/**
 * The directory in a tmpfs that is mounted: a client that mounted the mountpoint itself could do so
 * before the tmpfs is there, and would never see it.
 */
export const IN_TMPFS = 'shared';

/** A contract, by what is in the paths on its nodes. */
export interface ContractName {
  readonly namespace: string;
  readonly contract: string;
}

/** The directory of a contract on the node; root's, 0755. */
export function contractDirectory({
  namespace,
  name,
}: Pick<ContractSpec, 'namespace' | 'name'>): string {
  return `${NODE_ROOT}/${namespace}.${name}`;
}

/**
 * Whether a directory of the node is, or is below, that of a contract; of any contract if none is
 * given.
 */
export function isInContractDirectory(path: string, of?: ContractName): boolean {
  const root =
    of === undefined
      ? NODE_ROOT
      : contractDirectory({ namespace: of.namespace, name: of.contract });
  return `${path.replace(/^\/var\/run\//, '/run/')}/`.startsWith(`${root}/`);
}

/** The directory of a memory below that of its contract: what the agent mounts by subPath. */
export function memoryPath(spec: ContractSpec, memory: MemorySpec): string {
  return `${spec.version}/${memory.name}${backingOf(spec, memory) === 'tmpfs' ? `/${IN_TMPFS}` : ''}`;
}

/**
 * The directory of a memory on the node: the agent's, made last and by rename, so that a mount of
 * it waits for the agent.
 */
export function memoryDirectory(spec: ContractSpec, memory: MemorySpec): string {
  return `${contractDirectory(spec)}/${memoryPath(spec, memory)}`;
}

/** Whose memory a directory of the node is. */
export interface MemoryDirectory extends ContractName {
  readonly version: string;
  readonly memory: string;
  readonly backing: 'directory' | 'tmpfs';
}

const MEMORY_DIRECTORY = new RegExp(
  `^(?:/var)?${NODE_ROOT}/([^/.]+)\\.([^/.]+)/([^/]+)/([^/]+)(/${IN_TMPFS})?/?$`,
);

/**
 * Whose memory a directory of the node is; absent for any other directory. It reads what
 * `memoryDirectory` makes.
 */
export function parseMemoryDirectory(directory: unknown): MemoryDirectory | undefined {
  const [, namespace, contract, version, memory, inTmpfs] =
    MEMORY_DIRECTORY.exec(typeof directory === 'string' ? directory : '') ?? [];
  return memory === undefined
    ? undefined
    : {
        namespace,
        contract,
        version,
        memory,
        backing: inTmpfs === undefined ? 'directory' : 'tmpfs',
      };
}

/** The directory of a memory by what a mark says of it; absent if its backing has none. */
export function markedMemoryDirectory(
  of: ContractName & { readonly version: string; readonly memory: string },
  backing: MarkedBacking,
): string | undefined {
  const directory = `${contractDirectory({ namespace: of.namespace, name: of.contract })}/${of.version}/${of.memory}`;
  switch (backing) {
    case 'directory':
      return directory;
    case 'tmpfs':
      return `${directory}/${IN_TMPFS}`;
    case 'devShm':
      return DEV_SHM;
    default:
      return undefined;
  }
}

/** How a memory is shared between pods of a node. */
export function backingOf(
  spec: Pick<ContractSpec, 'clients'>,
  memory: MemorySpec,
): BackingKind | 'hostIpc' {
  switch (memory.api) {
    case 'systemV':
      return 'hostIpc';
    case 'descriptors':
      return 'directory'; // of the socket: the memory itself has no path
    default:
      return memory.backing ?? (spec.clients === 'readWrite' ? 'tmpfs' : 'directory');
  }
}

/**
 * The memories of a contract that have a directory of their own on the node: a grant and a gate.
 */
export function memoriesWithDirectory(spec: ContractSpec): MemorySpec[] {
  return spec.memory.filter(m => ['directory', 'tmpfs'].includes(backingOf(spec, m)));
}

/**
 * What a client may do with one memory: only the agent may write to the directory of a socket, or a
 * client could put its own socket there.
 */
export function accessTo(memory: MemorySpec, access: AccessKind): AccessKind {
  return memory.api === 'descriptors' ? 'readOnly' : access;
}

/**
 * Mode of a memory's directory: the group reads, or writes if the contract lets clients write;
 * setgid, so that files get the group.
 */
export function memoryDirectoryMode(spec: ContractSpec, memory: MemorySpec): string {
  return accessTo(memory, spec.clients) === 'readWrite' ? '2770' : '2750';
}

/**
 * The name of a memory's volume in a pod. The node's /dev/shm is one for all contracts, so that
 * several of them can live on one container.
 */
export function volumeName(spec: ContractSpec, memory: MemorySpec): string {
  return backingOf(spec, memory) === 'devShm' ? 'node-dev-shm' : podVolumeName(spec, memory);
}

/** The name of a memory's volume if it belongs to the pod. */
export function podVolumeName(spec: ContractSpec, memory: MemorySpec): string {
  return `${spec.name}-${memory.name}`;
}

/** The name of the claim in a client's namespace. */
export function claimName(spec: ContractSpec, memory: MemorySpec, access: AccessKind): string {
  return claimNameOf(
    { contract: spec.name, memory: memory.name, version: spec.version },
    accessTo(memory, access),
  );
}

/** The name of a claim, by what is in it. */
export function claimNameOf(
  of: { readonly contract: string; readonly memory: string; readonly version: string },
  access: AccessKind,
): string {
  return `${of.contract}-${of.memory}-${of.version}-${SUFFIXES[access]}`;
}

/** The name of the persistent volume behind that claim. */
export function persistentVolumeName(
  spec: ContractSpec,
  memory: MemorySpec,
  clientNamespace: string,
  access: AccessKind,
): string {
  return `${spec.namespace}-${spec.name}-${memory.name}-${spec.version}-${clientNamespace}-${SUFFIXES[accessTo(memory, access)]}`;
}

/** The ends of the names of claims and volumes, by what they let a client do. */
export const SUFFIXES: Readonly<Record<AccessKind, string>> = { readOnly: 'ro', readWrite: 'rw' };

/** How the owner of an edit is called in errors. */
export function ownerOf(spec: Pick<ContractSpec, 'name'>): string {
  return `contract ${spec.name}`;
}
