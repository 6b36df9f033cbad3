import { getOrCreate } from '../kube/group';
import { keysOf } from '../kube/json';

/**
 * A field or a list item whose line is requested, or a parent of one. The root stands for the whole
 * document.
 */
export class FieldToLocate {
  public readonly inside = new Map<string, FieldToLocate>();

  public constructor(
    private readonly key = '',
    public readonly around?: FieldToLocate,
  ) {}

  /**
   * Whether this is a list item. The pointer does not show it for certain: a map can also have a
   * key that is a number.
   */
  public get isItem(): boolean {
    return /^\d+$/.test(this.key);
  }

  /** The number of parents. */
  public get depth(): number {
    return this.around ? this.around.depth + 1 : 0;
  }

  /** Requests the line of the field or item at a JSON pointer (RFC 6901), relative to this one. */
  public want(pointer: string): FieldToLocate {
    return keysOf(pointer).reduce<FieldToLocate>((around, key) => around.at(key), this);
  }

  private at(key: string): FieldToLocate {
    return getOrCreate(this.inside, key, () => new FieldToLocate(key, this));
  }
}

/** For each requested field that exists, where its line starts. */
export type LocatedLines = ReadonlyMap<FieldToLocate, number>;
