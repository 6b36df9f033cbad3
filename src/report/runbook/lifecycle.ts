import { startupTaintsOf, startupTaintWords, type StartupTaintFound } from './startup-taints';
import { objectsOf } from '../../kube/json';
import { nodeLabels } from '../../rules/places';
import type { SharedContract } from '../review/contracts';
import { code, table } from '../review/markdown';

/** What happens to nodes by themselves, and what pools that grow by themselves need. */
export function lifecycle(contracts: readonly SharedContract[]): string[] {
  const agents = contracts.flatMap(contract => contract.agents);
  if (agents.length === 0) { return []; }
  const onNode = contracts.some(({ memory }) => memory.some(({ memory: { backing } }) => ['directory', 'tmpfs', 'devShm', 'hostIpc'].includes(backing)));
  const labels = new Map(agents.flatMap(({ subject }) => [...nodeLabels(subject.pod)]).filter(([key]) => key !== 'kubernetes.io/os'));
  const tainted = new Set(agents.flatMap(({ subject }) => objectsOf(subject.pod.at('tolerations')).map(({ key }) => key)));
  const startup = startupTaintsOf(contracts);
  return [
    '## What happens by itself', '',
    ...onNode ? ['- **A node restarts**: its memory is gone. The agent starts anew, clients wait for it and start by themselves, up to two minutes later (the kubelet\'s back-off).'] : [],
    '- **A node is drained**: clients leave, the agents stay (`--ignore-daemonsets`). With the node uncordoned, clients come back and find what the agent wrote.',
    '- **The cluster grows**: a new node needs the label, and the taint, from its first second, or the scheduler takes it for another one.',
    ...startup.map(({ key, value }) => `- **A new node comes with the startup taint** ${code(`${key}=${value}:NoSchedule`)}, which goes when its agents are ready, and does not come back. Until then nothing starts there that does not tolerate it: neither clients nor anything else. Clients must not tolerate it; what every node needs before its agents, the network plugin say, must.`), '',
    ...pools(labels, tainted, startup),
  ];
}

/** Where each kind of pool is told what its nodes come with. */
function pools(labels: ReadonlyMap<string, string>, tainted: ReadonlySet<unknown>, startup: readonly StartupTaintFound[]): string[] {
  if (labels.size === 0 && startup.length === 0) { return []; }
  const words = startupTaintWords(startup);
  const karpenter = [...labels].map(([key, value]) => code(`spec.template.metadata.labels["${key}"]: "${value}"`)
    + (tainted.has(key) ? ` and ${code(`spec.template.spec.taints: [{ key: ${key}, value: "${value}", effect: NoSchedule }]`)}` : ''));
  const autoscaler = [...labels].map(([key, value]) => code(`k8s.io/cluster-autoscaler/node-template/label/${key}: ${value}`)
    + (tainted.has(key) ? ` and ${code(`k8s.io/cluster-autoscaler/node-template/taint/${key}: ${value}:NoSchedule`)}` : ''));
  return table(['pools of', 'where label and taint are said'], [
    ['Karpenter', `NodePool: ${[...karpenter, ...words.karpenter].join('; ')}`],
    ['the cluster autoscaler, from zero nodes', [...autoscaler.length === 0 ? [] : [`on the node group: ${autoscaler.join('; ')}`], ...words.autoscaler].join('; ')],
    ['a managed node group', [...labels.size === 0 ? [] : ['the labels and taints of the group itself, so that a node that is replaced has them, too'], ...words.managed].join('; ')],
  ]);
}
