import { code, plain, some, workload } from './markdown';
import type { SharedContract } from './shared-contracts';
import { at, textOf } from '../../kube/json';
import type { MarkedManifests } from '../../sharing/marked-manifests';

const SYSTEM: Readonly<Record<string, string>> = {
  'system-node-critical':
    'if the agent has no room, any pod on its node that is not of this class; if there is no other, even a pod that a PodDisruptionBudget protects',
  'system-cluster-critical':
    'if the agent has no room, any pod on its node that is not of a system class; if there is no other, even a pod that a PodDisruptionBudget protects',
};

/** Says of each priority class of agents whose pods they may preempt. */
export function priority({ set }: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const byClass = new Map<string, Set<string>>();
  for (const {
    markedPod: { pod },
  } of contracts.flatMap(({ agents }) => agents)) {
    const name = textOf(pod.at('priorityClassName') ?? '');
    byClass.set(name, (byClass.get(name) ?? new Set()).add(plain(workload(pod.manifest))));
  }
  const classes = new Map(
    set.ofKind('PriorityClass').map(manifest => [manifest.name, manifest.json]),
  );
  const lines = [...byClass]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, who]) =>
        `- ${some([...who].sort(), 3)}, ${name === '' ? 'of no priority class' : `of priority class ${code(name)}`}: ${mayPreempt(name, classes.get(name))}.`,
    );
  return lines.length === 0 ? [] : ['Agents may preempt other pods:', '', ...lines, ''];
}

function mayPreempt(name: string, found: unknown): string {
  if (SYSTEM[name] !== undefined) {
    return SYSTEM[name];
  }
  if (name === '') {
    return 'what the default class of the cluster allows; nothing if there is none. Any pod of higher priority may preempt the agent; its clients then go on with bytes that nobody updates';
  }
  if (found === undefined) {
    return `what the class allows, which is not in these manifests: ${code(`kubectl get priorityclass ${name}`)}`;
  }
  const value = textOf(at(found, 'value') ?? '0');
  return textOf(at(found, 'preemptionPolicy') ?? '') === 'Never'
    ? `nothing: it waits for room, ahead of pods with a priority below ${code(value)}`
    : `if the agent has no room, any pod on its node with a priority below ${code(value)}`;
}
