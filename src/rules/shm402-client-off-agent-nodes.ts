import { exampleMark, RING } from './example-mark';
import { selecting, tolerating } from './placement-remedies';
import type { Rule } from './rule';
import { inSpec, type RuleMatch } from './rule-match';
import { unmarkedOffNodes } from './unmarked-off-nodes';
import { at } from '../kube/json';
import { NODE_OS } from '../kube/well-known';
import type { GivenContract } from '../sharing/given-contract';
import type { ContractParticipant, MarkedManifests } from '../sharing/marked-manifests';
import {
  exclusionFrom,
  nodeLabels,
  selectsOneNode,
  taintsOfNodes,
  toleratedTaints,
  tolerates,
  type Taint,
} from '../sharing/node-placement';

const set = (selector: string, found: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  namespace: agents
  annotations:
${exampleMark('agent', RING, ['agent'])}
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      hostIPC: true # SHM301 note
      nodeSelector: { example.com/verdicts: 'yes' }
      containers:
        - name: agent
          image: registry.example.com/agent:1
          resources: { limits: { memory: 128Mi } }
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', RING, ['web'])}
spec:${found}
  hostIPC: true # SHM301 note${selector}
  containers:
    - name: web
      image: registry.example.com/web:1
`;

export const SHM402: Rule = {
  id: 'SHM402',
  title: "a client that can run on nodes without the agent, or cannot run on the agent's nodes",
  severity: 'error',
  why: "Without the agent's node selector, the client can be scheduled to a node where nobody serves the memory. It then waits, or runs without the memory. Without the toleration, it stays Pending once the nodes are tainted. Of pods without a mark, those are compared that use a directory of the node to which one DaemonSet writes: the node selector if they wait for it (type: Directory, and not /dev/shm), the toleration if they select its nodes. This is an inference, so it is a warning.",
  fix: 'give the client the node selector and the toleration of the agent',
  fact: 'A DaemonSet runs only on the nodes of its selector. A pod without the toleration gets FailedScheduling "had untolerated taint"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/',
  wrong: set('', ' # SHM402 error'),
  right: set("\n  nodeSelector: { example.com/verdicts: 'yes' }", ''),
  check: marked => [...markedClients(marked), ...unmarkedOffNodes(marked)],
};

/** The nodes of an agent: what their labels and taints are, and who says so. */
interface AgentNodes {
  readonly labels: ReadonlyMap<string, string>;
  readonly taints: readonly Taint[];
  /** The subject of "runs only on nodes with" and "tolerates taint". */
  readonly agent: string;
  /** Whether a contract file says so: what is rendered from it has its label. */
  readonly isOfFile?: boolean;
}

function markedClients({ contracts, given }: MarkedManifests): RuleMatch[] {
  return contracts.flatMap(parties => {
    const agents = parties.filter(({ mark: { side } }) => side === 'agent');
    return parties
      .filter(({ mark: { side } }) => side === 'client')
      .flatMap(client => {
        const nodes = agents.length > 0 ? agents.map(nodesOfAgent) : nodesInFiles(client, given);
        const excluded = nodes.map(each => excludedFrom(client, each));
        const met = nodes.filter((_, i) => excluded[i] === undefined);
        return met.length === 0
          ? excluded.flatMap(each => each ?? []).slice(0, 1)
          : compared(client, met.reduce(common));
      });
  });
}

/**
 * What two agents have in common. Agents that divide the nodes between them, and the waves of an
 * agent, differ in a label that clients need not have.
 */
function common(one: AgentNodes, other: AgentNodes): AgentNodes {
  return {
    labels: new Map([...one.labels].filter(([key, value]) => other.labels.get(key) === value)),
    taints: one.taints.filter(({ key }) => other.taints.some(each => each.key === key)),
    agent: one.agent,
    isOfFile: one.isOfFile,
  };
}

function nodesOfAgent({ markedPod: { pod }, mark }: ContractParticipant): AgentNodes {
  return {
    labels: nodeLabels(pod),
    taints: toleratedTaints(pod),
    agent: `the agent of contract ${mark.contract}`,
  };
}

/** Returns the nodes that the files of a contract name which were given beside the objects. */
function nodesInFiles(
  { mark }: ContractParticipant,
  given: readonly GivenContract[],
): AgentNodes[] {
  return given
    .filter(
      ({ spec: { name, namespace, version } }) =>
        name === mark.contract && namespace === mark.namespace && version === mark.version,
    )
    .map(({ spec: { nodes }, file }) => ({
      labels: new Map([[nodes.label.key, nodes.label.value]]),
      taints: nodes.taint === undefined ? [] : [nodes.taint],
      agent: `by contract file ${file}, the agent of contract ${mark.contract}`,
      isOfFile: true,
    }));
}

/** Returns the finding that a client can run on none of an agent's nodes. */
function excludedFrom(
  { markedPod }: ContractParticipant,
  { labels, agent }: AgentNodes,
): RuleMatch | undefined {
  const excluded = exclusionFrom(markedPod.pod, labels);
  const label = excluded?.label.join('=');
  return (
    excluded &&
    inSpec(
      markedPod,
      excluded.path,
      `${agent} runs only on nodes with ${label}, and this pod runs on none of them`,
      { fix: `let the pod run on nodes with ${label}, or do not attach it to the contract` },
    )
  );
}

function compared(
  client: ContractParticipant,
  { labels, taints, agent, isOfFile = false }: AgentNodes,
) {
  const {
    markedPod: { pod },
  } = client;
  const missing = [...labels].filter(
    ([key, value]) => nodeLabels(pod).get(key) !== value && key !== NODE_OS,
  );
  const missingTaints = taintsOfNodes(labels, taints).filter(taint => !tolerates(pod, taint));
  if (missing.length > 0 && isOfFile && waitsByClaim(client)) {
    const asked = [...nodeLabels(pod)].filter(([key]) => key !== NODE_OS && !labels.has(key));
    if (asked.length > 0 && !selectsOneNode(pod)) {
      return [
        inSpec(
          client.markedPod,
          'nodeSelector',
          `${agent} runs only on nodes with ${listOf(missing)}, and this pod asks for ${listOf(asked)}: it stays Pending if no node has both`,
          {
            severity: 'warning',
            fix: `add nodeSelector ${yamlOf(missing)}, in place of a label that the contract had before`,
          },
        ),
      ];
    }
  }
  if (missing.length > 0 && !waitsByClaim(client) && !selectsOneNode(pod)) {
    return [
      inSpec(
        client.markedPod,
        'nodeSelector',
        `${agent} runs only on nodes with ${listOf(missing)}, but this pod does not select them`,
        {
          fix: `add nodeSelector ${yamlOf(missing)}`,
          remedies: () => [selecting(pod, missing, missingTaints)],
        },
      ),
    ];
  }
  const tainted = missingTaints.at(0);
  return tainted === undefined
    ? []
    : [
        inSpec(
          client.markedPod,
          'tolerations',
          `${agent} tolerates taint ${tainted.key} on its nodes, but this pod does not: if they are tainted, it stays Pending`,
          {
            severity: 'warning',
            fix: `add the agent's toleration of ${tainted.key}`,
            remedies: () => [tolerating(pod, missingTaints)],
          },
        ),
      ];
}

type Label = readonly [key: string, value: string];

function listOf(labels: readonly Label[]): string {
  return labels.map(([key, value]) => `${key}=${value}`).join(', ');
}

function yamlOf(labels: readonly Label[]): string {
  return labels.map(([key, value]) => `${key}: '${value}'`).join(', ');
}

/**
 * Checks whether the pod mounts the memory with a claim. The pod can then only be scheduled to the
 * agent's nodes, because the PersistentVolume has a node affinity for them.
 */
function waitsByClaim({ markedPod, mark }: ContractParticipant): boolean {
  return markedPod.uses.some(
    use => use.mark === mark && at(use.mount?.volume?.json, 'persistentVolumeClaim') !== undefined,
  );
}
