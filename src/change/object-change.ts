import type { ObjectRef } from './set-changes';

export interface ObjectChanges {
  readonly added: readonly ObjectRef[];
  /** Deleted objects, in the order in which to delete them manually. */
  readonly gone: readonly (ObjectRef & { readonly part: GonePart | null })[];
  readonly moved: readonly (ObjectRef & { readonly from: string })[];
  readonly changed: readonly (ObjectRef & { readonly fields: readonly string[] })[];
}

/** The former part of a deleted object in a contract. */
export type GonePart = 'client' | 'grant' | 'agent';
