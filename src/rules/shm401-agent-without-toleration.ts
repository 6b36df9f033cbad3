import { exampleMark, RING } from './example-mark';
import { tolerating } from './placement-remedies';
import type { Rule } from './rule';
import { inSpec } from './rule-match';
import { nodeLabels, toleratedTaints, tolerates } from '../sharing/node-placement';

const set = (toleration: string, found: string) => `apiVersion: apps/v1
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
    spec:${found}
      hostIPC: true # SHM301 note
      nodeSelector: { example.com/verdicts: 'yes' }${toleration}
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
spec:
  hostIPC: true # SHM301 note
  nodeSelector: { example.com/verdicts: 'yes' }
  tolerations:
    - { key: example.com/verdicts, operator: Equal, value: 'yes', effect: NoSchedule }
  containers:
    - name: web
      image: registry.example.com/web:1
`;

export const SHM401: Rule = {
  id: 'SHM401',
  title: 'the agent does not tolerate the taint of its own nodes',
  severity: 'error',
  why: 'The clients tolerate the taint and are scheduled to the nodes. The agent is not, and the clients wait for it.',
  fix: 'give the agent the toleration that its clients have',
  fact: 'By itself, the DaemonSet controller tolerates the not-ready, pressure and unschedulable taints, and no other.',
  link: 'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations',
  wrong: set('', ' # SHM401 error'),
  right: set(
    "\n      tolerations:\n        - { key: example.com/verdicts, operator: Equal, value: 'yes', effect: NoSchedule }",
    '',
  ),
  check: marked =>
    marked.contracts.flatMap(parties =>
      parties
        .filter(({ mark: { side } }) => side === 'agent')
        .flatMap(({ markedPod, mark: mine }) => {
          const labels = nodeLabels(markedPod.pod);
          const tainted = parties
            .filter(({ mark: { side } }) => side === 'client')
            .flatMap(client =>
              toleratedTaints(client.markedPod.pod).filter(
                ({ key }) => labels.has(key) && nodeLabels(client.markedPod.pod).has(key),
              ),
            );
          const value = (key: string) => labels.get(key);
          const taint =
            tainted.find(({ key }) => !tolerates(markedPod.pod, { key, value: value(key) })) ??
            tainted.find(each => !tolerates(markedPod.pod, { ...each, value: value(each.key) }));
          if (taint === undefined) {
            return [];
          }
          const { key } = taint;
          const effectOnly = tolerates(markedPod.pod, { key, value: value(key) });
          const named = effectOnly ? `${key} with the effect ${taint.effect}` : key;
          return [
            inSpec(
              markedPod,
              'tolerations',
              `the clients of contract ${mine.contract} tolerate taint ${named} on the nodes that they share, but the agent does not`,
              {
                ...(effectOnly ? { severity: 'warning' } : {}),
                remedies: () => [
                  tolerating(
                    markedPod.pod,
                    tainted.map(each => ({ ...each, value: value(each.key) })),
                  ),
                ],
              },
            ),
          ];
        }),
    ),
};
