import { certain } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { equal, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import type { Mount } from '../read/pod';

const pod = (second: string) => `apiVersion: v1
kind: Pod
metadata: { name: ray }
spec:
  containers:
    - name: ray
      image: registry.example.com/ray:1
      resources: { limits: { memory: 8Gi } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
        - { name: more, mountPath: ${second}
  volumes:
    - name: dshm
      emptyDir: { medium: Memory, sizeLimit: 2Gi }
    - name: more
      emptyDir: {}
`;

export const SHM115: Rule = {
  id: 'SHM115',
  title: 'two mounts at one path',
  severity: 'error',
  why: 'The API server refuses a container with two mounts at the same path. If the paths are only spelled differently, it accepts them, and one of the mounts hides the other.',
  fix: 'remove one of the mounts',
  fact: 'The API server answers "mountPath: Invalid value: \"/dev/shm\": must be unique"; seen on Kubernetes 1.37. It compares the texts and does not clean the paths.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/',
  wrong: pod('/dev/shm } # SHM115 error'),
  right: pod('/tmp }'),
  check: forEachPod((markedPod, found) => {
    const seen = new Map<Container, Map<string, Mount>>();
    for (const mount of markedPod.pod.mounts) {
      const paths = seen.get(mount.container) ?? new Map<string, Mount>();
      const other = paths.get(mount.at);
      if (!other) {
        seen.set(mount.container, paths.set(mount.at, mount));
        continue;
      }
      const [first, second] = [other, mount].map(({ json }) => textOf(json.mountPath ?? ''));
      const names = `${textOf(other.json.name ?? '')} and ${textOf(mount.json.name ?? '')}`;
      found(
        first === second
          ? inMount(
              markedPod,
              mount,
              'mountPath',
              `volumes ${names} are both mounted at ${first} in container ${mount.container.name}: the API server refuses the pod`,
              equal(other.json, mount.json)
                ? {
                    remedies: () => [
                      certain('remove the second of two equal mounts', {
                        do: 'remove',
                        pointer: mount.path,
                      }),
                    ],
                  }
                : {},
            )
          : inMount(
              markedPod,
              mount,
              'mountPath',
              `volumes ${names} are mounted at ${first} and ${second} in container ${mount.container.name}, which is one path: one of them hides the other`,
              { severity: 'warning' },
            ),
      );
    }
  }),
};
