import { InputError, show } from '../../errors';
import { optionsOf, type OptionNames } from '../../options';

/** Options of `Leftovers.sweep()`. */
export interface SweepOptions {
  /**
   * Names of files and directories that stay, directly in any of the memories: letters, digits,
   * ".", "_" and "-".
   *
   * @default - none: the agent starts with empty memories
   */
  readonly except?: string[];
}

const SWEEP: OptionNames<SweepOptions> = { except: true };

/**
 * What happens, each time an agent pod starts, to the objects that an earlier agent left in the
 * contract's directories on the node.
 *
 * @example
 * routes.serveFrom(vendorDaemonSet, {
 *   toolImage: 'registry.example.com/busybox:1.36',
 *   leftovers: Leftovers.sweep({ except: ['table.bin'] }),
 * });
 */
export class Leftovers {
  /**
   * They stay, so that clients find them. If they are larger than the memory's size, the agent does
   * not start and says so.
   */
  public static keep(): Leftovers {
    return new Leftovers(undefined);
  }

  /**
   * They are removed, except the given names. Clients that have mapped them keep what they mapped,
   * and find the agent's new objects when they open again. This is for agents that create a new
   * object at each start: otherwise the old ones add up, charged to no pod.
   *
   * @param options names that stay
   */
  public static sweep(options: SweepOptions = {}): Leftovers {
    const except = optionsOf(options, 'Leftovers.sweep()', SWEEP).except ?? [];
    const wrong = except.filter(
      name =>
        typeof name !== 'string' ||
        !/^[A-Za-z0-9._-]+$/.test(name) ||
        name === '.' ||
        name === '..',
    );
    if (wrong.length > 0) {
      throw new InputError('Leftovers.sweep()', {
        code: 'SHM006',
        field: 'except',
        given: show(wrong),
        allowed: 'names of letters, digits, ".", "_" and "-", without a "/"',
        fix: "name what lies directly in a memory: except: ['table.bin']",
      });
    }
    return new Leftovers(except);
  }

  private constructor(
    /** Names that stay; absent where everything does.
     * @internal */
    public readonly _sweepAllBut?: readonly string[],
  ) {}
}
