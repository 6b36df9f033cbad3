import { suggestion } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { isObject } from '../kube/json';
import { DEV_SHM } from '../kube/well-known';

const pod = (readOnly: string) => `apiVersion: v1
kind: Pod
metadata: { name: server }
spec:
  containers:
    - name: server
      image: registry.example.com/server:1
      resources: { limits: { memory: 8Gi } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm${readOnly}
  volumes:
    - name: dshm
      emptyDir: { medium: Memory, sizeLimit: 1Gi }
`;

export const SHM113: Rule = {
  id: 'SHM113',
  title: "a pod's own /dev/shm is read-only in all of its containers",
  severity: 'warning',
  why: 'An emptyDir is empty when the pod starts, and nobody outside the pod can reach it. If every mount is read-only, it stays empty: shm_open with O_CREAT fails with EROFS.',
  fix: 'remove readOnly: true from the mount in the container that writes',
  fact: 'open(2): EROFS if the file is on a read-only file system and write access was requested.',
  link: 'https://man7.org/linux/man-pages/man3/shm_open.3.html',
  wrong: pod(', readOnly: true } # SHM113 warning'),
  right: pod(' }'),
  check: forEachPod((markedPod, found) => {
    for (const volume of markedPod.pod.volumes) {
      if (!isObject(volume.json.emptyDir)) {
        continue;
      }
      const mounts = markedPod.pod.mountsOfVolume(volume);
      const first = mounts.find(({ at }) => at === DEV_SHM);
      if (first && !markedPod.declares(first) && mounts.every(({ readOnly }) => readOnly)) {
        found(
          inMount(
            markedPod,
            first,
            'readOnly',
            `emptyDir ${volume.name} is empty when the pod starts, and every mount of it is read-only: nobody can create shared memory in it`,
            {
              remedies: () => [
                suggestion('remove readOnly: true', {
                  do: 'remove',
                  pointer: `${first.path}/readOnly`,
                }),
              ],
            },
          ),
        );
      }
    }
  }),
};
