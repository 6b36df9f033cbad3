import { exampleMark, TABLE } from './example-mark';
import { suggestion } from './remedy';
import { forEachPod, type Rule } from './rule';
import { at, objectsOf, textOf } from '../kube/json';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

const set = (strategy: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  annotations:
${exampleMark('agent', TABLE, ['agent'])}
spec:
  selector: { matchLabels: { app: agent } }
  updateStrategy:
    rollingUpdate:
${strategy}
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/agent:1
          resources: { requests: { memory: 128Mi }, limits: { memory: 128Mi } }
          volumeMounts:
            - { name: run, mountPath: /run/routes, subPath: v1/table }
      volumes:
        - name: run
          hostPath: { path: /run/cdk8s-shared-memory/agents.routes, type: DirectoryOrCreate }
`;

export const SHM406: Rule = {
  id: 'SHM406',
  title: 'maxSurge runs two agents on one node',
  severity: 'error',
  why: 'With maxSurge, the new pod starts while the old one still runs. Both write the same memory, or the new one finds the host port taken and stays Pending.',
  fix: 'write maxUnavailable: 1 and maxSurge: 0',
  fact: 'The API accepts maxSurge together with a hostPort; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/',
  wrong: set('      maxSurge: 1 # SHM406 error\n      maxUnavailable: 0'),
  right: set('      maxSurge: 0\n      maxUnavailable: 1'),
  check: forEachPod((markedPod, found, marked) => {
    const { manifest } = markedPod.pod;
    const strategy = at(manifest.json, 'spec', 'updateStrategy');
    const surge = at(strategy, 'rollingUpdate', 'maxSurge');
    // With OnDelete, rollingUpdate may be set but has no effect.
    if (
      manifest.kind !== 'DaemonSet' ||
      at(strategy, 'type') === 'OnDelete' ||
      surge === undefined ||
      surge === null ||
      Number.parseInt(textOf(surge), 10) === 0
    ) {
      return;
    }
    const shared = sharedName(markedPod, marked);
    if (shared !== undefined) {
      found({
        manifest,
        path: '/spec/updateStrategy/rollingUpdate/maxSurge',
        remedies: () => [
          suggestion(
            'write maxSurge: 0 and maxUnavailable: 1',
            { do: 'set', pointer: '/spec/updateStrategy/rollingUpdate/maxSurge', value: 0 },
            { do: 'set', pointer: '/spec/updateStrategy/rollingUpdate/maxUnavailable', value: 1 },
          ),
        ],
        message: `maxSurge ${textOf(surge)}: during an update of the agent, two of its pods run on one node, with ${shared}`,
      });
    }
  }),
};

function sharedName(markedPod: MarkedPod, marked: MarkedManifests): string | undefined {
  const ports = markedPod.pod.containers.flatMap(({ json }) => objectsOf(json.ports));
  const writable = markedPod.pod.mounts.find(
    mount => !mount.readOnly && mount.hostPath !== undefined && marked.directories.isShared(mount),
  );
  if (ports.some(({ hostPort }) => typeof hostPort === 'number' && hostPort > 0)) {
    return 'the same host port';
  }
  if (markedPod.pod.is('hostNetwork') && ports.length > 0) {
    return 'the same port of the host network';
  }
  if (markedPod.hostIpc) {
    return 'the same IPC namespace';
  }
  return writable ? `write access to ${writable.hostPath}` : undefined;
}
