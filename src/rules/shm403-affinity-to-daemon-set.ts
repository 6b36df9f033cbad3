import { forEachPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { isObject, itemsOf, objectsOf, type JsonObject } from '../kube/json';
import { isEmptySelector, selects } from '../kube/selector';
import { NODE_HOSTNAME } from '../kube/well-known';

const set = (affinity: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/agent:1
          volumeMounts: [{ name: run, mountPath: /run/agent }]
      volumes: [{ name: run, hostPath: { path: /run/agent } }]
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
${affinity}
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts: [{ name: run, mountPath: /run/agent }]
  volumes: [{ name: run, hostPath: { path: /run/agent, type: Directory } }]
`;

export const SHM403: Rule = {
  id: 'SHM403',
  title: 'required affinity to the pods of a DaemonSet',
  severity: 'warning',
  why: 'When an autoscaler asks whether the pod would fit on a new node, the agent is not on that node yet. The answer is no, and the cluster does not grow.',
  fix: "select the agent's nodes by their label instead",
  fact: 'Required podAffinity to pods of a DaemonSet keeps the cluster autoscaler from scaling up (kubernetes/autoscaler issue 1520).',
  link: 'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity',
  wrong: set(`  affinity:
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        - labelSelector: { matchLabels: { app: agent } } # SHM403 warning
          topologyKey: kubernetes.io/hostname`),
  right: set("  nodeSelector: { example.com/agent: 'yes' }"),
  check: forEachPod((markedPod, found, marked) => {
    const list = 'affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution';
    for (const [i, term] of objectsOf(markedPod.at(...list.split('/'))).entries()) {
      if (
        !marked.sharesMemory(markedPod) ||
        term.topologyKey !== NODE_HOSTNAME ||
        !isObject(term.labelSelector) ||
        isEmptySelector(term.labelSelector)
      ) {
        continue;
      } // an empty selector matches all pods and is not meant for an agent
      const selector = term.labelSelector;
      const mine = markedPod.pod.manifest.namespace;
      const agent = marked.pods.find(
        each =>
          each.pod.manifest.kind === 'DaemonSet' &&
          reaches(term, each.pod.manifest.namespace, mine) &&
          selects(selector, each.pod.labels) &&
          marked.sharesMemory(each),
      );
      if (agent) {
        found(
          inSpec(
            markedPod,
            `${list}/${i}`,
            `the pod must run where DaemonSet ${agent.pod.manifest.name} already has a pod: no autoscaler adds a node for it`,
          ),
        );
      }
    }
  }),
};

function reaches(term: JsonObject, theirs: string | undefined, mine: string | undefined): boolean {
  if (isObject(term.namespaceSelector)) {
    return true;
  }
  const names = itemsOf(term.namespaces);
  return names.length > 0 ? names.includes(theirs ?? '') : theirs === mine;
}
