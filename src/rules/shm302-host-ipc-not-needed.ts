import { exampleMark, TABLE } from './example-mark';
import { suggestion } from './remedy';
import { forEachSharingPod, type Rule } from './rule';
import { inSpec } from './rule-match';

const pod = (hostIpc: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
${exampleMark('client', TABLE, ['web'])}
spec:${hostIpc}
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - { name: routes, mountPath: /run/routes, readOnly: true }
  volumes:
    - name: routes
      persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true }
`;

export const SHM302: Rule = {
  id: 'SHM302',
  title: 'hostIPC, although no declared memory needs it',
  severity: 'warning',
  why: "Pods share files, POSIX memory and descriptors through mounts. hostIPC gives the pod the node's IPC namespace and its whole /dev/shm for nothing.",
  fix: 'remove hostIPC: true',
  fact: "The kernel's IPC namespace covers System V objects and POSIX message queues only; /dev/shm is a mount.",
  link: 'https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html',
  wrong: pod('\n  hostIPC: true # SHM302 warning'),
  right: pod(''),
  check: forEachSharingPod((markedPod, found) => {
    if (
      !markedPod.hostIpc ||
      markedPod.marks.length === 0 ||
      markedPod.memories.some(
        ({ memory }) => memory.api === 'systemV' || memory.backing === 'hostIpc',
      )
    ) {
      return;
    }
    found(
      inSpec(
        markedPod,
        'hostIPC',
        `contract ${markedPod.marks.map(mark => mark.contract).join(' and ')} declares no System V memory, so it does not need hostIPC`,
        {
          remedies: () => [
            suggestion('remove hostIPC: true', {
              do: 'remove',
              pointer: `${markedPod.pod.path}/hostIPC`,
            }),
          ],
        },
      ),
    );
  }),
};
