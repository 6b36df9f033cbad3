import type { HostPathUse } from './host-path-changes';
import type { ImmutableDoubt } from './immutable-fields';
import type { MemoryChanges } from './memory-change';
import type { NodeAccess } from './node-access';
import type { ObjectChanges } from './object-change';
import type { NodePermissionChange, PodPermissionChange } from './permission-change';
import type { PodReplacement } from './pod-replacement';
import type { PolicyChange } from './policy-change';
import type { Hardening } from '../kube/hardening';
import type { Json } from '../kube/json';
import type { ReadGrant } from '../model/client/grant';
import type { Change, ContractPartKind } from '../model/contract/compared-contract';
import type { AccessKind } from '../model/contract/contract-spec';
import type { PolicyGrant } from '../model/policy/policy-grants';
import type { HostPrivilege } from '../read/host-privileges';
import type { JudgedUse } from '../sharing/admitted-pods';
import type { ReachedBy } from '../sharing/memory-reach';
import type { PrivilegeReason } from '../sharing/privilege-reasons';

/**
 * The effects of a change of a set of objects, in a stable order. Contains only facts; report/diff/
 * turns them into text.
 */
export interface SetChanges {
  readonly acknowledgements: readonly AcknowledgementChange[];
  readonly privileges: GainsAndLosses<PrivilegeChange>;
  readonly containers: readonly ContainerChange[];
  readonly refused: readonly RefusedChange[];
  readonly labels: readonly LabelChange[];
  readonly pods: readonly PodChange[];
  readonly contracts: readonly ContractChange[];
  readonly uses: readonly ContractUseChange[];
  readonly unserved: readonly UnservedContract[];
  readonly memory: MemoryChanges;
  readonly objects: ObjectChanges;
}

/** Gained and lost privileges, each sorted by object. */
export interface GainsAndLosses<C> {
  readonly gained: readonly C[];
  readonly lost: readonly C[];
}

/** Identifies an object for the reader of a report. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** File relative to the given folder. `null` if the user named the file itself. */
  readonly file: string | null;
}

/** A privilege that exists on only one side. */
export type PrivilegeChange =
  | PodPrivilegeChange
  | HardeningChange
  | ImageSourceChange
  | PodSecurityChange
  | GrantChange
  | NodePathChange
  | PolicyUseChange
  | PolicyChange
  | NodePermissionChange
  | PodPermissionChange;

/** A host privilege of a pod. */
export interface PodPrivilegeChange {
  readonly kind: 'pod';
  readonly of: ObjectRef;
  readonly privilege: HostPrivilege;
  /** What the other side has of the same hostPath. Absent if it has nothing of it. */
  readonly instead?: HostPathUse;
  /**
   * Present if both sides have the privilege, and the marks or the node task gave a reason for it
   * before, and give none now. An acknowledgement may still explain it.
   */
  readonly lostReason?: true;
  readonly explanations: readonly PrivilegeExplanation[];
}

/**
 * Hardening that a container of both sides lacks on only one. To lose it is a gain: the container
 * can do more.
 */
export interface HardeningChange {
  readonly kind: 'hardening';
  readonly of: ObjectRef;
  readonly container: string;
  readonly fields: readonly Hardening[];
}

/** The image of a container with host privileges, if it comes from another repository. A gain. */
export interface ImageSourceChange {
  readonly kind: 'imageSource';
  readonly of: ObjectRef;
  readonly container: string;
  /** `null` if the container is new, and the pod ran no image of this repository. */
  readonly from: string | null;
  readonly to: string;
  /** What the container has of the node. */
  readonly privileges: readonly HostPrivilege[];
}

/** Why a pod has a privilege: a reason in the manifests, or an acknowledgement. */
export type PrivilegeExplanation =
  | PrivilegeReason
  | {
      readonly by: 'acknowledgement';
      readonly rule: string;
      readonly reason: string;
      readonly until?: string;
    };

/** The Pod Security level of a namespace. An absent level is the default of the cluster. */
export interface PodSecurityChange {
  readonly kind: 'podSecurity';
  readonly of: ObjectRef;
  readonly level: string | undefined;
  readonly instead: string | undefined;
  /**
   * Whether the namespace exists on both sides. If not, there is no previous level to compare with.
   */
  readonly isOnBothSides: boolean;
}

/** The permission of a namespace to use a memory of a contract, granted by a PersistentVolume. */
export interface GrantChange {
  readonly kind: 'grant';
  readonly of: ObjectRef;
  readonly to: string;
  readonly access: AccessKind;
  readonly contract: string;
  readonly memory: string;
  /** The access on the other side. Absent if there is none. */
  readonly instead?: AccessKind;
}

/** A directory of the node that a PersistentVolume gives to pods, without a contract. */
export interface NodePathChange {
  readonly kind: 'nodePath';
  readonly of: ObjectRef;
  readonly path: string;
  readonly access: AccessKind;
  /** The only namespace that can claim it. Absent if any can. */
  readonly to?: string;
  /** The access on the other side. Absent if there is none. */
  readonly instead?: AccessKind;
}

