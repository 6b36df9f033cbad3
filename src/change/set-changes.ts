import type { ImmutableDoubt } from './immutable-fields';
import type { PodReplacement } from './pod-replacement';
import type { Json } from '../kube/json';
import type { ReadGrant } from '../model/client/grant';
import type { Change, ContractPartKind } from '../model/contract/compared-contract';
import type { AccessKind } from '../model/contract/contract-spec';
import type { PolicyGrant } from '../model/policy/policy-grants';
import type { HostPathAccess, HostPrivilege } from '../read/host-privileges';
import type { PrivilegeReason } from '../sharing/privilege-reasons';

/** What a change of a set of objects does: facts, in a stable order. report/diff/ has the words. */
export interface SetChanges {
  readonly privileges: GainsAndLosses<PrivilegeChange>;
  readonly refused: readonly RefusedChange[];
  readonly pods: readonly PodChange[];
  readonly contracts: readonly ContractChange[];
  readonly memory: MemoryChanges;
  readonly objects: ObjectChanges;
}

/** Gained and lost, each in the order of objects. */
export interface GainsAndLosses<C> {
  readonly gained: readonly C[];
  readonly lost: readonly C[];
}

/** An object, as a reader finds it. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** Below what was given; `null` if that is a file itself. */
  readonly file: string | null;
}

/** A privilege that is there on one side alone. */
export type PrivilegeChange =
  PodPrivilegeChange | PodSecurityChange | GrantChange | PolicyUseChange | PolicyChange;

/** A host privilege of a pod. */
export interface PodPrivilegeChange {
  readonly kind: 'pod';
  readonly of: ObjectRef;
  readonly privilege: HostPrivilege;
  /** What there is of a hostPath on the other side; absent if it has nothing. */
  readonly instead?: HostPathAccess;
  readonly explanations: readonly PrivilegeExplanation[];
}

/** Why a pod has a privilege: what the manifests say of it, or that somebody acknowledged it. */
export type PrivilegeExplanation =
  | PrivilegeReason
  | {
      readonly by: 'acknowledgement';
      readonly rule: string;
      readonly reason: string;
      readonly until?: string;
    };

/** The Pod Security level of a namespace; an absent level is the default of the cluster. */
export interface PodSecurityChange {
  readonly kind: 'podSecurity';
  readonly of: ObjectRef;
  readonly level: string | undefined;
  readonly instead: string | undefined;
  /** Whether the namespace is there on both sides; else there is nothing to compare with. */
  readonly isOnBothSides: boolean;
}

/** A namespace may use a memory of a contract, by a PersistentVolume. */
export interface GrantChange {
  readonly kind: 'grant';
  readonly of: ObjectRef;
  readonly to: string;
  readonly access: AccessKind;
  readonly contract: string;
  readonly memory: string;
  /** What it may do on the other side; absent if nothing. */
  readonly instead?: AccessKind;
}

/** A namespace may use something of the node, by a ClientPolicy. */
export type PolicyUseChange = {
  readonly kind: 'policyUse';
  readonly of: ObjectRef;
  readonly instead?: AccessKind;
} & PolicyGrant;

/** What a policy no longer refuses. */
export type PolicyChange =
  | {
      readonly kind: 'policyBinding';
      readonly of: ObjectRef;
      readonly namespaces: readonly string[];
      readonly policy: string;
    }
  | { readonly kind: 'policyValidation'; readonly of: ObjectRef; readonly expression: string }
  | { readonly kind: 'policyFailure'; readonly of: ObjectRef };

/** A change that the API server refuses, and with it the rest of what is changed in the object. */
export type RefusedChange = {
  readonly of: ObjectRef;
  readonly field: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
} & (
  | {
      readonly because: 'immutable';
      /** Why it is not certain. */ readonly doubt?: ImmutableDoubt;
      /** What the object grants. */ readonly grant?: ReadGrant;
    }
  | { readonly because: 'selectorMismatch' }
);

/** What happens to the running pods of a workload that is changed. */
export interface PodChange {
  readonly of: ObjectRef;
  readonly replacement:
    PodReplacement | { readonly by: 'refused' } | { readonly by: 'sameTemplate' };
  /** The fields of the pod template that differ, in it; for pods that stay, those of the object. */
  readonly fields: readonly string[];
  /** Whether nothing but the object's own labels and annotations differs, which no pod sees. */
  readonly metadataOnly: boolean;
}

/** What differs in a contract, by the marks of both sides. */
export interface ContractChange {
  readonly contract: string;
  readonly namespace: string;
  readonly changes: readonly Change[];
  /** Who carries the new contract, and carried another one before. */
  readonly followed: readonly ContractUser[];
  /** Who still carries another contract than the new one, and must follow. */
  readonly behind: readonly (ContractUser & { readonly still: string })[];
  /** Who has come to carry another contract than the agent's by this change. */
  readonly apart: readonly (ContractUser & { readonly has: string })[];
}

/** An object with a part in a contract. */
export interface ContractUser {
  readonly of: ObjectRef;
  readonly as: ContractPartKind;
}

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
  readonly resources: readonly {
    readonly of: ObjectRef;
    readonly container: string | null;
    readonly what: 'limit' | 'request';
    readonly from: string;
    readonly to: string;
  }[];
  /** Sizes of memory-medium emptyDirs. */
  readonly volumes: readonly {
    readonly of: ObjectRef;
    readonly volume: string;
    readonly from: string;
    readonly to: string;
  }[];
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
