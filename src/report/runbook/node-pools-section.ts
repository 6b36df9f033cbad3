import { agentNodeLabels, waveOf, type AgentNodeLabel } from './agent-pools';
import {
  notAwaited,
  startupTaintsOf,
  startupTaintWords,
  type StartupTaintFound,
} from './startup-taint-words';
import { groupBy } from '../../kube/group';
import type { Manifest } from '../../kube/manifest';
import { isLabelOfOthers } from '../../kube/well-known';
import type { ContractParticipant } from '../../sharing/marked-manifests';
import { code, some, table } from '../review/markdown';
import { hasBacking, type SharedContract } from '../review/shared-contracts';

/**
 * Describes what happens to nodes automatically, and what the configuration of node pools must
 * contain.
 */
export function lifecycle(contracts: readonly SharedContract[]): string[] {
  const agents = contracts.flatMap(contract => contract.agents);
  if (agents.length === 0) {
    return [];
  }
  const onNode = contracts.some(each =>
    hasBacking(each, 'directory', 'tmpfs', 'hugetlbfs', 'devShm', 'hostIpc'),
  );
  const startup = startupTaintsOf(contracts);
  return [
    '## What happens by itself',
    '',
    ...(onNode
      ? [
          "- **A node restarts**: its memory is gone. The agent starts again. Clients wait for it, and start by themselves up to two minutes later (the kubelet's back-off).",
        ]
      : []),
    '- **A node is drained**: clients leave, and the agents stay (`--ignore-daemonsets`). When the node is uncordoned, clients come back and find what the agent wrote.',
    ...growth(poolsOf(agents)),
    ...newNodesInWaves(agents),
    ...startup.flatMap(taint => [comesWith(taint), ...leftOut(taint, contracts)]),
    '',
    ...poolTables(poolsOf(agents), startup),
  ];
}

function comesWith({ key, value }: StartupTaintFound): string {
  return `- **A new node comes with the startup taint** ${code(`${key}=${value}:NoSchedule`)}, which is removed when its agents are ready, and does not come back. Until then, nothing that does not tolerate it starts there: neither clients nor anything else. Clients must not tolerate it. Give a pool this taint and the label of the agents' nodes in one change: a node with the taint and without the label keeps the taint. What every node needs before its agents, for example the network plugin, must tolerate it.`;
}

/** Names the agents that new nodes do not wait for: nobody may have left them out on purpose. */
function leftOut(taint: StartupTaintFound, contracts: readonly SharedContract[]): string[] {
  const agents = notAwaited(taint, contracts).map(shownAgent);
  return agents.length === 0
    ? []
    : [
        `- **No new node waits for ${some(agents)}**: without a toleration of ${code(taint.key)}, its pod starts when the taint is removed, at the same time as the first clients. They find it missing, and wait for it on the node if their memory has a gate. If they must not, give all agents that can be on one node to one ${code('StartupTaint')}.`,
      ];
}

function shownAgent({ kind, namespace, name }: Manifest): string {
  return `${kind} ${code(namespace === undefined ? name : `${namespace}/${name}`)}`;
}

/**
 * Describes the wave of nodes that an autoscaler creates: the last one, unless somebody labels
 * them.
 */
function newNodesInWaves(agents: readonly ContractParticipant[]): string[] {
  const waves = new Map(
    agents
      .flatMap(({ markedPod }) => waveOf(markedPod.pod.manifest) ?? [])
      .map(wave => [wave.label, wave.order.at(-1) ?? ''] as const),
  );
  return [...waves].map(([label, last]) =>
    isLabelOfOthers(label)
      ? `- **A new node belongs to the wave** that its label ${code(label)} names, or else to the last one, ${code(last)}. It comes with this label.`
      : `- **A new node belongs to the last wave**, ${code(last)}, because it has no label ${code(label)}. Keep this label out of the configuration of node pools: with it, every new node would be in that wave. Put single nodes into a wave by hand.`,
  );
}

