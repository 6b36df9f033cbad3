import type { EnvSpec } from '../../model/contract/contract-spec';
import { optionsOf, type OptionNames } from '../../options';

/** Options of `ContractEnv.file()`. */
export interface ContractEnvOptions {
  /**
   * The memory, by name.
   *
   * @default - the only memory that has a path; if there are several, it must be named
   */
  readonly memory?: string;
}

const OPTIONS: OptionNames<ContractEnvOptions> = { memory: true };

/**
 * The value of an environment variable that the containers of both sides get from the contract, so
 * that neither repeats it. If the workload has the variable with the same value, it stays; another
 * value is an error.
 *
 * @example
 * new AgentContract({
 *   name: 'routes',
 *   namespace: 'node-agents',
 *   version: 'v1',
 *   memory: [table],
 *   ownerId: 10001,
 *   groupId: 2000,
 *   env: {
 *     ROUTES_DIR: ContractEnv.path(),
 *     ROUTES_FILE: ContractEnv.file('table.bin'),
 *     ROUTES_BYTES: ContractEnv.sizeInBytes(),
 *   },
 * });
 */
export class ContractEnv {
  /**
   * The path at which the containers mount a memory.
   *
   * @param memory name of the memory; may be left out if only one has a path
   */
  public static path(memory?: string): ContractEnv {
    return new ContractEnv({ from: 'path', memory });
  }

  /**
   * The path of a file or a socket in a memory.
   *
   * @param file path below the memory, for example table.bin
   * @param options the memory, if there are several
   */
  public static file(file: string, options: ContractEnvOptions = {}): ContractEnv {
    const { memory } = optionsOf(options, 'ContractEnv.file()', OPTIONS);
    return new ContractEnv({ from: 'file', memory, file });
  }

  /**
   * The size of a memory in bytes. On nodes whose agent has its own size (`sizes`), the agent gets
   * that one and the clients the size of the contract.
   *
   * @param memory name of the memory; may be left out if there is only one
   */
  public static sizeInBytes(memory?: string): ContractEnv {
    return new ContractEnv({ from: 'sizeInBytes', memory });
  }

  private constructor(
    /** @internal */
    public readonly _spec: EnvSpec,
  ) {}
}
