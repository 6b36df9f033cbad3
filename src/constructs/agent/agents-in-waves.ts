import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { InputError } from '../../errors';
import { allTargets } from '../support/targets';

/** The DaemonSets of each `NodeAgent` in waves: only it knows the nodes of each. */
const IN_WAVES = new WeakSet<ApiObject>();

/** Records that a DaemonSet is that of a wave. */
export function recordWave(object: ApiObject): void {
  IN_WAVES.add(object);
}

/**
 * Refuses to let an agent in waves serve another contract. Its other DaemonSets would not serve it,
 * or its nodes would be other ones than those of their waves.
 */
export function refuseWaves(target: IConstruct): void {
  const waves = allTargets(target).filter(({ object }) => IN_WAVES.has(object));
  if (waves.length > 0) {
    throw new InputError(target.node.path, {
      code: 'SHM008',
      field: 'target',
      given: `${waves.map(({ object }) => `DaemonSet/${object.name}`).join(', ')}, of an agent in waves`,
      allowed:
        'an agent that is one workload; one in waves serves only the contract of its NodeAgent',
      fix: 'update the agent without waves: AgentUpdate.rolling() or AgentUpdate.onDelete(); or put the memory into the contract of the NodeAgent, if all clients may do the same with all of it',
    });
  }
}
