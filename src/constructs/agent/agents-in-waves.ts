import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { InputError } from '../../errors';
import { allTargets, oneTarget, type Target, type TargetOptions } from '../support/targets';

/** What each DaemonSet of an agent in waves knows of it, for any copy of the library. */
interface Waves {
  readonly construct: IConstruct;
  /** The name of the agent, which is also that of the DaemonSet of the last wave. */
  readonly name: string;
  readonly daemonSets: readonly ApiObject[];
}

const WAVES = Symbol.for('cdk8s-shared-memory.waves');

/** Records that DaemonSets are the waves of one agent. */
export function recordWaves(waves: Waves): void {
  for (const object of waves.daemonSets) {
    Object.defineProperty(object, WAVES, { value: waves });
  }
}

/** An agent: one workload, or the DaemonSets of a `NodeAgent` in waves. */
export interface Agent {
  readonly construct: IConstruct;
  readonly name: string;
  readonly targets: readonly Target[];
}

/**
 * The one agent that is meant. It is an error to mean some waves of an agent and not the others:
 * their nodes would have an agent that does not serve the contract.
 */
export function oneAgent(scope: IConstruct, options: TargetOptions): Agent {
  const all = allTargets(scope);
  const [first] = all.map(({ object }) => wavesOf(object));
  const isAgent = first !== undefined && all.every(({ object }) => wavesOf(object) === first);
  if (isAgent && options.workload === undefined && all.length === first.daemonSets.length) {
    return { construct: first.construct, name: first.name, targets: all };
  }
  const target = oneTarget(scope, options, '', all);
  const waves = wavesOf(target.object);
  if (waves === undefined) {
    return { construct: target.object, name: target.object.name, targets: [target] };
  }
  throw new InputError(scope.node.path, {
    code: 'SHM008',
    field: options.workload === undefined ? 'target' : 'workload',
    given: `DaemonSet/${target.object.name}, one of the ${waves.daemonSets.length} waves of agent ${waves.name}`,
    allowed: 'an agent in waves as a whole: each wave has nodes of its own',
    fix: `give the NodeAgent ${waves.construct.node.path} itself, without workload`,
  });
}

function wavesOf(object: ApiObject): Waves | undefined {
  return (object as ApiObject & { [WAVES]?: Waves })[WAVES];
}
