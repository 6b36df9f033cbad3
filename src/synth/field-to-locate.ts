import { getOrCreate } from '../kube/group';
import { keysOf } from '../kube/json';

/**
 * A field or item whose line is wanted, or that is around such ones. The whole document is one too.
 */
export class FieldToLocate {
  public readonly inside = new Map<string, FieldToLocate>();

  public constructor(
    private readonly key = '',
    public readonly around?: FieldToLocate,
  ) {}

  /** Whether it is an item of a list, as far as a pointer says. */
  public get isItem(): boolean {
    return /^\d+$/.test(this.key);
  }

  /** How many fields and items it is inside of, itself among them. */
  public get depth(): number {
    return this.around ? this.around.depth + 1 : 0;
  }

  /** What a JSON pointer (RFC 6901) from here points to: wanted from now on. */
  public want(pointer: string): FieldToLocate {
    return keysOf(pointer).reduce<FieldToLocate>((around, key) => around.at(key), this);
  }

  private at(key: string): FieldToLocate {
    return getOrCreate(this.inside, key, () => new FieldToLocate(key, this));
  }
}

/** Where the line begins on which each of what was wanted stands, as far as it is there. */
export type LocatedLines = ReadonlyMap<FieldToLocate, number>;
