import type {
  AccessKind,
  BackingKind,
  ContractSpec,
  MarkedBacking,
  MemorySpec,
} from './contract-spec';
import { DEV_SHM } from '../../kube/well-known';

/**
 * The directory on the node that contains all contracts. It belongs to root and is on a tmpfs.
 * Unlike /dev/shm, it is not visible to pods with hostIPC.
 */
const NODE_ROOT = '/run/cdk8s-shared-memory';

/**
 * Name of the directory inside a tmpfs or a hugetlbfs that clients mount. If they mounted the mount
 * point itself, they could do so before the file system is mounted, and would then never see it.
 */
export const IN_TMPFS = 'shared';

/**
 * Follows the name of a memory in the name of its mount point, if it is in huge pages. Names of
 * memories have no dot, so no step takes a hugetlbfs for the directory or the tmpfs of a memory.
 */
const HUGE_PAGES = '.hugepages-';

/** The same for a directory that somebody else makes, and a guard binds here. */
const GUARDED = '.existing';

/** Identifies a contract in paths on the node. */
export interface ContractName {
  readonly namespace: string;
  readonly contract: string;
}

/** Returns the directory of a contract on the node. It belongs to root and has mode 0755. */
export function contractDirectory({
  namespace,
  name,
}: Pick<ContractSpec, 'namespace' | 'name'>): string {
  return `${NODE_ROOT}/${namespace}.${name}`;
}

/**
 * Checks whether a path on the node is the directory of the given contract or below it. Without a
 * contract, checks for the directory that contains all contracts.
 */
export function isInContractDirectory(path: string, of?: ContractName): boolean {
  const root =
    of === undefined
      ? NODE_ROOT
      : contractDirectory({ namespace: of.namespace, name: of.contract });
  return `${path.replace(/^\/var\/run\//, '/run/')}/`.startsWith(`${root}/`);
}

/**
 * Returns the path of a memory's directory relative to the contract's directory. The agent mounts
 * it with `subPath`.
 */
export function memoryPath(spec: ContractSpec, memory: MemorySpec): string {
  const guarded = isGuarded(memory);
  const isMounted = guarded || ['tmpfs', 'hugetlbfs'].includes(backingOf(spec, memory));
  return `${spec.version}/${entryOf({ ...memory, guarded })}${isMounted ? `/${IN_TMPFS}` : ''}`;
}

/** Checks whether a guard binds the directory of a memory below the directory of the contract. */
export function isGuarded({ existing }: Pick<MemorySpec, 'existing'>): boolean {
  return existing?.guardImage !== undefined;
}

/** Returns the memories of a contract that a guard checks on each node. */
export function guardedMemories(spec: Pick<ContractSpec, 'memory'>): MemorySpec[] {
  return spec.memory.filter(isGuarded);
}

/** Returns the name of a memory's directory or mount point below the version of the contract. */
export function entryOf({
  name,
  hugePages,
  guarded,
}: Pick<MemorySpec, 'name' | 'hugePages'> & { readonly guarded?: boolean }): string {
  if (guarded === true) {
    return `${name}${GUARDED}`;
  }
  return hugePages === undefined ? name : `${name}${HUGE_PAGES}${hugePages}`;
}

/**
 * Returns the directory of a memory on the node. The agent creates it last, with a rename, so a
 * client's mount of it waits for the agent.
 */
export function memoryDirectory(spec: ContractSpec, memory: MemorySpec): string {
  return memory.existing !== undefined && !isGuarded(memory)
    ? memory.existing.path
    : `${contractDirectory(spec)}/${memoryPath(spec, memory)}`;
}

/** The contract and the memory that a directory on the node belongs to. */
export interface MemoryDirectory extends ContractName {
  readonly version: string;
  readonly memory: string;
  readonly backing: 'directory' | 'tmpfs' | 'hugetlbfs' | 'existing';
}

const MEMORY_DIRECTORY = new RegExp(
  `^(?:/var)?${NODE_ROOT}/([^/.]+)\\.([^/.]+)/([^/]+)/([^/.]+)(\\${GUARDED}|\\${HUGE_PAGES}[^/]+)?(/${IN_TMPFS})?/?$`,
);

/**
 * Parses a path made by `memoryDirectory`. Returns the memory that it belongs to; absent for any
 * other path.
 */
export function parseMemoryDirectory(directory: unknown): MemoryDirectory | undefined {
  const [, namespace, contract, version, memory, suffix, inTmpfs] =
    MEMORY_DIRECTORY.exec(typeof directory === 'string' ? directory : '') ?? [];
  return memory === undefined
    ? undefined
    : {
        namespace,
        contract,
        version,
        memory,
        backing: parsedBacking(suffix, inTmpfs !== undefined),
      };
}

/**
 * Returns what identifies the memory of a directory on the node, in all versions of its contract.
 * Absent for any other path.
 */
export function memoryInAnyVersion(directory: unknown): string | undefined {
  const found = parseMemoryDirectory(directory);
  return found && `${found.namespace}.${found.contract} ${found.memory}`;
}

