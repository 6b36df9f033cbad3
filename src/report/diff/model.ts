import type { FollowerKind } from '../../model/contract-compare';

/** Version of the JSON form of a diff. docs/diff.md describes it, docs/diff.schema.json is its schema. */
export const DIFF_API_VERSION = 'cdk8s-shared-memory/diff/v1';

/** The blast radius of a change: plain data, in a stable order, each field always there, `null` where there is nothing to say. */
export interface Diff {
  readonly apiVersion: typeof DIFF_API_VERSION;
  /** What matters first, in one line. */
  readonly verdict: string;
  readonly privileges: { readonly gained: readonly PrivilegeChange[]; readonly lost: readonly PrivilegeChange[] };
  readonly refused: readonly RefusedChange[];
  readonly pods: readonly PodChange[];
  readonly contracts: readonly ContractChange[];
  readonly memory: MemoryChanges;
  readonly objects: ObjectChanges;
}

/** An object, as a reader finds it. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** Below what was given; `null` where that is a file itself. */
  readonly file: string | null;
}

/** A privilege that is there on one side alone. */
export interface PrivilegeChange {
  readonly of: ObjectRef;
  readonly container: string | null;
  /** `hostIPC`, `hostPath /dev/shm`, `Pod Security enforces privileged` ... */
  readonly what: string;
  /** What there is of it on the other side: `read-only` where it is now writable. */
  readonly instead: string | null;
  /** Why, where the YAML knows it: a contract, or an acknowledgement. */
  readonly reason: string | null;
}

/** A change that the API server refuses, and with it the rest of what is changed in the object. */
export interface RefusedChange {
  readonly of: ObjectRef;
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** `may`: it depends on what the files do not say; `why` has it. */
  readonly certainty: 'refused' | 'may';
  readonly why: string;
  readonly fix: string;
}

/** What happens to the running pods of a workload that is changed. */
export type PodOutcome = 'restart' | 'controller' | 'whenDeleted' | 'nextRun' | 'stay' | 'refused';

export interface PodChange {
  readonly of: ObjectRef;
  readonly outcome: PodOutcome;
  /** How: `rolling update: maxUnavailable 1, maxSurge 0`. */
  readonly how: string;
  /** The fields of the pod template that differ, in it; for pods that stay, those of the object. */
  readonly fields: readonly string[];
  /** Whether nothing but the object's own labels and annotations differs, which no pod sees. */
  readonly metadataOnly: boolean;
}

/** What differs in a contract, by the marks of both sides. */
export interface ContractChange {
  readonly contract: string;
  readonly namespace: string;
  readonly changes: readonly {
    readonly field: string;
    readonly from: string;
    readonly to: string;
    readonly breaks: boolean;
    readonly follow: readonly FollowerKind[];
    readonly why: string;
  }[];
  /** Who carries the new contract, and carried another one before. */
  readonly followed: readonly Follower[];
  /** Who still carries another contract than the new one, and must follow. */
  readonly behind: readonly (Follower & { readonly still: string })[];
  /** Who has come to carry another contract than the agent's by this change. */
  readonly apart: readonly (Follower & { readonly has: string })[];
}

export interface Follower { readonly of: ObjectRef; readonly as: FollowerKind }

export interface MemoryChanges {
  /** Bytes that contracts share on the nodes of a pool, or in each pod that has its agent in it. */
  readonly shared: readonly {
    readonly nodes: string;
    readonly contract: string;
    readonly from: string;
    readonly to: string;
    readonly payerBefore: string | null;
    readonly payerAfter: string | null;
  }[];
  /** Memory limits and requests, of a container or (`null`) of the pod as a whole. */
  readonly resources: readonly { readonly of: ObjectRef; readonly container: string | null; readonly what: 'limit' | 'request'; readonly from: string; readonly to: string }[];
  /** Sizes of memory-medium emptyDirs. */
  readonly volumes: readonly { readonly of: ObjectRef; readonly volume: string; readonly from: string; readonly to: string }[];
}

export interface ObjectChanges {
  readonly added: readonly ObjectRef[];
  /** In the order in which to delete them by hand. */
  readonly gone: readonly (ObjectRef & { readonly part: GonePart | null })[];
  readonly moved: readonly (ObjectRef & { readonly from: string })[];
  readonly changed: readonly (ObjectRef & { readonly fields: readonly string[] })[];
}

/** What an object that is gone was to a contract. */
export type GonePart = 'client' | 'grant' | 'agent';
