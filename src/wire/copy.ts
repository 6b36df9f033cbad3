import { isObject, type Json, type JsonObject } from '../kube/json';

/** A JSON object or a list. */
export type Holder = JsonObject | Json[];

/**
 * A copy-on-write copy of an object: only the parts that change are copied; everything else is
 * shared with the original, which is never modified.
 */
export class Copy {
  public readonly root: JsonObject;
  /** The objects and lists that belong to this copy and not to the original. */
  private readonly own = new Set<Holder>();
  /**
   * Whether keys are sorted. Before rendering, cdk8s sorts the keys at every level except the top
   * one; added keys must follow the same order.
   */
  private readonly isSorted = !process.env.CDK8S_DISABLE_SORT;

  public constructor(original: JsonObject) {
    this.root = this.ownCopy(original);
  }

  /**
   * Returns the object or list at a key of `holder` as a part of this copy, which may be modified.
   * `holder` itself must already be such a part.
   */
  public open<H extends Holder>(holder: Holder, key: string | number, there: H): H {
    if (this.own.has(there)) {
      return there;
    }
    const copy = this.ownCopy(there);
    put(holder, key, copy);
    return copy;
  }

  /**
   * Sets a key of `holder` to a copy of the value. A copy is necessary, because a value that occurs
   * twice in a document would become a YAML anchor.
   */
  public put(holder: Holder, key: string | number, value: Json): void {
    put(holder, key, this.plain(value));
  }

  /** Inserts a copy of an item into a list of this copy. */
  public insert(list: Json[], index: number, item: Json): void {
    list.splice(index, 0, this.plain(item));
  }

  /** Sets a key of `holder` to a new object or list, which may be modified afterwards. */
  public make<H extends Holder>(holder: Holder, key: string | number, made: H): H {
    this.own.add(made);
    put(holder, key, made);
    return made;
  }

  /** Returns the edited copy, with its keys in the order that cdk8s uses. */
  public finished(): JsonObject {
    if (this.isSorted) {
      for (const key of Object.keys(this.root)) {
        this.root[key] = this.sorted(this.root[key]);
      }
    }
    return this.root;
  }

  private ownCopy<H extends Holder>(holder: H): H {
    const copy = (Array.isArray(holder) ? [...holder] : { ...holder }) as H;
    this.own.add(copy);
    return copy;
  }

  /** Returns a deep copy without undefined fields, which would be printed as null. */
  private plain(value: Json): Json {
    if (Array.isArray(value)) {
      return value.map(item => this.plain(item));
    }
    if (!isObject(value)) {
      return value;
    }
    const copy: JsonObject = {};
    const keys = Object.keys(value);
    for (const key of this.isSorted ? keys.sort() : keys) {
      const child = value[key];
      if (child !== undefined) {
        copy[key] = this.plain(child);
      }
    }
    return copy;
  }

  /**
   * Sorts the keys of changed objects. An object in the wrong order is replaced by a new one,
   * because deleting and adding keys would make the object slow to read (V8 switches it to
   * dictionary mode).
   */
  private sorted(value: Json | undefined): Json | undefined {
    if (typeof value !== 'object' || value === null || !this.own.has(value)) {
      return value;
    }
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        value[i] = this.sorted(value[i]) as Json;
      }
      return value;
    }
    const keys = Object.keys(value);
    let isSorted = true;
    for (let i = 0; i < keys.length; i++) {
      if (typeof value[keys[i]] === 'object') {
        value[keys[i]] = this.sorted(value[keys[i]]);
      }
      if (i > 0 && keys[i] < keys[i - 1]) {
        isSorted = false;
      }
    }
    if (isSorted) {
      return value;
    }
    const copy: JsonObject = {};
    for (const key of keys.sort()) {
      copy[key] = value[key];
    }
    return copy;
  }
}

function put(holder: Holder, key: string | number, value: Json): void {
  (holder as Record<string | number, Json>)[key] = value;
}