/** The permission of a namespace to use something of the node, granted by a ClientPolicy. */
export type PolicyUseChange = {
  readonly kind: 'policyUse';
  readonly of: ObjectRef;
  readonly instead?: AccessKind;
} & PolicyGrant;

/**
 * A change that the API server rejects. All other changes of the object are then not applied
 * either.
 */
export type RefusedChange = {
  readonly of: ObjectRef;
  readonly field: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
} & (
  | {
      readonly because: 'immutable';
      /** Why it is uncertain. Absent if certain. */ readonly doubt?: ImmutableDoubt;
      /** What the object grants. */ readonly grant?: ReadGrant;
    }
  | { readonly because: 'selectorMismatch' }
);

/** A label that asks for a contract, and what the API server makes of its pods on both sides. */
export interface LabelChange {
  readonly of: ObjectRef;
  readonly contract: string;
  /** Absent if the object has no such label on this side. */
  readonly from?: Pick<JudgedUse, 'value' | 'outcome'>;
  readonly to?: Pick<JudgedUse, 'value' | 'outcome'>;
  /** Set if the object is a Pod that exists, whose label the policies do not let change. */
  readonly isFrozen?: true;
}

/** What happens to the running pods of a workload that changes. */
export interface PodChange {
  readonly of: ObjectRef;
  readonly replacement:
    PodReplacement | { readonly by: 'refused' } | { readonly by: 'sameTemplate' };
  /**
   * The fields that differ, relative to the pod template. If the pods stay, the fields of the
   * object.
   */
  readonly fields: readonly string[];
  /** The containers of both sides whose image differs. */
  readonly images: readonly ImageChange[];
  /**
   * How many pods there are to be. Absent if that does not change. `null` if the manifest does not
   * say it: then there is 1, or as many as an autoscaler wants.
   */
  readonly replicas?: { readonly from: number | null; readonly to: number | null };
  /**
   * Whether only labels and annotations of the object itself differ, which does not affect pods.
   */
  readonly metadataOnly: boolean;
}

/** Another image of a container. */
export interface ImageChange {
  /** The container, as in {@link PodChange.fields}: `initContainers[wait]`. */
  readonly container: string;
  readonly from: string;
  readonly to: string;
}

/** An acknowledgement of an object that only one side has, or that differs. */
export interface AcknowledgementChange {
  readonly of: ObjectRef;
  readonly rule: string;
  /** The contract that acknowledges, according to the annotation. Absent if it names none. */
  readonly contract?: string;
  /** Absent if this side has none. `until` is `null` if there is no last day. */
  readonly from?: { readonly reason: string; readonly until: string | null };
  readonly to?: AcknowledgementChange['from'];
}

/**
 * A container that only one side has, or one of both sides that reaches memory of contracts on only
 * one of them, although no mark says so.
 */
export interface ContainerChange {
  readonly of: ObjectRef;
  /** The container, as in {@link PodChange.fields}: `initContainers[wait]`. */
  readonly container: string;
  readonly change: 'added' | 'removed' | 'reaches' | 'noLongerReaches';
  /** `null` if it names none. */
  readonly image: string | null;
  /** Whether it runs a step of this library, and nothing else. */
  readonly isStep: boolean;
  readonly nodeAccess: readonly NodeAccess[];
  /**
   * What a new container lacks of hardening, if it is in a pod that takes part in a contract, or
   * has a host privilege.
   */
  readonly lacks: readonly Hardening[];
  /** The memory of contracts that it reaches, or that it reaches on only one side. */
  readonly memories: readonly ReachedBy[];
}

/** The differences in a contract, according to the marks of both sides. */
export interface ContractChange {
  readonly contract: string;
  readonly namespace: string;
  readonly changes: readonly Change[];
  /** Participants that adopted the new contract with this change. */
  readonly followed: readonly ContractUser[];
  /** Participants that still use another contract and must follow. */
  readonly behind: readonly (ContractUser & { readonly still: string })[];
  /** Participants that adopted a contract other than the agent's with this change. */
  readonly apart: readonly (ContractUser & { readonly has: string })[];
}

/** A workload of both sides that is a client of a contract on only one of them. */
export interface ContractUseChange {
  readonly of: ObjectRef;
  readonly namespace: string;
  readonly contract: string;
  /** `declares`: only the mark is new; the workload had the memory before. */
  readonly change: 'starts' | 'declares' | 'stops';
  readonly access: AccessKind;
  readonly memories: readonly string[];
}

/** A contract that clients still use, although what they need of the other side is gone. */
export interface UnservedContract {
  readonly namespace: string;
  readonly contract: string;
  readonly lost: 'agent' | 'grants';
  /** The namespace whose grants are gone. `null` if the agent is. */
  readonly to: string | null;
  readonly users: readonly ObjectRef[];
}

/** An object that takes part in a contract. */
export interface ContractUser {
  readonly of: ObjectRef;
  readonly as: ContractPartKind;
}
