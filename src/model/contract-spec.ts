/** Version of the JSON forms of contract and mark. */
export const API_VERSION = 'cdk8s-shared-memory/v1';

/** The API that the code calls. */
export type Api = 'files' | 'posix' | 'systemV' | 'descriptors';
/** Where files and POSIX memory live on the node. */
export type BackingKind = 'directory' | 'tmpfs' | 'devShm';
/** How much a client may do. */
export type AccessKind = 'readOnly' | 'readWrite';
/** How a client's pod names the directory on the node. */
export type ClientVolumeKind = 'persistentVolumeClaim' | 'hostPath';
/** Whose container touches the pages of the memories first, and so pays for them. */
export type PayerKind = 'agent' | 'client';

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

/** That somebody has seen a finding, and takes the risk for a reason, and until a day where one is given. */
export interface AcknowledgementSpec {
  /** Id of the rule: `SHMnnn`. */
  readonly rule: string;
  readonly reason: string;
  /** The last day on which it holds, in UTC: `YYYY-MM-DD`. */
  readonly until?: string;
  /** Scanners whose own suppressions are written from the same reason. */
  readonly exportTo?: readonly Scanner[];
}

/** Scanners that know annotations by which a finding is suppressed. */
export type Scanner = 'kube-linter' | 'polaris' | 'checkov';

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
