/** The APIs through which programs can use shared memory. */
export const APIS = ['files', 'posix', 'systemV', 'descriptors'] as const;
/**
 * The API through which programs use a memory: files (open and mmap), POSIX (shm_open), System V
 * (shmget), or file descriptors passed over a socket.
 */
export type Api = (typeof APIS)[number];

/** The places on the node that a contract can choose for files and POSIX memory. */
export const BACKINGS = ['directory', 'tmpfs', 'devShm'] as const;
/** The same, with the directory of somebody else, which only version v2 of the format has. */
export const BACKINGS_2 = [...BACKINGS, 'existing'] as const;
/** Where files and POSIX memory are stored on the node. */
export type BackingKind = (typeof BACKINGS_2)[number];

/** The sizes of huge pages, as Kubernetes writes them in `hugepages-<size>`. */
export const HUGE_PAGE_SIZES = ['2Mi', '1Gi'] as const;
export type HugePageSize = (typeof HUGE_PAGE_SIZES)[number];

/**
 * All places that a mark can name: those on the node, the IPC namespace of the node, and a volume
 * or the IPC namespace of a sidecar's pod.
 */
export const MARKED_BACKINGS = [...BACKINGS, 'hostIpc', 'emptyDir', 'pod'] as const;
export const MARKED_BACKINGS_2 = [...MARKED_BACKINGS, 'existing', 'hugetlbfs'] as const;
/** Where a memory is stored, according to a mark. */
export type MarkedBacking = (typeof MARKED_BACKINGS_2)[number];

export const ACCESSES = ['readOnly', 'readWrite'] as const;
/** Whether clients may write to the memory. */
export type AccessKind = (typeof ACCESSES)[number];

export const CLIENT_VOLUMES = ['persistentVolumeClaim', 'hostPath'] as const;
/** The volume type with which a client's pod mounts the directory of the node. */
export type ClientVolumeKind = (typeof CLIENT_VOLUMES)[number];

export const PAYERS = ['agent', 'client'] as const;
/**
 * The side whose containers touch the memory first. The kernel charges the memory to these
 * containers.
 */
export type PayerKind = (typeof PAYERS)[number];

export const ENV_SOURCES = ['path', 'file', 'sizeInBytes'] as const;
/** The value of an environment variable that comes from a contract. */
export interface EnvSpec {
  readonly from: (typeof ENV_SOURCES)[number];
  /** Absent if the user did not choose, because only one memory is possible. */
  readonly memory?: string;
  /** The path below the memory, for `file`. */
  readonly file?: string;
}

export const CLIENT_USERS = ['own', 'owner'] as const;
/** The user that clients run as. */
export type ClientUserKind = (typeof CLIENT_USERS)[number];

export const NODE_CONTENTS = ['files', 'sockets'] as const;
/** What a directory on the node contains that somebody else makes. */
export type NodeContentKind = (typeof NODE_CONTENTS)[number];

/** A directory on the node that no agent of this library makes. */
export interface ExistingSpec {
  readonly path: string;
  readonly contains: NodeContentKind;
  /** Whether clients wait for what is made in it. Absent means yes. */
  readonly clientsWait?: boolean;
  /** The image of the guard that checks the directory on each node. Absent if there is none. */
  readonly guardImage?: string;
}

/** A directory on the node below which a contract may name existing directories, and why. */
export interface AllowedNodePathSpec {
  readonly path: string;
  readonly reason: string;
}

/** A shared memory of a contract. */
export interface MemorySpec {
  readonly name: string;
  readonly api: Api;
  /**
   * Size in bytes. Absent if it is not known, which only memory can be that the software makes
   * itself: descriptors, System V memory, the node's /dev/shm, and directories of somebody else.
   */
  readonly size?: number;
  /** Absent for System V memory, which has no path. */
  readonly mountPath?: string;
  /**
   * Absent if the user did not choose. The default is `tmpfs` if clients write, and `directory`
   * otherwise.
   */
  readonly backing?: BackingKind;
  /** Whether code may be mapped from a tmpfs. Absent means no. */
  readonly executable?: boolean;
  /**
   * Whether only the owner of an object, and the agent, may remove or rename it. Absent means no.
   */
  readonly sticky?: boolean;
  /** The size of the huge pages that hold it. Absent for ordinary pages. */
  readonly hugePages?: HugePageSize;
  /** The directory, for the backing `existing`. */
  readonly existing?: ExistingSpec;
}

/** The nodes that run the agent. */
export interface NodesSpec {
  readonly label: { readonly key: string; readonly value: string };
  readonly taint?: { readonly key: string; readonly value: string; readonly effect: 'NoSchedule' };
}

/** The file, socket or System V segment that a client waits for before it starts. */
export interface ReadyWhenSpec {
  readonly toolImage: string;
  readonly file?: string;
  readonly socket?: string;
  readonly memory?: string;
  readonly systemVKey?: number;
}

/**
 * Records that somebody has seen a finding and accepts the risk, with the reason and an optional
 * end date.
 */
export interface AcknowledgementSpec {
  /** ID of the rule: `SHMnnn`. */
  readonly rule: string;
  readonly reason: string;
  /** The last day on which the acknowledgement is valid, in UTC: `YYYY-MM-DD`. */
  readonly until?: string;
  /** Other scanners for which a suppression is written with the same reason. */
  readonly exportTo?: readonly Scanner[];
}

export const SCANNERS = ['kube-linter', 'polaris', 'checkov'] as const;
/** A scanner whose findings can be suppressed with annotations. */
export type Scanner = (typeof SCANNERS)[number];

/**
 * A contract: which memory is shared, on which nodes, and with which access. Plain data that is the
 * same for agent and clients.
 */
export interface ContractSpec {
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly memory: readonly MemorySpec[];
  readonly nodes: NodesSpec;
  readonly ownerId?: number;
  readonly groupId?: number;
  readonly clients: AccessKind;
  /** Absent if the user did not choose. The default is `persistentVolumeClaim`. */
  readonly clientVolume?: ClientVolumeKind;
  readonly readyWhen?: ReadyWhenSpec;
  /** Absent if the user did not choose. The default is `agent`. */
  readonly chargedTo?: PayerKind;
  readonly hostPid?: boolean;
  readonly hostNetwork?: boolean;
  /** Whether SELinux may be enforcing on the nodes. Absent means no. */
  readonly seLinux?: boolean;
  /** Environment variables of the containers on both sides, by name. */
  readonly env?: { readonly [name: string]: EnvSpec };
  /** The umask of the agent and of clients that write: three octal digits. */
  readonly umask?: string;
  /** Absent if the user did not choose. The default is `own`. */
  readonly clientUser?: ClientUserKind;
  /** Who serves the memory, if no workload of this library does. Not verified by anything. */
  readonly servedBy?: string;
  /** The team that answers for the contract. Not verified by anything. */
  readonly team?: string;
  /** The class of the data in the memory, in the words of the user. Not verified by anything. */
  readonly dataClass?: string;
  readonly allowedNodePaths?: readonly AllowedNodePathSpec[];
  /**
   * Acknowledgements of findings that the contract causes in every workload that is attached to it.
   */
  readonly acknowledgements?: readonly AcknowledgementSpec[];
}