function parsedBacking(suffix: string | undefined, inTmpfs: boolean): MemoryDirectory['backing'] {
  if (suffix === undefined) {
    return inTmpfs ? 'tmpfs' : 'directory';
  }
  return suffix === GUARDED ? 'existing' : 'hugetlbfs';
}

/**
 * Returns the directory of a memory on the node, according to its mark. Absent if its backing has
 * no directory.
 */
export function markedMemoryDirectory(
  of: ContractName & { readonly version: string },
  memory: Parameters<typeof entryOf>[0] & {
    readonly backing: MarkedBacking;
    readonly path?: string;
  },
): string | undefined {
  const directory = `${contractDirectory({ namespace: of.namespace, name: of.contract })}/${of.version}/${entryOf(memory)}`;
  switch (memory.backing) {
    case 'directory':
      return directory;
    case 'tmpfs':
    case 'hugetlbfs':
      return `${directory}/${IN_TMPFS}`;
    case 'devShm':
      return DEV_SHM;
    case 'existing':
      return memory.guarded === true ? `${directory}/${IN_TMPFS}` : memory.path;
    default:
      return undefined;
  }
}

/** Returns where a memory is shared between the pods of a node. */
export function backingOf(
  spec: Pick<ContractSpec, 'clients' | 'seLinux'>,
  memory: MemorySpec,
): BackingKind | 'hostIpc' | 'hugetlbfs' {
  switch (memory.api) {
    case 'systemV':
      return 'hostIpc';
    case 'descriptors':
      // the directory of the socket; the memory itself has no path
      return spec.seLinux === true ? 'tmpfs' : 'directory';
    case 'files':
    case 'posix':
      if (memory.hugePages !== undefined) {
        return 'hugetlbfs';
      }
      return (
        memory.backing ??
        (spec.clients === 'readWrite' || spec.seLinux === true ? 'tmpfs' : 'directory')
      );
  }
}

/**
 * Returns the memories of a contract that have their own directory on the node, which the agent
 * makes. Only their mounts wait for the agent.
 */
export function memoriesWithDirectory(spec: ContractSpec): MemorySpec[] {
  return spec.memory.filter(m => ['directory', 'tmpfs', 'hugetlbfs'].includes(backingOf(spec, m)));
}

/** Returns the memories of a contract that clients can reach with a claim. */
export function claimableMemories(spec: ContractSpec): MemorySpec[] {
  return spec.memory.filter(m =>
    ['directory', 'tmpfs', 'hugetlbfs', 'existing'].includes(backingOf(spec, m)),
  );
}

/**
 * Returns the access of a client to the directory of one memory. For descriptors it is always
 * read-only: if a client could write to the directory of the socket, it could replace the socket
 * with its own.
 */
export function accessTo(memory: MemorySpec, access: AccessKind): AccessKind {
  return memory.api === 'descriptors' ? 'readOnly' : access;
}

/**
 * Returns the mode of a memory's directory. The group can read, and can write if the contract lets
 * clients write. The setgid bit gives new files the group of the directory. The sticky bit lets a
 * client remove and rename only its own files.
 */
export function memoryDirectoryMode(spec: ContractSpec, memory: MemorySpec): string {
  return accessTo(memory, spec.clients) === 'readOnly'
    ? '2750'
    : memory.sticky === true
      ? '3770'
      : '2770';
}

/**
 * Returns the name of a memory's volume in a pod. All contracts share one volume for the node's
 * /dev/shm, so one container can use several of them.
 */
export function volumeName(spec: ContractSpec, memory: MemorySpec): string {
  return backingOf(spec, memory) === 'devShm' ? 'node-dev-shm' : podVolumeName(spec, memory);
}

/** Returns the name of a memory's volume if the volume belongs to the pod. */
export function podVolumeName(spec: ContractSpec, memory: MemorySpec): string {
  return `${spec.name}-${memory.name}`;
}

/** Returns the name of the PersistentVolumeClaim for a memory in a client's namespace. */
export function claimName(spec: ContractSpec, memory: MemorySpec, access: AccessKind): string {
  return claimNameOf(
    { contract: spec.name, memory: memory.name, version: spec.version },
    accessTo(memory, access),
  );
}

/** Returns the name of a PersistentVolumeClaim from its parts. */
export function claimNameOf(
  of: { readonly contract: string; readonly memory: string; readonly version: string },
  access: AccessKind,
): string {
  return `${of.contract}-${of.memory}-${of.version}-${SUFFIXES[access]}`;
}

/** Returns the name of the PersistentVolume to which that claim is bound. */
export function persistentVolumeName(
  spec: ContractSpec,
  memory: MemorySpec,
  clientNamespace: string,
  access: AccessKind,
): string {
  return `${spec.namespace}-${spec.name}-${memory.name}-${spec.version}-${clientNamespace}-${SUFFIXES[accessTo(memory, access)]}`;
}

/** Suffixes of the names of claims and volumes, which show the access of the client. */
export const SUFFIXES: Readonly<Record<AccessKind, string>> = { readOnly: 'ro', readWrite: 'rw' };

/** Returns how errors and reasons refer to a contract. */
export function ownerOf(spec: Pick<ContractSpec, 'name'>): string {
  return `contract ${spec.name}`;
}
