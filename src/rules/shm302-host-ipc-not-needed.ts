import { exampleClient } from './example-mark';
import { suggestion } from './remedy';
import { forEachSharingPod, type Rule } from './rule';
import { inSpec } from './rule-match';

export const SHM302: Rule = {
  id: 'SHM302',
  title: 'hostIPC, although no declared memory needs it',
  severity: 'warning',
  why: "Pods share files, POSIX memory and descriptors through mounts. hostIPC gives the pod the node's IPC namespace and its whole /dev/shm for nothing.",
  fix: 'if the mark names all memory of the pod: remove hostIPC: true; if a program of it uses System V memory or message queues, which `ipcs -m -q -p` on the node shows with their processes: add them to the contract, or acknowledge the finding',
  fact: "The kernel's IPC namespace covers System V objects and POSIX message queues only; /dev/shm is a mount.",
  link: 'https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html',
  wrong: exampleClient('\n  hostIPC: true # SHM302 warning'),
  right: exampleClient(''),
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
