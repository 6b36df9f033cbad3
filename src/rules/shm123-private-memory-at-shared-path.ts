import type { Rule } from './rule';
import { inContainer, type RuleMatch } from './rule-match';
import { workloadWords } from './rule-words';
import type { MarkedPod } from '../sharing/marked-pod';
import { missedFiles, type MissedFile } from '../sharing/missed-files';
import type { OwnRoom } from '../sharing/room';

const set = (volume: string, comment = '') => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: driver, namespace: media }
spec:
  selector: { matchLabels: { app: driver } }
  template:
    metadata: { labels: { app: driver } }
    spec:
      containers:
        - name: driver
          image: registry.example.com/driver:1
          args: [--dir=/run/media/driver]
          volumeMounts: [{ name: media, mountPath: /run/media }]
      volumes:
        - { name: media, hostPath: { path: /run/media, type: Directory } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      resources: { limits: { memory: 128Mi } }
      env:
        - name: MEDIA_DIR
          value: /run/media/driver${comment}
      volumeMounts: [{ name: media, mountPath: /run/media }]
  volumes:
    - { name: media, ${volume} }
`;

export const SHM123: Rule = {
  id: 'SHM123',
  title:
    'a program names a file that another workload has on the node, and its pod has memory of its own there',
  severity: 'warning',
  why: "An emptyDir, and a container's own /dev/shm, belong to one pod. The program looks for the other side in memory that the other side does not have, and finds nothing: it waits, times out, or begins anew.",
  fix: 'mount the same directory of the node on both sides, or better, share one below /run/cdk8s-shared-memory with a contract; if the two have nothing to do with each other, acknowledge the finding',
  fact: 'Aeron says "DriverTimeoutException" if no media driver is in aeron.dir, varnishlog "Could not get hold of varnishd", and shm_open ENOENT.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: set('emptyDir: { medium: Memory, sizeLimit: 64Mi }', ' # SHM123 warning'),
  right: set('hostPath: { path: /run/media, type: Directory }'),
  check: function* (marked) {
    for (const [markedPod, missed] of missedFiles(marked)) {
      for (const each of missed) {
        yield matchOf(markedPod, each);
      }
    }
  },
};

function matchOf(
  markedPod: MarkedPod,
  { container, named: { path, field }, other, room }: MissedFile,
): RuleMatch {
  return inContainer(
    markedPod,
    container,
    field,
    `container ${container.name} names ${path}, which ${workloadWords(other.pod.manifest)} has on the node; here it is in ${wordsOf(room)}, which no other pod sees`,
  );
}

function wordsOf(room: OwnRoom): string {
  if (room.kind === 'default') {
    return "the container's own /dev/shm";
  }
  return room.volume
    ? `emptyDir ${room.volume.name}`
    : 'the emptyDir that KubeRay mounts at /dev/shm';
}
