import { exampleMark, RING } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inMark, inSpec } from './rule-match';
import { DEV_SHM } from '../kube/well-known';

export const SHM103: Rule = {
  id: 'SHM103',
  title: 'the technique does not serve the API that the contract declares',
  severity: 'error',
  why: "System V memory and POSIX message queues live in the IPC namespace, not in a file system. Without the node's IPC namespace, shmget fails with ENOENT, whatever is mounted. shm_open looks only in /dev/shm.",
  fix: 'for System V memory, write hostIPC: true; for POSIX memory, mount the memory at /dev/shm, or declare api "files"',
  fact: 'With hostPath /dev/shm and without hostIPC, POSIX memory is shared, but shmget fails with ENOENT; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html',
  wrong: `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', { ...RING, name: 'table' }, ['web'])}
spec: # SHM103 error
  containers:
    - name: web
      image: registry.example.com/web:1
`,
  right: `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', { ...RING, name: 'table' }, ['web'])}
spec:
  hostIPC: true # SHM301 note
  containers:
    - name: web
      image: registry.example.com/web:1
`,
  check: forEachSharingPod((markedPod, found) => {
    for (const { mark, memory } of markedPod.memories) {
      const words = `memory ${memory.name} of contract ${mark.contract}`;
      if (
        (memory.api === 'systemV' || memory.backing === 'hostIpc') &&
        mark.side !== 'sidecar' &&
        !markedPod.hostIpc
      ) {
        found(
          inSpec(
            markedPod,
            'hostIPC',
            `${words} is ${memory.api === 'systemV' ? 'System V memory' : 'shared through the IPC namespace'}, but the pod has no hostIPC: true, so none of it is shared`,
          ),
        );
      }
      if (memory.api === 'posix' && memory.mountPath !== DEV_SHM) {
        found(
          inMark(
            markedPod,
            mark,
            `${words} is opened with shm_open, which looks only in /dev/shm, but is mounted at ${memory.mountPath}`,
          ),
        );
      }
    }
  }),
};
