import type { ReadyWhenSpec } from '../../model/contract/contract-spec';
import { optionsOf, type OptionNames } from '../../options';

/** Options of `ReadyWhen.systemVKey()`. */
export interface ReadyWhenOptions {
  /**
   * The image of the wait step, with sh, sleep and awk, like registry.example.com/busybox:1.36. It
   * runs as nobody with 32Mi of memory.
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
 * What a client waits for before its own containers start: an init container in each client's pod.
 * The mount of a directory alone waits for the agent's init step, not for what the agent writes;
 * System V memory and the node's /dev/shm wait for nothing.
 *
 * @example
 * new AgentContract({
 *   ...routesProps,
 *   readyWhen: ReadyWhen.file('table.bin', { toolImage: 'registry.example.com/busybox:1.36' }),
 * });
 */
export class ReadyWhen {
  /**
   * A file is there. The agent should write it under another name and rename it when it is whole:
   * that it is there is all that is waited for.
   *
   * @param path path below the mount path, as in `shm_open`: 'table.bin'
   * @param options image, memory
   */
  public static file(path: string, options: ReadyWhenFileOptions): ReadyWhen {
    const { toolImage, memory } = optionsOf(options, 'ReadyWhen.file()', FILE);
    return new ReadyWhen({ toolImage, file: path, ...(memory === undefined ? {} : { memory }) });
  }

  /**
   * A Unix socket is there. That the agent accepts connections is not waited for: a socket outlives
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
   * A System V segment is there.
   *
   * @param key the key_t that the agent gives to shmget, like 0x5348
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
