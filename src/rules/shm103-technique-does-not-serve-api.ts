import { exampleMark, RING } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inMark, inSpec } from './rule-match';
import { DEV_SHM } from '../kube/well-known';

export const SHM103: Rule = {
  id: 'SHM103',
  title: 'the technique does not serve the API that the contract declares',
  severity: 'error',
  why: "System V memory and POSIX message queues live in the IPC namespace, not in a file system: without the node's, shmget answers ENOENT, whatever is mounted. shm_open looks at /dev/shm alone.",
  fix: 'System V: write hostIPC: true; POSIX: mount the memory at /dev/shm, or declare api "files"',
  fact: 'hostPath /dev/shm without hostIPC: POSIX memory is shared, shmget answers ENOENT; seen on Kubernetes 1.33 and 1.37.',
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
            `${words} is ${memory.api === 'systemV' ? 'System V memory' : 'shared by the IPC namespace'}, and the pod has no hostIPC: true: nothing of it is shared`,
          ),
        );
      }
      if (memory.api === 'posix' && memory.mountPath !== DEV_SHM) {
        found(
          inMark(
            markedPod,
            mark,
            `${words} is opened by shm_open, which looks at /dev/shm, and is mounted at ${memory.mountPath}`,
          ),
        );
      }
    }
  }),
};
