import { isOfLibrary, type SharedContract } from './shared-contracts';
import { objectsOf, textOf } from '../../kube/json';
import { isLabelOfOthers } from '../../kube/well-known';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { nodeLabels } from '../../sharing/node-placement';
import { tasksFor } from '../node-task-commands';
import { quoted } from '../shell-commands';

/** A label of nodes. */
interface Label {
  readonly key: string;
  readonly value: string;
}

/**
 * Returns the commands that remove from nodes the taints and labels that somebody gave to them for
 * the contracts. The label of a cleanup is among the commands that run it.
 */
export function nodeLabelCommands(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
): string[] {
  return [
    ...contracts.flatMap(({ agents }) => agents.flatMap(({ markedPod }) => ofAgent(markedPod))),
    ...contracts.flatMap(contract => ofGuards(marked, contract)),
    ...ofTasks(marked, contracts),
  ];
}

/**
 * Returns the labels, `key=value`, that agents which do not come from this library select nodes by.
 * Whatever else uses them, removing them would stop.
 */
export function stayingLabels(contracts: readonly SharedContract[]): string[] {
  const agents = contracts.flatMap(contract => contract.agents);
  const own = new Set(agents.flatMap(({ markedPod }) => ownLabels(markedPod).map(labelText)));
  const all = agents.flatMap(({ markedPod }) => labelsOf(markedPod).map(labelText));
  return [...new Set(all)].filter(label => !own.has(label)).sort();
}

function labelText({ key, value }: Label): string {
  return `${key}=${value}`;
}

/** Returns the labels that an agent selects nodes by, without those that the nodes have anyway. */
function labelsOf({ pod }: MarkedPod): Label[] {
  return [...nodeLabels(pod)]
    .map(([key, value]) => ({ key, value }))
    .filter(({ key }) => !isLabelOfOthers(key));
}

/**
 * Returns those of them that are there for the agent: this library made it from a contract, which
 * says what its nodes are. A label by which an agent of somebody else selects nodes can be that of
 * a whole pool, also if the agent tolerates a taint with the same key.
 */
function ownLabels(markedPod: MarkedPod): Label[] {
  return isOfLibrary(markedPod) ? labelsOf(markedPod) : [];
}

function ofAgent(markedPod: MarkedPod): string[] {
  const tainted = tolerated([markedPod.pod]);
  return ownLabels(markedPod).flatMap(label => removal(label, tainted.has(label.key)));
}

/** Returns the keys of the taints that pods tolerate. */
function tolerated(pods: readonly MarkedPod['pod'][]): Set<string> {
  return new Set(
    pods.flatMap(pod => objectsOf(pod.at('tolerations')).map(({ key }) => textOf(key ?? ''))),
  );
}

/**
 * A taint is removed while its label still identifies the nodes: with another value of the label,
 * they can be of another pool. Labels of the kubelet stay.
 */
function removal({ key, value }: Label, isTainted: boolean): string[] {
  if (isLabelOfOthers(key)) {
    return [];
  }
  const nodes = quoted(`${key}=${value}`);
  return [
    ...(isTainted
      ? [
          `kubectl taint nodes -l ${nodes} ${quoted(`${key}-`)}   # "not found" means that a node does not have the taint`,
        ]
      : []),
    `kubectl label nodes -l ${nodes} ${quoted(`${key}-`)}`,
  ];
}

/** A guard tolerates every taint; the clients tolerate those of the contract. */
function ofGuards(marked: MarkedManifests, contract: SharedContract): string[] {
  const tainted = tolerated(contract.clients.map(({ markedPod }) => markedPod.pod));
  return tasksFor(marked, 'guard', contract).flatMap(({ task: { nodes } }) =>
    removal(nodes, tainted.has(nodes.key)),
  );
}

function ofTasks(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const names = contracts.map(({ name }) => name);
  const isRun = (contract: SharedContract) =>
    contract.agents.length > 0 || tasksFor(marked, 'guard', contract).length > 0;
  const cleaned = contracts.filter(isRun).map(({ name }) => name);
  return marked.tasks
    .flatMap(({ task }) => task ?? [])
    .filter(
      ({ task, contracts: of }) =>
        task !== 'guard' &&
        of.some(
          each => (task === 'cleanup' ? !cleaned.includes(each) : true) && names.includes(each),
        ),
    )
    .flatMap(({ nodes }) => removal(nodes, false));
}
