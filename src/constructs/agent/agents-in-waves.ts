import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { InputError, show } from '../../errors';
import type { NodesSpec } from '../../model/contract/contract-spec';
import { allTargets, named, oneTarget, type Target, type TargetOptions } from '../support/targets';

/** What each DaemonSet of an agent in waves knows of it, for any copy of the library. */
interface Waves {
  readonly construct: IConstruct;
  /** The name of the agent, which is also that of the DaemonSet of the last wave. */
  readonly name: string;
  /** The key of the label that divides the nodes into waves. */
  readonly label: string;
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
  /** The key of the label that divides its nodes into waves, if it is in waves. */
  readonly waveLabel?: string;
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
    const { construct, name, label } = first;
    return { construct, name, targets: all, waveLabel: label };
  }
  const paths = new Set(all.flatMap(({ object }) => wavesOf(object)?.construct.node.path ?? []));
  if (options.workload === undefined && all.length > 1 && paths.size > 0) {
    throw new InputError(scope.node.path, {
      code: 'SHM008',
      field: 'target',
      given: `a construct with ${all.length} pod templates`,
      allowed: 'one workload, or one agent in waves as a whole',
      fix: `give the NodeAgent ${[...paths].join(' or ')} itself`,
    });
  }
  if (isAgent && options.workload !== undefined && named(all, options.workload).length === 0) {
    throw partOfAgent(scope, options, `${show(options.workload)}, for agent ${first.name}`, first);
  }
  const target = oneTarget(scope, options, '', all);
  const waves = wavesOf(target.object);
  if (waves === undefined) {
    return { construct: target.object, name: target.object.name, targets: [target] };
  }
  throw partOfAgent(
    scope,
    options,
    `DaemonSet/${target.object.name}, one of the ${waves.daemonSets.length} waves of agent ${waves.name}`,
    waves,
  );
}

function partOfAgent(
  scope: IConstruct,
  { workload }: TargetOptions,
  given: string,
  { construct }: Waves,
): InputError {
  return new InputError(scope.node.path, {
    code: 'SHM008',
    field: workload === undefined ? 'target' : 'workload',
    given,
    allowed: 'an agent in waves as a whole: each wave has nodes of its own',
    fix: `give the NodeAgent ${construct.node.path} itself, without workload`,
  });
}

/**
 * Checks that the nodes of a contract, and those that an agent has of them, are not chosen by the
 * label of its waves: all of them would be in one wave, and the others would have no nodes.
 */
export function checkNodesOfWaves(
  { construct, name, waveLabel }: Agent,
  all: readonly (NodesSpec | undefined)[],
): void {
  const nodes = all.find(each => each?.label.key === waveLabel);
  if (waveLabel !== undefined && nodes !== undefined) {
    throw new InputError(construct.node.path, {
      code: 'SHM007',
      field: 'nodes',
      given: `${waveLabel}=${nodes.label.value}, for agent ${name}, whose waves have the label ${waveLabel}`,
      allowed: 'a label key other than that of the waves: all nodes would be in one of them',
      fix: 'choose the nodes by another label',
    });
  }
}

function wavesOf(object: ApiObject): Waves | undefined {
  return (object as ApiObject & { [WAVES]?: Waves })[WAVES];
}
