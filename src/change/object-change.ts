import type { ObjectRef } from './set-changes';
import type { AccessKind } from '../model/contract/contract-spec';

export interface ObjectChanges {
  readonly added: readonly ObjectRef[];
  /** Deleted objects, in the order in which to delete them manually. */
  readonly gone: readonly GoneObject[];
  readonly moved: readonly (ObjectRef & { readonly from: string })[];
  readonly changed: readonly (ObjectRef & { readonly fields: readonly string[] })[];
}

export interface GoneObject extends ObjectRef {
  readonly part: GonePart | null;
  /** Whether it ran pods, which end with it. */
  readonly ranPods: boolean;
  /** What it grants. At the claim of a grant or, if that is not gone, at its volume. */
  readonly grant: LeftGrant | null;
}

/** The former part of a deleted object in a contract. */
export type GonePart = 'client' | 'grant' | 'agent';

/** A grant that is gone from the manifests. In the cluster it stays until somebody deletes it. */
export interface LeftGrant {
  /** The namespace whose pods can mount the claim. */
  readonly to: string;
  readonly claim: string;
  /** The namespace of the contract. */
  readonly namespace: string;
  readonly contract: string;
  readonly version: string;
  readonly memory: string;
  /** What the PersistentVolume lets pods do. */
  readonly access: AccessKind;
  /**
   * The ClientPolicies that limited how pods mount the claim, and do not list it any more. Empty if
   * another one does. A policy that is gone, too, stays in the cluster as it was.
   */
  readonly noLongerGuardedBy: readonly string[];
}
