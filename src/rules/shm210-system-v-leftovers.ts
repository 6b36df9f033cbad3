import { forEachPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { objectsOf, textOf } from '../kube/json';

const pod = (second: string) => `apiVersion: v1
kind: Pod
metadata: { name: db }
spec:
  securityContext:
    sysctls:
      - { name: kernel.shmmax, value: '12884901888' } # SHM307 warning${second}
  containers:
    - name: db
      image: registry.example.com/db:1
`;

export const SHM210: Rule = {
  id: 'SHM210',
  title: 'System V memory outlives a restart of the container',
  severity: 'note',
  why: "The IPC namespace belongs to the pod, not to the container. If the process is killed before it removes its segments, the next container of the same pod finds them: they still count against the pod's memory and against shmmax, shmall and shmmni, and shmget with IPC_EXCL fails.",
  fix: 'let the program remove or reuse its segments when it starts (ipcs, ipcrm), or set the sysctl kernel.shm_rmid_forced to 1: the kernel then destroys a segment that no process has attached',
  fact: 'A segment is destroyed when it is marked with IPC_RMID and nobody has it attached; a container restart keeps the sandbox of the pod, and with it the IPC namespace.',
  link: 'https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html',
  wrong: pod(', SHM210 note'),
  right: pod("\n      - { name: kernel.shm_rmid_forced, value: '1' }"),
  check: forEachPod((markedPod, found) => {
    const sysctls = objectsOf(markedPod.at('securityContext', 'sysctls')).map(
      ({ name, value }) => [textOf(name ?? '').replaceAll('/', '.'), textOf(value ?? '')] as const,
    );
    const used = sysctls.findIndex(([name]) => /^kernel\.(shmmax|shmall|shmmni)$/.test(name));
    const isForced = sysctls.some(
      ([name, value]) => name === 'kernel.shm_rmid_forced' && value === '1',
    );
    if (used < 0 || isForced || markedPod.hostIpc || markedPod.at('restartPolicy') === 'Never') {
      return;
    }
    found(
      inSpec(
        markedPod,
        `securityContext/sysctls/${used}`,
        `${sysctls[used][0]} is for System V memory, which stays in the pod when a container is restarted`,
      ),
    );
  }),
};
