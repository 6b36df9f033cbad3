import { exampleMark, RING } from './example-mark';
import type { Rule } from './rule';
import { inSpec } from './rule-match';
import { itemsOf, objectsOf, textOf } from '../kube/json';
import type { Pod } from '../read/pod';
import type { ContractParticipant } from '../sharing/marked-manifests';

const daemonSet = (
  name: string,
  operator: string,
  values: string,
  found: string,
) => `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ${name}
  namespace: agents
  annotations:
${exampleMark('agent', RING, ['agent'])}
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      hostIPC: true # SHM301 note
      affinity:
        nodeAffinity:${found}
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - { key: example.com/wave, operator: ${operator}, values: [${values}] }
      containers:
        - name: agent
          image: registry.example.com/agent:1
          resources: { limits: { memory: 128Mi } }
`;

export const SHM408: Rule = {
  id: 'SHM408',
  title: 'the agents of one contract overlap, or miss nodes',
  severity: 'error',
  why: 'If two agents of a contract can run on one node, both write the same memory. If the last wave does not select all other nodes, some nodes have no agent at all.',
  fix: 'let each agent except the last select its nodes with In and its own values, and the last one with NotIn and all of those values',
  fact: 'With In [canary] and NotIn [canary], two DaemonSets run exactly one agent on each node, and a relabelled node changes its agent within 4 seconds; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity',
  wrong: `${daemonSet('agent-canary', 'In', 'canary', '')}---\n${daemonSet('agent-rest', 'NotIn', 'early', ' # SHM408 error')}`,
  right: `${daemonSet('agent-canary', 'In', 'canary', '')}---\n${daemonSet('agent-rest', 'NotIn', 'canary', '')}`,
  check: function* (marked) {
    for (const parties of marked.contracts) {
      const agents = distinct(
        parties.filter(
          ({ mark, markedPod }) =>
            mark.side === 'agent' && markedPod.pod.manifest.kind === 'DaemonSet',
        ),
      );
      for (const [i, agent] of agents.entries()) {
        const other = agents
          .slice(0, i)
          .find(each => !areDisjoint(each.markedPod.pod, agent.markedPod.pod));
        const at = 'affinity/nodeAffinity';
        if (other) {
          yield inSpec(
            agent.markedPod,
            at,
            `DaemonSet ${agent.markedPod.pod.manifest.name} and DaemonSet ${other.markedPod.pod.manifest.name} both serve contract ${agent.mark.contract}, and can run on one node`,
          );
          continue;
        }
        const isTaken = (key: string, value: string) =>
          agents.some(({ markedPod: { pod } }) => valuesOf(pod, 'In').get(key)?.includes(value));
        const missed = [...valuesOf(agent.markedPod.pod, 'NotIn')].flatMap(([key, values]) =>
          values.filter(value => !isTaken(key, value)),
        );
        if (agents.length > 1 && missed.length > 0) {
          yield inSpec(
            agent.markedPod,
            at,
            `nodes with ${missed.join(', ')} have no agent of contract ${agent.mark.contract}: this one excludes them, and no other selects them`,
          );
        }
      }
    }
  },
};

/** Removes duplicates: a DaemonSet that occurs twice in the input counts once. */
function distinct(parties: ContractParticipant[]): ContractParticipant[] {
  return parties.filter(
    (party, i) =>
      parties.findIndex(
        ({
          markedPod: {
            pod: { manifest },
          },
        }) =>
          manifest.name === party.markedPod.pod.manifest.name &&
          manifest.namespace === party.markedPod.pod.manifest.namespace,
      ) === i,
  );
}

/**
 * Checks that no node can run both pods, according to their node selectors and required affinities.
 */
function areDisjoint(a: Pod, b: Pod): boolean {
  return [
    [a, b],
    [b, a],
  ].some(([one, other]) =>
    [...valuesOf(one, 'In')].some(([key, mine]) => {
      const theirs = valuesOf(other, 'In').get(key);
      if (theirs !== undefined && !mine.some(value => theirs.includes(value))) {
        return true;
      }
      const without = valuesOf(other, 'NotIn').get(key);
      return without !== undefined && mine.every(value => without.includes(value));
    }),
  );
}

/** Returns the values that node labels must have (`In`) or must not have (`NotIn`) for a pod. */
function valuesOf(pod: Pod, operator: 'In' | 'NotIn'): Map<string, string[]> {
  const selector = operator === 'In' ? Object.entries(pod.at('nodeSelector') ?? {}) : [];
  const terms = objectsOf(
    pod.at(
      'affinity',
      'nodeAffinity',
      'requiredDuringSchedulingIgnoredDuringExecution',
      'nodeSelectorTerms',
    ),
  );
  const expressions = terms.length === 1 ? objectsOf(terms[0].matchExpressions) : [];
  const wanted = expressions.filter(each => each.operator === operator);
  return new Map<string, string[]>([
    ...selector.map(([key, value]): [string, string[]] => [key, [textOf(value)]]),
    ...wanted.map(({ key, values }): [string, string[]] => [
      textOf(key),
      itemsOf(values).map(textOf),
    ]),
  ]);
}
