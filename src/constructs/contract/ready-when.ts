import type { ReadyWhenSpec } from '../../model/contract/contract-spec';
import { optionsOf, type OptionNames } from '../../options';

/** Options of `ReadyWhen.systemVKey()`. */
export interface ReadyWhenOptions {
  /**
   * The image of the wait step, with sh, sleep, awk, ls and id, for example
   * registry.example.com/busybox:1.36. The step runs as nobody with 32Mi of memory.
   */
  readonly toolImage: string;
}

/** Options of `ReadyWhen.file()` and `ReadyWhen.socket()`. */
export interface ReadyWhenFileOptions extends ReadyWhenOptions {
  /**
   * The memory that has the file or socket.
   *
   * @default - the only memory of the contract that has a path
   */
  readonly memory?: string;
}

const OBJECT: OptionNames<ReadyWhenOptions> = { toolImage: true };
const FILE: OptionNames<ReadyWhenFileOptions> = { ...OBJECT, memory: true };

/**
 * What a client waits for before its own containers start, in an init container in each client's
 * pod. The mount of a directory by itself waits only for the agent's init step, not for what the
 * agent writes. Without `ReadyWhen`, clients of System V memory and of the node's /dev/shm wait for
 * nothing.
 *
 * @example
 * new AgentContract({
 *   name: 'routes',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [table],
 *   ownerId: 10001,
 *   groupId: 2000,
 *   readyWhen: ReadyWhen.file('table.bin', { toolImage: 'registry.example.com/busybox:1.36' }),
 * });
 */
export class ReadyWhen {
  /**
   * Waits until a file exists, and for nothing more. The agent should therefore write the file
   * under another name, and rename it when it is complete.
   *
   * @param path path below the mount path, as in `shm_open`: 'table.bin'
   * @param options image, memory
   */
  public static file(path: string, options: ReadyWhenFileOptions): ReadyWhen {
    const { toolImage, memory } = optionsOf(options, 'ReadyWhen.file()', FILE);
    return new ReadyWhen({ toolImage, file: path, ...(memory === undefined ? {} : { memory }) });
  }

  /**
   * Waits until a Unix socket exists, not until the agent accepts connections: a socket outlives
   * its agent, and a client must connect again anyway when the agent is replaced.
   *
   * @param path path below the mount path: 'agent.sock'
   * @param options image, memory
   */
  public static socket(path: string, options: ReadyWhenFileOptions): ReadyWhen {
    const { toolImage, memory } = optionsOf(options, 'ReadyWhen.socket()', FILE);
    return new ReadyWhen({ toolImage, socket: path, ...(memory === undefined ? {} : { memory }) });
  }

  /**
   * Waits until a System V segment exists.
   *
   * @param key the key_t that the agent passes to shmget, for example 0x5348
   * @param options image
   */
  public static systemVKey(key: number, options: ReadyWhenOptions): ReadyWhen {
    const { toolImage } = optionsOf(options, 'ReadyWhen.systemVKey()', OBJECT);
    return new ReadyWhen({ toolImage, systemVKey: key });
  }

  private constructor(
    /** @internal */
    public readonly _spec: ReadyWhenSpec,
  ) {}
}
