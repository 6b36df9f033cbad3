import { certain, suggestion } from './remedy';
import { forEachSharingPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { textOf } from '../kube/json';
import { isAtOrBelow } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import { pathsIn } from '../read/container-texts';
import type { Mount } from '../read/pod';
import { isBelowDevShm, type MarkedPod } from '../sharing/marked-pod';

export const SHM107: Rule = {
  id: 'SHM107',
  title: 'the mount path is not exactly /dev/shm',
  severity: 'warning',
  why: 'Container runtimes compare the path with /dev/shm to decide whether the pod has its own memory there. containerd cleans the path first; CRI-O takes it as it is written, and mounts both. A mount at /dev hides the devices, and one of the runtimes hides that mount again.',
  fix: 'write mountPath: /dev/shm',
  fact: 'containerd cleans mount paths before it compares them; CRI-O does not. The API server accepts /dev/shm and /dev/shm/ in one container.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer
      image: registry.example.com/trainer:1
      resources: { limits: { memory: 4Gi } }
      volumeMounts:
        - name: dshm
          mountPath: /dev/shm/ # SHM107 warning
  volumes:
    - name: dshm
      emptyDir: { medium: Memory, sizeLimit: 1Gi }
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: trainer }
spec:
  containers:
    - name: trainer
      image: registry.example.com/trainer:1
      resources: { limits: { memory: 4Gi } }
      volumeMounts:
        - name: dshm
          mountPath: /dev/shm
  volumes:
    - name: dshm
      emptyDir: { medium: Memory, sizeLimit: 1Gi }
`,
  check: forEachSharingPod((markedPod, found) => {
    const memory = new Set(markedPod.memoryVolumes.map(({ volume }) => volume));
    for (const mount of markedPod.pod.mounts) {
      if (isBeside(markedPod, mount)) {
        found(
          inMount(
            markedPod,
            mount,
            'mountPath',
            `memory-medium emptyDir ${textOf(mount.json.name)} is mounted at ${mount.at}, where shm_open does not look: /dev/shm of container ${mount.container.name} keeps its 64 MiB`,
            {
              fix: 'write mountPath: /dev/shm, or give the volume another name if the program opens files at this path',
            },
          ),
        );
      }
      if (!(mount.volume && memory.has(mount.volume)) && mount.hostPath !== DEV_SHM) {
        continue;
      }
      if (mount.at === '/dev') {
        found(
          inMount(
            markedPod,
            mount,
            'mountPath',
            "shared memory is mounted at /dev, where it hides the container's devices, and not at /dev/shm",
            { severity: 'error' },
          ),
        );
      } else if (mount.at === DEV_SHM && mount.json.mountPath !== DEV_SHM) {
        found(
          inMount(
            markedPod,
            mount,
            'mountPath',
            `mountPath must be written /dev/shm, not ${textOf(mount.json.mountPath)}: not every runtime treats the two as the same`,
            {
              remedies: () => [
                // with two mounts at one path, the API server would refuse the pod
                (isOnlyOne(markedPod, mount) ? certain : suggestion)('write mountPath: /dev/shm', {
                  do: 'set',
                  pointer: `${mount.path}/mountPath`,
                  value: DEV_SHM,
                }),
              ],
            },
          ),
        );
      }
    }
  }),
};

/**
 * Checks whether a memory-medium emptyDir, whose name says that it is shared memory, is mounted
 * next to the container's /dev/shm and not there. If a container of the pod is told the path, a
 * program uses it on purpose.
 */
function isBeside(markedPod: MarkedPod, { at, container, volume }: Mount): boolean {
  return (
    /shm|shared-?mem/i.test(volume?.name ?? '') &&
    markedPod.memoryVolumes.some(each => each.volume === volume) &&
    at !== '/dev' &&
    at !== DEV_SHM &&
    !isBelowDevShm(at) &&
    !markedPod.hostIpc &&
    !markedPod.memories.some(({ memory }) => memory.mountPath === at) &&
    !markedPod.pod.mounts.some(each => each.volume === volume && each.at === DEV_SHM) &&
    !markedPod.pod.mounts.some(each => each.container === container && each.at === DEV_SHM) &&
    !markedPod.pod.containers.some(each => pathsIn(each).some(path => isAtOrBelow(path, at)))
  );
}

/** Checks whether a container has no other mount at the path of a mount. */
function isOnlyOne({ pod }: MarkedPod, mount: Mount): boolean {
  return !pod.mounts.some(
    each => each !== mount && each.container === mount.container && each.at === mount.at,
  );
}
