import { suggestion } from './remedy';
import type { Rule } from './rule';
import { inVolume } from './rule-match';
import { realPath } from '../kube/path';
import { SimilarDirectories } from '../sharing/similar-directories';

const set = (path: string) => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: agents }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/agent:1
          volumeMounts:
            - { name: ring, mountPath: /run/acme-agent }
      volumes:
        - name: ring
          hostPath: { path: /run/acme-agent, type: DirectoryOrCreate }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - { name: ring, mountPath: /run/acme-agent, readOnly: true }
  volumes:
    - name: ring
      hostPath:
        path: ${path}
        type: Directory
`;

export const SHM121: Rule = {
  id: 'SHM121',
  title: 'a directory of the node that nobody else mounts, and an agent has a similar one',
  severity: 'warning',
  why: 'Pods share memory only if they mount the same directory of the node. With another spelling, the pod waits for a directory that nobody makes, or gets an empty one.',
  fix: 'write the same path on both sides; a contract writes it once for both',
  fact: 'A pod with hostPath type Directory stays in ContainerCreating while the path does not exist; with DirectoryOrCreate, the kubelet creates an empty directory; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types',
  wrong: set('/run/acme_agent # SHM121 warning'),
  right: set('/run/acme-agent'),
  check: ({ directories, pods }) => {
    const similar = new SimilarDirectories(directories);
    return pods
      .filter(({ pod }) => pod.manifest.kind !== 'DaemonSet')
      .flatMap(markedPod =>
        markedPod.hostPaths.flatMap(({ volume, path }) => {
          const use = markedPod.pod
            .mountsOfVolume(volume)
            .flatMap(mount => directories.useOf(mount) ?? [])
            .find(each => each.path === realPath(path)); // not a subPath of it
          const other = use && similar.meantBy(use);
          if (!other) {
            return [];
          }
          const { kind, name } = other.markedPod.pod.manifest;
          return [
            inVolume(
              markedPod,
              volume,
              'hostPath/path',
              `no other workload of these manifests mounts ${use.path}; ${kind} ${name} mounts ${other.path}`,
              {
                fix: `if the pod means that directory: write ${other.path}`,
                remedies: () => [
                  suggestion(`write ${other.path}`, {
                    do: 'set',
                    pointer: `${volume.path}/hostPath/path`,
                    value: other.path,
                  }),
                ],
              },
            ),
          ];
        }),
      );
  },
};
