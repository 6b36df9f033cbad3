import { code, some } from './markdown';
import { hasBacking, isOfLibrary, poolWords, type SharedContract } from './shared-contracts';
import {
  alertSteps,
  clientPolicySteps,
  removers,
  startupTaintSteps,
  strangers,
  type UndoStep,
} from './undo-cluster-steps';
import { existingDirectorySteps } from './undo-existing-directories';
import { clientsElsewhereSteps, grantsOf } from './undo-grants';
import { namespaceSteps } from './undo-namespace-steps';
import { nodeLabelCommands, stayingLabels } from './undo-node-labels';
import { segmentCommands } from './undo-segments';
import { clientsWithoutGrantSteps } from './undo-without-grants';
import { at, textOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';
import { NODE_OS } from '../../kube/well-known';
import type { MarkedBacking } from '../../model/contract/contract-spec';
import { contractDirectory } from '../../model/contract/node-layout';
import { WIRED_GATE, useGuardName, useLabel } from '../../model/injection/use-label';
import { readShift } from '../../model/rollout/shift';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import { nodeRequirements } from '../../sharing/node-placement';
import { directoryRemoval, OBJECTS_REMOVAL } from '../node-removal-commands';
import { runOnAll, tasksFor } from '../node-task-commands';
import { deletion, quoted, rolloutStatus } from '../shell-commands';

/**
 * The highest number of commands in a step that only looks or waits. For the others, the tables
 * above have the names. What is to be deleted is always named.
 */
const MOST = 10;

/**
 * Explains how to undo everything, in the order in which nothing breaks: the clients, the grants,
 * the agents, and what stays on the nodes.
 */
export function ending(marked: MarkedManifests, contracts: readonly SharedContract[]): string[] {
  const agents = contracts.flatMap(contract => contract.agents);
  const users = contracts
    .flatMap(({ clients, sidecars }) => [...clients, ...sidecars])
    .map(({ markedPod }) => markedPod.pod.manifest);
  if (agents.length + users.length + marked.injections.length === 0) {
    return [];
  }
  const guardsOf = (contract: SharedContract) => tasksFor(marked, 'guard', contract);
  const served = [
    ...agents
      .filter(({ markedPod }) => isOfLibrary(markedPod))
      .map(({ markedPod }) => markedPod.pod.manifest),
    ...contracts
      .flatMap(contract => tasksFor(marked, 'preflight', contract))
      .map(({ manifest }) => manifest),
  ];
  const deleted = new Set([
    ...served,
    ...removers(marked, contracts),
    ...contracts
      .flatMap(contract => [...guardsOf(contract), ...tasksFor(marked, 'cleanup', contract)])
      .map(({ manifest }) => manifest),
  ]);
  const isByLabel = contracts.some(({ clients }) =>
    clients.some(({ markedPod }) => markedPod.isWiredByLabel),
  );
  const shifted = marked.pods
    .map(({ pod: { manifest } }) => manifest)
    .filter(({ json, namespace }) => {
      const shift = readShift(at(json, 'metadata', 'annotations'));
      return (
        shift?.side === 'from' &&
        users.some(user => user.namespace === namespace && user.name === shift.to)
      );
    });
  const parties = new Set([
    ...users,
    ...served,
    ...agents.map(each => each.markedPod.pod.manifest),
  ]);
  const granted = [...contracts, ...marked.injections.map(({ spec }) => spec)];
  const ordered = [
    step(
      `Take the memory out of these workloads (with cdk8s: leave out \`attachTo\`${shifted.length === 0 ? '' : ', and `WorkloadShift`, and give the replicas back to the old workload'}${isByLabel ? `; by label: remove the label, and the scheduling gate ${code(WIRED_GATE)} if the template has it: nothing else removes it` : ''}; in other YAML: remove the volume, its mounts, the wait step and the mark), apply, and wait. A workload whose image had the agent inside before needs that image again:`,
      [
        ...[...users, ...shifted].map(rolloutStatus),
        ...strangers(marked)
          .filter(manifest => !parties.has(manifest))
          .map(manifest => `${rolloutStatus(manifest)}   # mounts it although no mark says so`),
      ],
    ),
    step(
      'Wait until no pod has the label of the contract any more. Manifests elsewhere can have it, too; there, remove the label, and the scheduling gate with it:',
      marked.injections.map(
        ({ spec }) =>
          `kubectl get pods -A -l ${quoted(useLabel(spec.name))}   # "No resources found" if all is well`,
      ),
    ),
    ...steps(clientsElsewhereSteps(marked, contracts, granted)),
    ...steps(
      clientsWithoutGrantSteps(contracts, contract => grantsOf(marked, contract).length > 0),
    ),
    step('Delete the policies that wire and refuse pods by label:', policiesOf(marked)),
    step(
      'Delete the grants, first the claims and then the volumes (a claim that is still in use stays until its pods are gone):',
      granted.flatMap(contract => grantsOf(marked, contract)).map(deletion),
    ),
    ...steps(clientPolicySteps(marked)),
    ...steps(alertSteps(marked)),
    ...steps(startupTaintSteps(marked, contracts)),
    step(
      'Render the agents that do not come from this library without the contract (with cdk8s: leave out `serveFrom`; in other YAML: remove the volume and the mark), apply, and wait:',
      agents
        .filter(({ markedPod }) => !isOfLibrary(markedPod))
        .map(({ markedPod }) => rolloutStatus(markedPod.pod.manifest)),
    ),
    step(
      'Delete the agents, and wait for their pods: they have the memory until they end.',
      served.map(withPods),
    ),
    step(
      'Delete the guards, and wait for their pods: they would bind again what the next step unmounts.',
      contracts.flatMap(guardsOf).map(({ manifest }) => withPods(manifest)),
    ),
    ...contracts
      .filter(contract => contract.agents.length > 0 || guardsOf(contract).length > 0)
      .flatMap(contract => onNodes(marked, contract)),
    ...steps(existingDirectorySteps(contracts)),
    step(
      'Remove the taints and labels from the nodes, if nothing else uses them. If the configuration of a node pool has them, take them out there first: otherwise, new nodes come with a taint that no pod tolerates any more. Leave a label that makes up a node pool: other workloads select nodes by it.',
      nodeLabelCommands(marked, contracts),
    ),
    labelsThatStay(contracts),
    ...steps(namespaceSteps(marked, contracts, deleted)),
  ].filter(lines => lines.length > 0);
  return [
    '## How to undo it',
    '',
    ...ordered.flatMap(([what, ...more], i) => [
      `${i + 1}. ${what}`,
      ...more.map(line => (line === '' ? '' : `   ${line}`)),
    ]),
  ];
}

function steps(all: readonly UndoStep[]): string[][] {
  return all.map(({ what, commands }) => step(what, commands));
}

function step(what: string, commands: readonly string[]): string[] {
  const all = [...new Set(commands)];
  if (all.length === 0) {
    return [];
  }
  const shown =
    all.length > MOST + 1 && all.every(command => /^kubectl (get|rollout) /.test(command))
      ? [
          ...all.slice(0, MOST),
          `# and ${all.length - MOST} more like these: the tables above have their names`,
        ]
      : all;
  return [what, '', '```sh', ...shown, '```', ''];
}

/** Returns the commands that delete the policies that wire pods, bindings first. */
function policiesOf({ injections, set }: MarkedManifests) {
  const names = injections.flatMap(({ spec, policy }) => [policy?.name, useGuardName(spec.name)]);
  const kinds = ['MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy'];
  return [
    ...kinds.flatMap(kind =>
      set
        .ofKind(`${kind}Binding`)
        .filter(({ json }) => names.includes(textOf(at(json, 'spec', 'policyName') ?? ''))),
    ),
    ...kinds.flatMap(kind => set.ofKind(kind).filter(({ name }) => names.includes(name))),
  ].map(deletion);
}

/** Deletes a workload. The command returns when its pods are gone, too. */
function withPods(manifest: Manifest): string {
  return `${deletion(manifest)} --cascade=foreground`;
}

/** Explains how to remove what stays on a node until it restarts. */
function onNodes(marked: MarkedManifests, contract: SharedContract): string[][] {
  const { name, namespace, agents } = contract;
  const [cleanup] = tasksFor(marked, 'cleanup', contract);
  if (cleanup) {
    const selectors = agents.map(({ markedPod: { pod } }) => selectorOf(nodeRequirements(pod)));
    const pools = [...new Map(selectors.map(pool => [pool.join(','), pool])).values()];
    const widest = pools.filter(
      pool =>
        !pools.some(
          other => other !== pool && other.every(requirement => pool.includes(requirement)),
        ),
    );
    return [
      step(
        `When nobody on its nodes uses contract ${code(name)} any more, remove what it left there. A node that had an agent before, and lost its label, can still have some: label it, too.`,
        [
          ...runOnAll(
            cleanup,
            widest.map(pool => pool.join(',')),
          ),
          deletion(cleanup.manifest),
        ],
      ),
    ];
  }
  const on = (...backings: MarkedBacking[]) => hasBacking(contract, ...backings);
  const guards = tasksFor(marked, 'guard', contract);
  const pools = [
    ...agents.map(poolWords),
    ...guards.map(({ task }) => `${task.nodes.key}=${task.nodes.value}`),
  ];
  const isOnAll = agents.some(({ markedPod: { pod } }) => nodeRequirements(pod).length === 0);
  const nodes = isOnAll ? '' : ` with ${[...new Set(pools)].map(code).join(' or ')}`;
  const directory = contractDirectory({ namespace, name });
  const what = `Remove what contract ${code(name)} left on each node${nodes}. Run this there as root, or restart the node:`;
  return [
    on('directory', 'tmpfs', 'hugetlbfs') || guards.length > 0
      ? step(what, directoryRemoval(directory))
      : [],
    on('hostIpc') ? step(what, segmentCommands(contract)) : [],
    on('devShm') ? step(what, OBJECTS_REMOVAL) : [],
  ];
}

/** Says which labels no command removes, because other things may use them. */
function labelsThatStay(contracts: readonly SharedContract[]): string[] {
  const labels = stayingLabels(contracts);
  const [noun, verb, they, them] =
    labels.length === 1
      ? ['Label', 'stays', 'it is', 'it']
      : ['Labels', 'stay', 'they are', 'them'];
  return labels.length === 0
    ? []
    : [
        `${noun} ${some(labels.map(code))} ${verb} on the nodes, and so do taints of the same name: an agent selects them by ${them}, but nothing here shows that ${they} there for the agent alone, so other things may use ${them}.`,
        '',
      ];
}

/** Returns what selects nodes with these requirements. Without any, all Linux nodes. */
function selectorOf(requirements: readonly string[]): readonly string[] {
  return requirements.length === 0 ? [`${NODE_OS}=linux`] : requirements;
}
