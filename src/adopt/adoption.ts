import type { Problem } from '../errors';
import type { JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { AccessKind, ContractSpec } from '../model/contract/contract-spec';

/** A workload that shares memory already, and becomes a side of a contract as it is. */
export interface AdoptedWorkload {
  readonly manifest: Manifest;
  /** JSON pointer of the pod template. */
  readonly template: string;
  /** The containers that share the memory. */
  readonly containers: readonly string[];
  /** The volumes through which they share it. */
  readonly volumes: readonly string[];
  /** Whether they are all the containers of the pod, and it has only one. */
  readonly isOnlyContainer: boolean;
  readonly access: AccessKind;
}

/** A contract that was inferred from manifests. */
export interface AdoptedContract {
  readonly spec: ContractSpec;
  /** The workload that serves the memory. Absent if none of the manifests is known to. */
  readonly agent?: AdoptedWorkload;
  readonly clients: readonly AdoptedWorkload[];
  /** The socket in a memory that the manifests show, by the name of the memory. */
  readonly sockets: ReadonlyMap<string, string>;
}

/** What pods of a node share: a directory, or the IPC namespace with its System V memory. */
export type SharedThing =
  { readonly kind: 'directory'; readonly path: string } | { readonly kind: 'ipc' };

/** Why something that a workload shares did not become a contract. */
export type NotAdoptedReason =
  /** Nothing else in the manifests shares it. */
  | { readonly kind: 'oneSide' }
  /** Others mount a directory in it, or one that contains it. */
  | { readonly kind: 'nested'; readonly path: string }
  /** Only parts of the pod are known, or its operator makes the pods. */
  | { readonly kind: 'operator' }
  /** Some of its workloads are in a contract already. */
  | { readonly kind: 'contract'; readonly contract: string }
  /** It is probably on a disk. */
  | { readonly kind: 'disk' }
  /** A container that the contract would call a reader writes through another mount. */
  | { readonly kind: 'writesAt'; readonly at: string }
  /** It is no directory: a socket, for example, which its server makes anew. */
  | { readonly kind: 'file'; readonly type: string }
  /** It is mounted through a claim, whose name the contract would have to decide. */
  | { readonly kind: 'claim' }
  /** The clients of a contract mount it at one path, and this one at another. */
  | { readonly kind: 'mountPath'; readonly at: string; readonly others: string }
  /** Everything else that shares it was left out. */
  | { readonly kind: 'alone' }
  /** The library refuses the contract, or the workload as it is. */
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** Something that a workload shares and that did not become a contract, with the reason. */
export interface NotAdopted {
  readonly thing: SharedThing;
  readonly manifest: Manifest;
  readonly because: NotAdoptedReason;
}

/** Why an object does not become part of the app. */
export type LeftOutReason =
  /** Helm or Argo CD runs it, at a certain time. */
  | { readonly kind: 'hook'; readonly by: 'Helm' | 'Argo CD'; readonly hook: string }
  /** cdk8s would write one of its texts so that kubectl reads something else. */
  | { readonly kind: 'unwritable' }
  /** A controller makes it. */
  | { readonly kind: 'owned'; readonly by: string }
  /** It was read from a cluster. */
  | { readonly kind: 'live' }
  /** It has no name: `kubectl create` makes a new object of it each time. */
  | { readonly kind: 'generateName' }
  /** A chart can make new values for it each time it is rendered. */
  | { readonly kind: 'chartSecret' };

export interface LeftOut {
  readonly manifest: Manifest;
  readonly because: LeftOutReason;
}

/** What can be adopted of a set of manifests, and what cannot. */
export interface Adoption {
  readonly contracts: readonly AdoptedContract[];
  /** The objects of adopted workloads, with the marks of their contracts. */
  readonly marked: ReadonlyMap<Manifest, JsonObject>;
  readonly notAdopted: readonly NotAdopted[];
  readonly leftOut: readonly LeftOut[];
  /** The objects that become part of the app. */
  readonly kept: readonly Manifest[];
}
