import type { Rule } from './rule';
import { inVolume } from './rule-match';
import type { Manifest } from '../kube/manifest';
import { formatBytes } from '../kube/quantity';
import { podLimit } from '../read/pod-memory';

const pod = (volume: string) => `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer
      image: registry.example.com/trainer:1
      resources: { limits: { memory: 4Gi } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm }
  volumes:
    - name: dshm
${volume}
`;

export const SHM201: Rule = {
  id: 'SHM201',
  title: 'a memory-medium emptyDir without a size',
  severity: 'warning',
  strict: 'error',
  why: "The tmpfs of the volume is as large as the pod's memory limit, or as the node's allocatable memory if a container has no limit. A process that fills it gets its pod OOM-killed, or the node into trouble. With a size, the writer gets ENOSPC instead.",
  fix: 'write a sizeLimit, and memory limits above it',
  fact: "Without a sizeLimit, or with 0, the tmpfs is as large as the pod's memory limit, or as the node's allocatable memory; seen on Kubernetes 1.33 and 1.37.",
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: pod('      emptyDir: # SHM201 warning\n        medium: Memory'),
  right: pod('      emptyDir:\n        medium: Memory\n        sizeLimit: 1Gi'),
  check: function* (marked) {
    const said = new Map<Manifest, string[]>(); // steps of a workflow share volumes
    for (const markedPod of marked.pods) {
      if (markedPod.memoryVolumes.length === 0) {
        continue;
      }
      const limit = podLimit(markedPod.pod);
      const is =
        typeof limit === 'bigint'
          ? `: it is as large as the pod's memory limit, ${formatBytes(limit)}, and a process that fills it is OOM-killed`
          : '';
      const known = said.get(markedPod.pod.manifest) ?? [];
      said.set(markedPod.pod.manifest, known);
      for (const { volume, size } of markedPod.memoryVolumes) {
        if (size !== 'absent' || known.includes(volume.path)) {
          continue;
        }
        known.push(volume.path);
        yield inVolume(
          markedPod,
          volume,
          'emptyDir',
          `memory-medium emptyDir ${volume.name} must have a sizeLimit above 0${is}`,
        );
      }
    }
  },
};
