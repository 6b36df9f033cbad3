import type { SharedContract } from './shared-contracts';
import { objectsOf, textOf } from '../../kube/json';
import { waitStepName } from '../../model/agent/init-steps';
import type { ContractParticipant } from '../../sharing/marked-manifests';
import { SEGMENT_REMOVAL, SEGMENTS_REMOVAL } from '../node-removal-commands';

/**
 * Returns the commands that show and remove the System V segments of a contract on a node. They are
 * found by their user, by the group if the manifests do not say the user, and by the key for which
 * clients wait. `/proc/sysvipc/shm` has all of them as numbers, and `ipcs` does not.
 */
export function segmentCommands(contract: SharedContract): readonly string[] {
  const users = contract.agents.flatMap(usersOf);
  const isKnown = contract.agents.length > 0 && users.every(user => user !== undefined);
  const groups = isKnown ? [] : contract.agents.flatMap(({ mark }) => mark.group ?? []);
  const found = [
    ...numbers(users).map(user => ({ test: `$8 == ${user}`, words: `of user ${user}` })),
    ...numbers(groups).map(group => ({ test: `$9 == ${group}`, words: `of group ${group}` })),
    ...numbers(contract.clients.flatMap(keyOf)).map(key => ({
      test: `$1 == ${key}`,
      words: `with key ${key}`,
    })),
  ];
  return found.length === 0
    ? SEGMENTS_REMOVAL
    : [
        `awk 'NR == 1 || ${found.map(({ test }) => test).join(' || ')}' /proc/sysvipc/shm   # those ${found.map(({ words }) => words).join(' or ')}; shmid is the ID`,
        SEGMENT_REMOVAL,
      ];
}

function numbers(all: readonly (number | undefined)[]): number[] {
  return [...new Set(all)].filter(each => each !== undefined).sort((a, b) => a - b);
}

/** The users of the containers that serve a contract. */
function usersOf({ markedPod, mark }: ContractParticipant): (number | undefined)[] {
  return markedPod.containersOf(mark).map(container => {
    const user = markedPod.pod.userOf(container);
    return Number.isInteger(user) ? Number(user) : mark.owner;
  });
}

/** The key of the segment for which a client waits in a step. */
function keyOf({ markedPod, mark }: ContractParticipant): number[] {
  return markedPod.pod.containers
    .filter(({ name }) => name === waitStepName(mark.contract))
    .flatMap(({ json }) => objectsOf(json.env))
    .flatMap(({ name, value }) => {
      const [, key] = /^systemVKey:(-?\d{1,10})$/.exec(textOf(value ?? '')) ?? [];
      return name === 'UNTIL' && key !== undefined ? [Number(key)] : [];
    });
}
