import type { ObjectRef } from './set-changes';
import type { Json } from '../kube/json';

/**
 * Something that a policy denies on only one side. If it is gained, the policy no longer denies it.
 */
export type PolicyChange =
  | {
      readonly kind: 'policyBinding';
      readonly of: ObjectRef;
      /** Those that its selector names. Empty if it selects in another way. */
      readonly namespaces: readonly string[];
      /** Present if its selector asks for more than names, so that it may not be for them. */
      readonly asksForMore?: true;
      readonly policy: string;
      /**
       * What the binding does on the other side instead of refusing: `Audit`, `Warn`. Absent if it
       * does nothing there, or for other namespaces.
       */
      readonly instead?: readonly string[];
    }
  | { readonly kind: 'policyValidation'; readonly of: ObjectRef; readonly expression: string }
  | { readonly kind: 'policyFailure'; readonly of: ObjectRef }
  | PolicyEntryChange
  /** Other fields that decide what is refused. Whether it is less, only a person can say. */
  | {
      readonly kind: 'policyFields';
      readonly of: ObjectRef;
      readonly fields: readonly ChangedPolicyField[];
    };

/** A field of a policy that differs. `from` or `to` is absent if the side does not have it. */
export interface ChangedPolicyField {
  readonly field: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

/** An entry of a list, or of a map, in the variables of a policy that only one side has. */
export interface PolicyEntryChange {
  readonly kind: 'policyEntry';
  readonly of: ObjectRef;
  readonly variable: string;
  /** `shop routes-table-v1-ro`. */
  readonly entry: string;
  readonly isNew: boolean;
  /**
   * What the policy does with what an entry names. `unknown`: it is no policy of this library, so
   * that only a person can say whether it refuses less.
   */
  readonly means: 'accepted' | 'refused' | 'unknown';
}
