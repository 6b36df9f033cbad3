import { type Duration } from 'cdk8s';
import type * as kplus from 'cdk8s-plus-27';
import type { WavesSpec } from '../../model/rollout/wave';
import { optionsOf, type OptionNames } from '../../options';

/** Options of `AgentUpdate.rolling()`. */
export interface RollingUpdateOptions {
  /**
   * How many nodes may be without their agent at once: a number, or a percentage of the nodes.
   *
   * @default - one
   */
  readonly maxUnavailable?: kplus.PercentOrAbsolute;

  /**
   * How long a new agent pod must be ready before the rollout goes on to the next node.
   *
   * @default Duration.seconds(10)
   */
  readonly minReady?: Duration;
}

/** What is new in a container of the agent. Everything else stays as in `containers`. */
export interface AgentCandidate {
  /**
   * The new image.
   *
   * @default - that of the container
   */
  readonly image?: string;

  /**
   * The new arguments.
   *
   * @default - those of the container
   */
  readonly args?: string[];

  /**
   * Environment variables that are new or have new values, by name.
   *
   * @default - those of the container
   */
  readonly envVariables?: { readonly [name: string]: kplus.EnvValue };

  /**
   * New requests and limits, for those of cpu, memory and ephemeral storage that are given.
   *
   * @default - those of the container
   */
  readonly resources?: kplus.ContainerResources;
}

/** Options of `AgentUpdate.waves()`. */
export interface AgentWavesOptions extends RollingUpdateOptions {
  /**
   * The key of the node label whose value assigns a node to a wave: `example.com/wave`. It must not
   * be the label key of the contract's nodes.
   */
  readonly label: string;

  /**
   * The waves in their order, as values of the label. All nodes that belong to none of the others,
   * including those without the label, belong to the last wave.
   */
  readonly order: string[];

  /**
   * What is new, by the name of the container. It runs on the waves up to `through`.
   *
   * @default - nothing: all waves run the same
   */
  readonly candidate?: { readonly [container: string]: AgentCandidate };

  /**
   * The last wave that runs the candidate. To promote the candidate, name the next wave; to roll it
   * back, name the one before.
   *
   * @default - there is no candidate
   */
  readonly through?: string;
}

const ROLLING: OptionNames<RollingUpdateOptions> = { maxUnavailable: true, minReady: true };
const WAVES: OptionNames<AgentWavesOptions> = {
  ...ROLLING,
  candidate: true,
  label: true,
  order: true,
  through: true,
};

/**
 * How a new version of an agent is rolled out to its nodes. Two agents are never on one node,
 * because they would write the same memory.
 *
 * @example
 * const update = AgentUpdate.waves({
 *   label: 'example.com/wave',
 *   order: ['canary', 'early', 'rest'],
 *   candidate: { agent: { image: 'registry.example.com/routes-agent:1.9.0' } },
 *   through: 'canary',
 * });
 */
export class AgentUpdate {
  /**
   * One node after the other: a rolling update with maxSurge 0.
   *
   * @param options how many nodes at once, and how long each must be ready
   * @see https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/
   */
  public static rolling(options: RollingUpdateOptions = {}): AgentUpdate {
    return new AgentUpdate('RollingUpdate', optionsOf(options, 'AgentUpdate.rolling()', ROLLING));
  }

  /**
   * A node gets the new version when somebody deletes its agent pod: `updateStrategy.type:
   * OnDelete`.
   */
  public static onDelete(): AgentUpdate {
    return new AgentUpdate('OnDelete', {});
  }

  /**
   * In waves: one DaemonSet for each wave, on disjoint nodes. The waves up to `through` run the
   * candidate. Each node of the contract has exactly one agent, and moves from wave to wave when
   * its label changes. The last wave keeps the name and selector that the agent has without waves;
   * the others append their wave's name.
   *
   * When the candidate has reached the last wave, you can write its values into `containers` and
   * leave out the candidate: the YAML stays the same.
   *
   * If you add waves to an agent that had none, it is restarted once on each node, because its
   * node affinity is new.
   *
   * @param options the label, the waves, the candidate, and the last wave that runs it
   */
  public static waves(options: AgentWavesOptions): AgentUpdate {
    const { label, order, candidate, through } = optionsOf(options, 'AgentUpdate.waves()', WAVES);
    return new AgentUpdate('RollingUpdate', options, { label, order }, { candidate, through });
  }

  private constructor(
    /** @internal */
    public readonly _type: 'RollingUpdate' | 'OnDelete',
    /** @internal */
    public readonly _rolling: RollingUpdateOptions,
    /** @internal */
    public readonly _waves?: WavesSpec,
    /** @internal */
    public readonly _promotion: Pick<AgentWavesOptions, 'candidate' | 'through'> = {},
  ) {}
}
