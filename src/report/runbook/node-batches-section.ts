import {
  agentPools,
  canShareNode,
  waveOf,
  type AgentNodeLabel,
  type AgentPool,
} from './agent-pools';
import type { Manifest } from '../../kube/manifest';
import type { Container } from '../../kube/pod-template';
import { DEV_SHM } from '../../kube/well-known';
import type { MarkedBacking } from '../../model/contract/contract-spec';
import { SUFFIXES } from '../../model/contract/node-layout';
import type { TaskKind } from '../../model/node/node-task';
import { WAVE_LABEL } from '../../model/rollout/wave';
import { nodeVolumes } from '../../read/node-volumes';
import type { ContractParticipant, MarkedManifests } from '../../sharing/marked-manifests';
import { seenGrant } from '../../sharing/seen-grants';
import { runOn, tasksOf, type FoundTask } from '../node-task-commands';
import { podsWithClaims, podsWithHostIpc, podsWithHostPaths } from '../pods-that-use';
import { code, plain, some, workload } from '../review/markdown';
import { kubeletWords, runtimeWords } from '../review/prerequisites-section';
import { hasBacking, type SharedContract } from '../review/shared-contracts';
import { inNamespace, podsOf, quoted, rolloutStatus, selectorOf, shell } from '../shell-commands';

/**
 * Describes batches of nodes: the checks before, what to do with each batch, what to look at, when
 * to stop, and the way back.
 */
export function nodeBatches(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
): string[] {
  const pools = agentPools(marked, contracts);
  return [
    ...pools.flatMap(pool => batches(marked, pool, pools)),
    ...oneByOne(marked, contracts, pools),
  ];
}

/**
 * Lists what runs on single nodes for contracts that are on all nodes, or whose agents no longer
 * exist.
 */
function oneByOne(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
  pools: readonly AgentPool[],
): string[] {
  const inPools = new Set(
    pools
      .flatMap(({ preflights, cleanups }) => [...preflights, ...cleanups])
      .map(({ manifest }) => manifest),
  );
  const others = (kind: TaskKind) =>
    tasksOf(marked, kind).filter(({ manifest }) => !inPools.has(manifest));
  const [preflights, cleanups] = [others('preflight'), others('cleanup')];
  if (preflights.length + cleanups.length === 0) {
    return [];
  }
  return [
    '## Nodes, one by one',
    '',
    ...(preflights.length === 0 ? [] : before(marked, contracts, preflights)),
    ...(cleanups.length === 0 ? [] : after(cleanups)),
  ];
}

function named({ key, value }: AgentNodeLabel): string {
  return `${key}=${value}`;
}

function shown(labels: readonly AgentNodeLabel[]): string {
  return labels.map(label => code(named(label))).join(' and ');
}

