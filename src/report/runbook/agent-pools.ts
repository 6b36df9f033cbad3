import { groupBy } from '../../kube/group';
import { at, objectsOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { isLabelOfOthers, isLabelOfPool } from '../../kube/well-known';
import type { TaskKind } from '../../model/node/node-task';
import { readWave, type ReadWave } from '../../model/rollout/wave';
import type { ContractParticipant, MarkedManifests } from '../../sharing/marked-manifests';
import { nodeLabels, tolerates } from '../../sharing/node-placement';
import { tasksFor, type FoundTask } from '../node-task-commands';
import type { SharedContract } from '../review/shared-contracts';

/** A label that the nodes of an agent must have. */
export interface AgentNodeLabel {
  readonly key: string;
  readonly value: string;
  /** Whether a taint of the same key keeps other pods away: the agent tolerates it. */
  readonly isTainted: boolean;
  /** Whether the nodes come with the label, so that nobody must choose them. */
  readonly comesWithNodes: boolean;
}

/** Returns the labels of the nodes of an agent. That of its wave is not one: waves move. */
export function agentNodeLabels({ markedPod: { pod } }: ContractParticipant): AgentNodeLabel[] {
  const tolerated = objectsOf(pod.at('tolerations')).map(({ key }) => key);
  return [...nodeLabels(pod)]
    .filter(([key]) => key !== waveOf(pod.manifest)?.label)
    .map(([key, value]) => ({
      key,
      value,
      isTainted: tolerated.includes(key),
      comesWithNodes: isLabelOfOthers(key),
    }));
}

/** The wave of an agent. Absent if it has none. */
export function waveOf(manifest: Manifest): ReadWave | undefined {
  return readWave(at(manifest.json, 'metadata', 'annotations'));
}

/** Nodes with the labels that some agents select, and what they get. */
export interface AgentPool {
  /** At least one. Nodes have all of them. */
  readonly labels: readonly AgentNodeLabel[];
  readonly contracts: readonly SharedContract[];
  readonly agents: readonly ContractParticipant[];
  /** The clients that can run on such nodes. */
  readonly clients: readonly ContractParticipant[];
  /** Those of the clients that can run on no other nodes. */
  readonly ownClients: readonly ContractParticipant[];
  readonly preflights: readonly FoundTask[];
  readonly cleanups: readonly FoundTask[];
}

/**
 * Returns the pools of a set of contracts, except a pool of all nodes. Agents of one pool run on
 * the same nodes; agents that divide the nodes of a contract between them have a pool each.
 */
export function agentPools(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
): AgentPool[] {
  const pools = new Map<string, AgentPool>();
  for (const contract of contracts) {
    for (const agent of contract.agents) {
      const labels = poolLabels(agent);
      const name = JSON.stringify(labels.map(({ key, value }) => [key, value]).sort());
      if (labels.length > 0) {
        pools.set(name, grown(pools.get(name) ?? empty(labels), marked, contract, agent));
      }
    }
  }
  return [...pools.values()];
}

/** Checks whether a node can have the labels of both pools: their agents then share it. */
export function canShareNode(one: AgentPool, other: AgentPool): boolean {
  return one.labels.every(({ key, value }) =>
    other.labels.every(each => each.key !== key || each.value === value),
  );
}

/** Returns the labels of the nodes of an agent, without those that every node has. */
function poolLabels(agent: ContractParticipant): AgentNodeLabel[] {
  return agentNodeLabels(agent).filter(
    ({ key, comesWithNodes }) => !comesWithNodes || isLabelOfPool(key),
  );
}

function empty(labels: readonly AgentNodeLabel[]): AgentPool {
  const none = { contracts: [], agents: [], clients: [], ownClients: [] };
  return { labels, ...none, preflights: [], cleanups: [] };
}

function grown(
  pool: AgentPool,
  marked: MarkedManifests,
  contract: SharedContract,
  agent: ContractParticipant,
): AgentPool {
  const required = (client: ContractParticipant, key: string) =>
    nodeLabels(client.markedPod.pod).get(key);
  const clients = contract.clients.filter(client =>
    pool.labels.every(({ key, value }) => [undefined, value].includes(required(client, key))),
  );
  const own = clients.filter(client =>
    pool.labels.every(({ key, value }) => required(client, key) === value),
  );
  // a taint that one of them does not tolerate would keep it away
  const stays = ({ key, value }: AgentNodeLabel) =>
    [agent, ...clients].every(({ markedPod: { pod } }) =>
      tolerates(pod, { key, value, effect: 'NoSchedule' }),
    );
  const byPod = ({ markedPod }: ContractParticipant) => markedPod;
  const byManifest = ({ manifest }: FoundTask) => manifest;
  const tasks = (kind: TaskKind) => tasksFor(marked, kind, contract);
  return {
    labels: pool.labels.map(label => ({ ...label, isTainted: label.isTainted && stays(label) })),
    contracts: [...new Set([...pool.contracts, contract])],
    agents: [...pool.agents, agent],
    clients: unique([...pool.clients, ...clients], byPod),
    ownClients: unique([...pool.ownClients, ...own], byPod),
    preflights: unique([...pool.preflights, ...tasks('preflight')], byManifest),
    cleanups: unique([...pool.cleanups, ...tasks('cleanup')], byManifest),
  };
}

/** The first of all items that have the same. */
function unique<T>(items: readonly T[], what: (item: T) => unknown): T[] {
  return [...groupBy(items, what).values()].map(([first]) => first);
}
