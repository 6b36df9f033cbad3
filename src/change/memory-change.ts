import type { ObjectRef } from './set-changes';
import type { MarkedMemory } from '../model/contract/contract-mark';
import type { PayerKind } from '../model/contract/contract-spec';

/**
 * Changes of shared memory, of limits and requests of memory and huge pages, and of memory-medium
 * emptyDirs; and what stays on nodes.
 */
export interface MemoryChanges {
  readonly shared: readonly SharedBytesChange[];
  readonly resources: readonly MemoryResourceChange[];
  readonly volumes: readonly VolumeSizeChange[];
  readonly left: readonly LeftMemory[];
}

/** Memory of one version of a contract that stays on nodes, although no agent has it any more. */
export interface LeftMemory {
  /** The namespace of the contract. */
  readonly namespace: string;
  readonly contract: string;
  readonly version: string;
  readonly place: SharedPlace;
  readonly memories: readonly Pick<MarkedMemory, 'name' | 'backing' | 'size'>[];
  /** What to remove on the node. Empty if none of the memories is in a directory. */
  readonly directories: readonly string[];
}

/** The bytes that a contract shares, as far as its sizes are known. */
export type SharedBytes = bigint | 'unknown';

/** The bytes that a contract shares at one place. They are 0 on the side that does not share. */
export interface SharedBytesChange {
  readonly place: SharedPlace;
  /** Namespace and name of the contract: `node-agents/routes`. */
  readonly contract: string;
  readonly from: SharedBytes;
  readonly to: SharedBytes;
  /** `null` if the side does not share. */
  readonly payerBefore: SharedPayer | null;
  readonly payerAfter: SharedPayer | null;
}

/**
 * Where a contract shares memory: on the nodes of its agent, or in each pod of a workload that runs
 * the agent as a sidecar.
 */
export type SharedPlace =
  | { readonly kind: 'allNodes' }
  | {
      readonly kind: 'nodesWith';
      /** The node labels that the agent requires, `key=value`, sorted. */
      readonly labels: readonly string[];
    }
  | { readonly kind: 'eachPodOf'; readonly workload: Omit<ObjectRef, 'file'> };

/** Who pays for shared bytes. `pod` is the pod that runs the agent as a sidecar. */
export type SharedPayer = PayerKind | 'pod';

/**
 * A limit or request of memory or of huge pages. `container` is `null` for one of the whole pod.
 */
export interface MemoryResourceChange {
  readonly of: ObjectRef;
  readonly container: string | null;
  /** As in `resources.limits`: `memory`, `hugepages-2Mi` ... */
  readonly resource: string;
  readonly what: 'limit' | 'request';
  readonly from: MemoryAmount;
  readonly to: MemoryAmount;
}

/** The size of a memory-medium emptyDir. `noVolume` if the pod has no such volume on a side. */
export interface VolumeSizeChange {
  readonly of: ObjectRef;
  readonly volume: string;
  readonly from: MemoryAmount | 'noVolume';
  readonly to: MemoryAmount | 'noVolume';
}

/** Bytes, or the text that the manifest has if it is not a quantity. */
export type MemoryAmount = bigint | 'absent' | { readonly written: string };