function batches(marked: MarkedManifests, pool: AgentPool, pools: readonly AgentPool[]): string[] {
  const { labels, ownClients, preflights, cleanups } = pool;
  const given = labels.filter(({ comesWithNodes }) => !comesWithNodes);
  const alike = given.length === 0 ? labels : given;
  const tainted = alike.filter(({ isTainted }) => isTainted);
  const notTainted = given.filter(({ isTainted }) => !isTainted);
  const [label, labelsWord] =
    alike.length === 1 ? ['label', 'this label'] : ['labels', 'these labels'];
  const manifests = manifestsOf(pool);
  const inWaves = manifests.some(manifest => waveOf(manifest) !== undefined);
  const users = [
    ...new Set(ownClients.map(({ markedPod }) => plain(workload(markedPod.pod.manifest)))),
  ];
  const agents = `Each node of this pool runs ${manifests.length === 1 ? 'this agent' : 'these agents'}${inWaves ? ' (of an agent in waves, only the DaemonSet of its own wave)' : ''}: ${manifests.map(manifest => plain(workload(manifest))).join(', ')}.${inWaves && given.length > 0 ? ' Waves are for later versions: the first installation goes batch by batch, as this section says.' : ''}${users.length === 0 ? '' : ` ${users.length === 1 ? 'This client runs' : 'These clients run'} only on such nodes: ${some(users)}.`}`;
  if (given.length === 0) {
    return [
      `## Nodes with ${shown(labels)}`,
      '',
      `${agents} Nodes come with ${labelsWord}: the cloud, the node pool or the kubelet sets ${labels.length === 1 ? 'it' : 'them'}${tainted.length === 0 ? '' : ', and the pool must set the taint'}. So the agents start on all of these nodes as soon as you apply them. ${inWaves ? 'Waves only bring a later version in steps. ' : ''}To go in steps from the start, select the nodes by a label of your own${inWaves ? '' : '; to bring later versions in steps, use waves (`AgentUpdate.waves()`)'}.`,
      '',
      ...before(marked, pool.contracts, preflights),
      ...lookAt(pool),
      `**Back**: take the contract out of the clients, and then delete the agents: see "How to undo it". Do not remove the ${label} to stop them: other pods may rely on ${labels.length === 1 ? 'it, and whatever set it can set it again' : 'them, and whatever set them can set them again'}.`,
      '',
      ...after(cleanups),
    ];
  }
  return [
    `## Nodes with ${shown(labels)}, batch by batch`,
    '',
    `${agents}${given.length === labels.length ? '' : ` Choose nodes that have ${shown(labels.filter(each => each.comesWithNodes))} already.`} Begin with one node, then a few, then the rest. A batch is done when all checks below are as they should be.`,
    '',
    ...(notTainted.length === 0
      ? []
      : [
          `These steps are for a label that only the agents and their clients use. If ${notTainted.map(each => code(named(each))).join(' or ')} is the label of a node pool, the agents start on all of its nodes as soon as you apply them: roll them out in waves (\`AgentUpdate.waves()\`), and never take the label away; to go back, take the contract out of the clients, and then delete the agents.`,
          '',
        ]),
    ...before(marked, pool.contracts, preflights),
    `**Do**, for each node of the batch${tainted.length === 0 ? '' : ` (first the ${label}, which ${given.length === 1 ? 'brings' : 'bring'} the agent, then the taint, which keeps away other pods)`}:`,
    '',
    ...shell(
      `kubectl get nodes -l ${quoted(given.map(({ key, value }) => `${key}!=${value}`).join(','))}   # those that are left`,
      'NODE=...',
      `kubectl label node "$NODE" ${given.map(each => quoted(named(each))).join(' ')}`,
      ...tainted.map(each => `kubectl taint node "$NODE" ${quoted(`${named(each)}:NoSchedule`)}`),
    ),
    ...lookAt(pool),
    ...back(marked, pool, pools),
    ...after(cleanups),
  ];
}

/** The manifests of the agents of a pool: an agent can serve several of its contracts. */
function manifestsOf({ agents }: AgentPool): Manifest[] {
  return [...new Set(agents.map(({ markedPod }) => markedPod.pod.manifest))];
}

/** What kubectl shows in the column READY if all containers are: it counts sidecars, too. */
function readyWords(containers: readonly Container[]): string {
  const { length } = containers.filter(({ role }) => role !== 'init');
  return `${length}/${length}`;
}

