import type { Json } from '../kube/json';

/** A change of one field of an object. The pointer is relative to the object. */
export type FieldChange =
  /** Writes a field. If it is absent, it is added, with the objects that contain it. */
  | { readonly do: 'set'; readonly pointer: string; readonly value: Json }
  /** Adds an item at the end of a list. If the list is absent, it is added. */
  | { readonly do: 'append'; readonly pointer: string; readonly value: Json }
  /** Removes a field or an item. An object or list that becomes empty is removed, too. */
  | { readonly do: 'remove'; readonly pointer: string }
  /** Removes the first of several equal keys of an object. The last of them counts, and stays. */
  | { readonly do: 'removeFirst'; readonly pointer: string };

/** A change of an object that ends a finding. */
export interface Remedy {
  /** What it does, as an instruction: "write mountPath: /dev/shm". */
  readonly title: string;
  /**
   * Whether it is the only right answer, and changes no behaviour that anybody relies on: the
   * spelling of a path, a quantity that nobody means, a field that Kubernetes refuses or ignores.
   * `lint --fix` writes these. All others are suggestions.
   */
  readonly isCertain: boolean;
  readonly changes: readonly FieldChange[];
}

/** Returns a remedy that `lint --fix` writes. See {@link Remedy.isCertain}. */
export function certain(title: string, ...changes: FieldChange[]): Remedy {
  return { title, isCertain: true, changes };
}

/** Returns a remedy that a person must decide on. */
export function suggestion(title: string, ...changes: FieldChange[]): Remedy {
  return { title, isCertain: false, changes };
}
