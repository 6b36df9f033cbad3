import type { Rule } from './rule';
import { at, canonical, isObject, objectsOf } from '../kube/json';
import type { MarkedPod } from '../sharing/marked-pod';

const daemonSet = (name: string, app: string, found: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: ${name} }
spec:
  selector:${found}
    matchLabels: { app: ${app} }
  template:
    metadata: { labels: { app: ${app} } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/agent:1
          resources: { limits: { memory: 64Mi } }
          volumeMounts:
            - { name: dshm, mountPath: /dev/shm }
      volumes:
        - name: dshm
          emptyDir: { medium: Memory, sizeLimit: 16Mi }
`;

const CONTROLLERS = ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet'];

export const SHM407: Rule = {
  id: 'SHM407',
  title: 'two workloads with the same selector',
  severity: 'warning',
  why: 'A controller owns the pods that it made, so the two do not fight over running pods. But each adopts orphans that match its selector, for example after kubectl delete --cascade=orphan, and Services, PodDisruptionBudgets and spread constraints with these labels count the pods of both.',
  fix: 'give each workload a label of its own, in its selector and its pod template',
  fact: 'Since Kubernetes 1.6, a controller only manages pods whose ownerReference names it as the controller; it adopts matching pods that have none.',
  link: 'https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#non-template-pod-acquisitions',
  wrong: `${daemonSet('agent-a', 'agent', '')}---\n${daemonSet('agent-b', 'agent', ' # SHM407 warning')}`,
  right: `${daemonSet('agent-a', 'agent-a', '')}---\n${daemonSet('agent-b', 'agent-b', '')}`,
  check: function* (marked) {
    const first = new Map<string, MarkedPod>();
    for (const markedPod of marked.pods) {
      const { manifest } = markedPod.pod;
      const selector = CONTROLLERS.includes(manifest.kind)
        ? at(manifest.json, 'spec', 'selector')
        : undefined;
      if (
        !isObject(selector) ||
        !isObject(selector.matchLabels) ||
        objectsOf(selector.matchExpressions).length > 0
      ) {
        continue;
      }
      const key = `${manifest.namespace ?? ''} ${canonical(selector.matchLabels)}`;
      const other = first.get(key);
      if (!other) {
        first.set(key, markedPod);
        continue;
      }
      const same =
        // the same object twice, for example for two stages
        other.pod.manifest.kind === manifest.kind && other.pod.manifest.name === manifest.name;
      if (same || !(markedPod.usesMemory || other.usesMemory)) {
        continue;
      }
      yield {
        manifest,
        path: '/spec/selector',
        message: `${manifest.kind} ${manifest.name} selects the same pods as ${other.pod.manifest.kind} ${other.pod.manifest.name}`,
      };
    }
  },
};