/** Says what to look at when nodes have got their agents, and when to stop. */
function lookAt(pool: AgentPool): string[] {
  const { agents, clients } = pool;
  const pods = agents.map(({ markedPod }) => markedPod.pod);
  const manifests = manifestsOf(pool);
  return [
    '**Look at** the agents: each must have one pod on the node that is Running and ready. Events show what its init steps could not do. Then each rollout must be complete.',
    '',
    ...shell(
      'NODE=...',
      ...new Set(
        pods.map(
          ({ manifest, containers }) =>
            `${podsOf(manifest, waveOf(manifest) ? [WAVE_LABEL] : [])} --field-selector spec.nodeName="$NODE"   # 1 pod, READY ${readyWords(containers)}, STATUS Running`,
        ),
      ),
      ...new Set(
        manifests.map(
          manifest =>
            `kubectl get events${inNamespace(manifest)} --field-selector involvedObject.kind=Pod,type=Warning   # must list none of these pods; "Unhealthy" before a pod is ready does not count`,
        ),
      ),
      ...manifests.map(rolloutStatus),
      ...[...new Set(clients.map(({ markedPod }) => markedPod.pod.manifest))]
        .map(rolloutStatus)
        .slice(0, 5),
    ),
    '**Pause** if an agent is not ready within two minutes, or if a client is still in ContainerCreating two minutes after the agent is ready: `kubectl describe pod` says why, and the termination message of the init step that failed says what to do. **Go back** if an agent restarts again and again, if it is OOM-killed, or if clients report errors.',
    '',
  ];
}

/**
 * Says how a node loses its agents again, and the agents of other pools that need one of the same
 * labels on this node.
 */
function back(marked: MarkedManifests, pool: AgentPool, pools: readonly AgentPool[]): string[] {
  const labels = pool.labels.filter(({ comesWithNodes }) => !comesWithNodes);
  const keys = labels.map(({ key }) => key);
  const leaving = pools.filter(
    each =>
      each === pool ||
      (canShareNode(each, pool) && each.labels.some(({ key }) => keys.includes(key))),
  );
  const contracts = [...new Set(leaving.flatMap(each => each.contracts))];
  const clients = leaving.flatMap(each => each.clients);
  const others = new Set(
    leaving.flatMap(manifestsOf).filter(manifest => !manifestsOf(pool).includes(manifest)),
  );
  const isComplete = hasAllClients(marked, contracts);
  const tainted = labels.filter(({ isTainted }) => isTainted);
  const isTainted = tainted.length > 0;
  const drains = (isComplete ? podSelectorsOf(clients) : ['']).map(
    selector => `kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data${selector}`,
  );
  return [
    `**Back**: first the clients, then the ${labels.length === 1 ? 'label' : 'labels'}${isTainted ? ', then the taint' : ''}. Clients that stayed would go on with bytes that nobody updates.${others.size === 0 ? '' : ` If the node has them, these agents leave with the ${labels.length === 1 ? 'label' : 'labels'}, too: ${some([...others].map(manifest => plain(workload(manifest))))}.`}${isComplete ? '' : ' These manifests may not have all of them, so the whole node is drained.'}`,
    '',
    ...shell(
      'NODE=...',
      ...drains,
      ...usersOnNode(contracts),
      `kubectl label node "$NODE" ${labels.map(({ key }) => quoted(`${key}-`)).join(' ')}   # the agents leave${isTainted ? '' : `; not if a node pool or other pods need ${labels.length === 1 ? 'this label' : 'these labels'}`}`,
      ...tainted.map(({ key }) => `kubectl taint node "$NODE" ${quoted(`${key}-`)}`),
      ...(drains.length === 0 ? [] : ['kubectl uncordon "$NODE"']),
    ),
  ];
}

/**
 * Checks whether no client can be missing in the manifests: all clients must have a grant, and each
 * namespace with a grant has a client here.
 */
function hasAllClients(marked: MarkedManifests, contracts: readonly SharedContract[]): boolean {
  const volumes = nodeVolumes(marked.set).map(volume => ({
    namespace: volume.namespace,
    of: seenGrant(marked, volume)?.directory,
  }));
  return contracts.every(({ name, namespace, clients, memory }) => {
    const granted = volumes.filter(({ of }) => of?.contract === name && of.namespace === namespace);
    const known = new Set(clients.map(({ markedPod }) => markedPod.pod.manifest.namespace));
    return (
      granted.length > 0 &&
      granted.every(each => each.namespace !== undefined && known.has(each.namespace)) &&
      memory.every(each => !['devShm', 'hostIpc'].includes(each.memory.backing))
    );
  });
}

