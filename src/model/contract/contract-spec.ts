/** The APIs that the code may call. */
export const APIS = ['files', 'posix', 'systemV', 'descriptors'] as const;
/** The API that the code calls. */
export type Api = (typeof APIS)[number];

/** The places on the node for files and POSIX memory among which a contract may choose. */
export const BACKINGS = ['directory', 'tmpfs', 'devShm'] as const;
/** Where files and POSIX memory live on the node. */
export type BackingKind = (typeof BACKINGS)[number];

/**
 * Where a memory may be, as a mark says it: on the node, in the IPC namespace of the node, or in
 * the pod of a sidecar.
 */
export const MARKED_BACKINGS = [...BACKINGS, 'hostIpc', 'emptyDir', 'pod'] as const;
/** Where a memory is, as a mark says it. */
export type MarkedBacking = (typeof MARKED_BACKINGS)[number];

export const ACCESSES = ['readOnly', 'readWrite'] as const;
/** How much a client may do. */
export type AccessKind = (typeof ACCESSES)[number];

export const CLIENT_VOLUMES = ['persistentVolumeClaim', 'hostPath'] as const;
/** How a client's pod names the directory on the node. */
export type ClientVolumeKind = (typeof CLIENT_VOLUMES)[number];

export const PAYERS = ['agent', 'client'] as const;
/** Whose container touches the pages of the memories first, and so pays for them. */
export type PayerKind = (typeof PAYERS)[number];

/** One memory of a contract. */
export interface MemorySpec {
  readonly name: string;
  readonly api: Api;
  /** Bytes. */
  readonly size: number;
  /** Absent for System V memory, which has no path. */
  readonly mountPath?: string;
  /** Absent where the user did not choose: `tmpfs` where clients write, else `directory`. */
  readonly backing?: BackingKind;
}

/** The nodes that have the agent. */
export interface NodesSpec {
  readonly label: { readonly key: string; readonly value: string };
  readonly taint?: { readonly key: string; readonly value: string; readonly effect: 'NoSchedule' };
}

/** What a client waits for before it starts. */
export interface ReadyWhenSpec {
  readonly toolImage: string;
  readonly file?: string;
  readonly socket?: string;
  readonly memory?: string;
  readonly systemVKey?: number;
}

/**
 * That somebody has seen a finding, and takes the risk for a reason, and until a day where one is
 * given.
 */
export interface AcknowledgementSpec {
  /** Id of the rule: `SHMnnn`. */
  readonly rule: string;
  readonly reason: string;
  /** The last day on which it holds, in UTC: `YYYY-MM-DD`. */
  readonly until?: string;
  /** Scanners whose own suppressions are written from the same reason. */
  readonly exportTo?: readonly Scanner[];
}

export const SCANNERS = ['kube-linter', 'polaris', 'checkov'] as const;
/** Scanners that know annotations by which a finding is suppressed. */
export type Scanner = (typeof SCANNERS)[number];

/** What is shared, by whom and with whom: plain data, the same on both sides. */
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
  /** Absent where the user did not choose: `persistentVolumeClaim`. */
  readonly clientVolume?: ClientVolumeKind;
  readonly readyWhen?: ReadyWhenSpec;
  /** Absent where the user did not choose: `agent`. */
  readonly chargedTo?: PayerKind;
  readonly hostPid?: boolean;
  readonly hostNetwork?: boolean;
  /** For what the contract causes in every workload that is attached by it. */
  readonly acknowledgements?: readonly AcknowledgementSpec[];
}