/** Says what a new node needs, unless the agents run on all nodes. */
function growth(pools: readonly Pool[]): string[] {
  const labels = pools.flat();
  const needs = [
    ...(labels.every(each => each.comesWithNodes) ? [] : ['the label']),
    ...(labels.some(each => each.isTainted) ? ['the taint'] : []),
  ].join(' and ');
  return pools.length === 0
    ? []
    : [
        `- **The cluster grows**: a new node needs ${needs} of its pool from its first second; otherwise, the scheduler treats it as a node outside the pool.`,
      ];
}

/** The nodes of some agents: they have all of these labels. */
type Pool = readonly AgentNodeLabel[];

/**
 * Returns the pools of agents, each once. A wave is not a pool: its label is for nodes that
 * somebody chooses one by one.
 */
function poolsOf(agents: readonly ContractParticipant[]): Pool[] {
  const named = (pool: Pool) => JSON.stringify(pool.map(({ key, value }) => [key, value]).sort());
  const pools = groupBy(
    agents.map(poolOf).filter(pool => pool.length > 0),
    named,
  );
  return [...pools.values()].map(alike =>
    alike[0].map((label, i) => ({ ...label, isTainted: alike.some(pool => pool[i].isTainted) })),
  );
}

/** Returns what the configuration of a pool must name: what its nodes do not come with. */
function poolOf(agent: ContractParticipant): Pool {
  return agentNodeLabels(agent).filter(
    ({ comesWithNodes, isTainted }) => !comesWithNodes || isTainted,
  );
}

/**
 * Lists where to configure the labels and taints of new nodes for each kind of node pool, in one
 * table for each pool.
 */
function poolTables(pools: readonly Pool[], startup: readonly StartupTaintFound[]): string[] {
  if (pools.length <= 1) {
    return poolTable(pools[0] ?? [], startup);
  }
  return pools.flatMap(pool => [
    `For the nodes with ${code(pool.map(({ key, value }) => `${key}=${value}`).join(', '))}:`,
    '',
    ...poolTable(pool, startup),
  ]);
}

function poolTable(pool: Pool, startup: readonly StartupTaintFound[]): string[] {
  if (pool.length === 0 && startup.length === 0) {
    return [];
  }
  const words = startupTaintWords(startup);
  const settings = (label: (of: AgentNodeLabel) => string, taint: (of: AgentNodeLabel) => string) =>
    pool.map(each =>
      [
        ...(each.comesWithNodes ? [] : [code(label(each))]),
        ...(each.isTainted ? [code(taint(each))] : []),
      ].join(' and '),
    );
  const karpenter = settings(
    ({ key, value }) => `spec.template.metadata.labels["${key}"]: "${value}"`,
    ({ key, value }) =>
      `spec.template.spec.taints: [{ key: ${key}, value: "${value}", effect: NoSchedule }]`,
  );
  const autoscaler = settings(
    ({ key, value }) => `k8s.io/cluster-autoscaler/node-template/label/${key}: ${value}`,
    ({ key, value }) => `k8s.io/cluster-autoscaler/node-template/taint/${key}: ${value}:NoSchedule`,
  );
  return table(
    ['node pools of', 'where to set the label and the taint'],
    [
      ['Karpenter', `NodePool: ${[...karpenter, ...words.karpenter].join('; ')}`],
      [
        'the cluster autoscaler, from zero nodes',
        [
          ...(autoscaler.length === 0 ? [] : [`on the node group: ${autoscaler.join('; ')}`]),
          ...words.autoscaler,
        ].join('; '),
      ],
      [
        'a managed node group',
        [
          ...(pool.length === 0
            ? []
            : [
                'the labels and taints of the group itself, so that a node that replaces another has them too',
              ]),
          ...words.managed,
        ].join('; '),
      ],
    ],
  );
}
