import { isObject, type Json, type JsonObject } from '../kube/json';

/** A map or a list. */
export type Holder = JsonObject | Json[];

/**
 * A copy of an object that goes only as deep as it is changed: it shares all else with the
 * original, which stays as it is.
 */
export class Copy {
  public readonly root: JsonObject;
  /** The maps and lists that the original does not have. */
  private readonly own = new Set<Holder>();
  /**
   * cdk8s sorts keys below the object's own before it renders; what is added must not stand out of
   * that order.
   */
  private readonly isSorted = !process.env.CDK8S_DISABLE_SORT;

  public constructor(original: JsonObject) {
    this.root = this.ownCopy(original);
  }

  /** The map or list at a key of one that may be changed, to be changed itself. */
  public open<H extends Holder>(holder: Holder, key: string | number, there: H): H {
    if (this.own.has(there)) {
      return there;
    }
    const copy = this.ownCopy(there);
    put(holder, key, copy);
    return copy;
  }

  /**
   * Puts a value into a map or list that may be changed: a copy of it, as what stands in one
   * document twice becomes a YAML anchor.
   */
  public put(holder: Holder, key: string | number, value: Json): void {
    put(holder, key, this.plain(value));
  }

  /** Puts an item into a list that may be changed. */
  public insert(list: Json[], index: number, item: Json): void {
    list.splice(index, 0, this.plain(item));
  }

  /** Puts a new map or list where there is nothing. */
  public make<H extends Holder>(holder: Holder, key: string | number, made: H): H {
    this.own.add(made);
    put(holder, key, made);
    return made;
  }

  /** The copy in cdk8s' order. */
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

  /**
   * A copy that shares nothing with its source, and has no undefined fields, which would be printed
   * as null.
   */
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
   * What is out of order is made anew, as an object of which keys were deleted would be slow to
   * read ever after.
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
