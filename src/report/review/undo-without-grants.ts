import { code, some } from './markdown';
import { isInPods, type SharedContract } from './shared-contracts';
import type { UndoStep } from './undo-cluster-steps';
import { DEV_SHM } from '../../kube/well-known';
import { claimNameOf, contractDirectory } from '../../model/contract/node-layout';
import { oneOf, podsWithClaims, podsWithHostIpc, podsWithHostPaths } from '../pods-that-use';

/**
 * Memory that clients reach by `hostIPC` or a hostPath needs no grant that would name their
 * namespaces. If these manifests have no client of a contract either, nothing shows who uses it,
 * and deleting the agent would take the memory from them without a word.
 *
 * @param hasGrants whether these manifests have grants of a contract
 */
export function clientsWithoutGrantSteps(
  contracts: readonly SharedContract[],
  hasGrants: (contract: SharedContract) => boolean,
): UndoStep[] {
  const unseen = contracts.filter(
    contract =>
      contract.agents.length > 0 &&
      contract.clients.length + contract.sidecars.length === 0 &&
      contract.memory.some(({ memory }) => !isInPods(memory)) &&
      !hasGrants(contract),
  );
  return unseen.length === 0
    ? []
    : [
        {
          what: `These manifests have no client of contract ${some(unseen.map(({ name }) => code(name)))}, and no grant that would say where clients are. Look for them, and first take the memory out of those that are not the agents, in their own repositories. The commands see only pods: look also for workloads that have none now, like a CronJob between its runs.`,
          commands: lookFor(unseen),
        },
      ];
}

/** Returns the commands that list the pods that reach the memory of contracts in any way. */
function lookFor(contracts: readonly SharedContract[]): string[] {
  const memories = contracts.flatMap(contract =>
    contract.memory.map(({ memory, version }) => ({ contract, memory, version })),
  );
  const claimed = memories.filter(
    ({ memory: { backing } }) => backing !== 'hostIpc' && backing !== 'devShm',
  );
  const paths = [
    ...claimed.map(({ contract, memory }) => memory.path ?? contractDirectory(contract)),
    ...(memories.some(({ memory }) => memory.backing === 'devShm') ? [DEV_SHM] : []),
  ];
  const claims = claimed.flatMap(({ contract, memory, version }) =>
    (['readOnly', 'readWrite'] as const).map(access =>
      claimNameOf({ contract: contract.name, memory: memory.name, version }, access),
    ),
  );
  return [
    ...(memories.some(({ memory }) => memory.backing === 'hostIpc') ? [podsWithHostIpc()] : []),
    ...(paths.length === 0 ? [] : [podsWithHostPaths(paths)]),
    ...(claims.length === 0 ? [] : [podsWithClaims(` ${oneOf(claims)}$`)]),
  ];
}
