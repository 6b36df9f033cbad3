import type { Refusal } from '../policy/cel';

/** A change of a pod: a CEL list of JSON patch operations. */
export interface Mutation {
  /** What it changes. A second mutation of it must see the result of the first. */
  readonly field: string;
  readonly operations: string;
}

/** An operation of an edit, in CEL. */
export interface Part {
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly conflicts?: readonly Refusal[];
  readonly mutation?: Mutation;
  readonly missing?: readonly Refusal[];
}