/** The commands that list the pods on a node that use a contract, in each way that there is. */
function usersOnNode(contracts: readonly SharedContract[]): string[] {
  const uses = (...backings: MarkedBacking[]) =>
    contracts.filter(each => hasBacking(each, ...backings));
  const claimed = uses('directory', 'tmpfs', 'hugetlbfs', 'existing');
  const node = '"$NODE"';
  return [
    ...(claimed.length === 0 ? [] : [claimsOnNode(claimed)]),
    ...(uses('hostIpc').length === 0 ? [] : [`${podsWithHostIpc(node)}   # the agents, too`]),
    ...(uses('devShm').length === 0
      ? []
      : [`${podsWithHostPaths([DEV_SHM], node)}   # the agents, too`]),
  ];
}

function claimsOnNode(contracts: readonly SharedContract[]): string {
  const claims = contracts
    .map(({ name, memory }) => {
      const memories = [...new Set(memory.map(each => each.memory.name))].join('|');
      return `${name}-(${memories})-.+-(${Object.values(SUFFIXES).join('|')})`;
    })
    .join('|');
  return `${podsWithClaims(` (${claims})$`, '"$NODE"')}   # pods of DaemonSets leave with the label`;
}

/** Checks whether a node is suitable, before it gets anything. */
function before(
  marked: MarkedManifests,
  contracts: readonly SharedContract[],
  preflights: readonly FoundTask[],
): string[] {
  const runtime = runtimeWords(contracts);
  const versions = [
    nodeInfo('kubeletVersion', kubeletWords(marked)),
    ...(runtime === undefined ? [] : [nodeInfo('containerRuntimeVersion', runtime)]),
  ];
  if (preflights.length === 0) {
    return [
      '**Before**, for each node of the batch: check that it has what REVIEW.md lists in "What the nodes and the cluster must have". A `NodePreflight` checks all of it for you, if the platform team adds one.',
      '',
      ...shell('NODE=...', ...versions),
    ];
  }
  return [
    '**Before** a node gets its agent, check it. The check changes nothing on the node. The node passes if the last line of each check says so. A problem must be fixed first; whether a warning matters depends on what no manifest says.',
    '',
    ...preflights.flatMap(preflight => shell('NODE=...', ...runOn(preflight), ...versions)),
  ];
}

function nodeInfo(field: string, words: string): string {
  return `kubectl get node "$NODE" -o 'jsonpath={.status.nodeInfo.${field}}{"\\n"}'   # ${words}`;
}

/** Describes what an agent leaves on a node. */
function after(cleanups: readonly FoundTask[]): string[] {
  if (cleanups.length === 0) {
    return [
      'What the agent left in memory stays until the node restarts: REVIEW.md, "How to undo it", has the command that removes it.',
      '',
    ];
  }
  return [
    'What the agent left in memory stays until the node restarts or until the following cleanup removes it. The cleanup refuses to do so while a pod still uses the memory:',
    '',
    ...cleanups.flatMap(cleanup => shell('NODE=...', ...runOn(cleanup))),
  ];
}

/** A node is drained as a whole if so many drains would not be enough. */
const MOST_DRAINS = 4;

/**
 * Returns the options that select the pods that use the memory: only those must leave the node. One
 * drain has one selector. Without an option, all pods leave; without clients, none has to.
 */
function podSelectorsOf(clients: readonly ContractParticipant[]): string[] {
  const selectors = [
    ...new Set(clients.map(({ markedPod: { pod } }) => selectorOf(pod.labels))),
  ].sort();
  return selectors.length > MOST_DRAINS || selectors.includes('')
    ? ['']
    : selectors.map(selector => ` --pod-selector=${selector}`);
}
