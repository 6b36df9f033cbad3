import { forEachSharingPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { workloadWords } from './rule-words';
import { DEV_SHM } from '../kube/well-known';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { missedKeys, type MissedKey } from '../sharing/missed-keys';

const INSTEAD =
  'share files or POSIX memory through a directory instead; if System V memory is really used, declare it in a contract, or acknowledge the finding';

export const SHM301: Rule = {
  id: 'SHM301',
  title: "hostIPC puts the pod in the node's IPC namespace",
  severity: 'warning',
  why: "The pod can access all System V memory, semaphores and message queues of the node and of every other pod with hostIPC, and the node's /dev/shm. Nothing separates one application from another there.",
  fix: INSTEAD,
  fact: 'Two pods with hostIPC share System V memory, POSIX message queues, and what they open with shm_open and sem_open; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: monitor }
spec:
  hostIPC: true # SHM301 warning
  containers:
    - name: monitor
      image: registry.example.com/monitor:1
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: monitor }
spec:
  containers:
    - name: monitor
      image: registry.example.com/monitor:1
`,
  check: forEachSharingPod((markedPod, found, marked) => {
    if (!markedPod.hostIpc) {
      return;
    }
    const declared = markedPod.memories.filter(
      ({ memory }) => memory.api === 'systemV' || memory.backing === 'hostIpc',
    );
    if (declared.length > 0) {
      const names = [...new Set(declared.map(({ mark }) => mark.contract))].join(' and ');
      found(
        inSpec(
          markedPod,
          'hostIPC',
          `hostIPC: contract ${names} shares System V memory, which no technique with fewer privileges can`,
          { severity: 'note' },
        ),
      );
    } else if (markedPod.marks.length === 0) {
      // if the pod has marks, SHM302 reports it
      const others = marked.sharing.filter(
        ({ hostIpc, pod }) => hostIpc && pod.manifest !== markedPod.pod.manifest,
      );
      const missing = missedKeys(marked).filter(({ other }) => other === markedPod);
      const isAlone = others.length === 0 && missing.length === 0;
      const words = isAlone
        ? '; nothing else in these manifests has hostIPC'
        : missingWords(missing);
      found(
        inSpec(
          markedPod,
          'hostIPC',
          `hostIPC shares all System V memory, message queues and /dev/shm with the node and every other pod with hostIPC${words}`,
          isAlone
            ? { fix: fixFor(markedPod, marked) }
            : missing.length > 0
              ? { fix: 'see SHM124 first, which says how the two sides come to meet' }
              : severalContainers(markedPod)
                ? {
                    fix: `if only the containers of this pod share it: remove hostIPC here${WITHIN_POD}; if other pods do: ${INSTEAD}`,
                  }
                : {},
        ),
      );
    }
  }),
};

const WITHIN_POD =
  '; the containers of one pod share System V memory without it, and POSIX memory if all of them mount a memory-medium emptyDir with a sizeLimit at /dev/shm';

function severalContainers({ pod }: MarkedPod): boolean {
  const lasting = pod.containers.filter(({ role }) => role !== 'init' && role !== 'ephemeral');
  return lasting.length > 1;
}

/** Names who looks for a System V key of a pod, and is not in its IPC namespace. */
function missingWords([first, ...more]: readonly MissedKey[]): string {
  return first === undefined
    ? ''
    : `; ${workloadWords(first.markedPod.pod.manifest)}${more.length === 0 ? ' names' : ` and ${more.length} more name`} the same System V key (${first.named.name}), but ${more.length === 0 ? 'is' : 'are'} not in that IPC namespace`;
}

/** Returns a fix for a pod that no other pod of these manifests shares System V memory with. */
function fixFor(markedPod: MarkedPod, { podsAtDevShm }: MarkedManifests): string {
  const sharesFiles =
    podsAtDevShm.some(each => each.pod.manifest !== markedPod.pod.manifest) ||
    markedPod.pod.mounts.some(({ at }) => at === DEV_SHM);
  const without = severalContainers(markedPod)
    ? WITHIN_POD
    : '; without it, a process has more than 64 MiB at /dev/shm if its container mounts a memory-medium emptyDir with a sizeLimit there';
  return `if another workload needs the same System V memory or message queues (\`ipcs -m -q -p\` on the node shows which processes have them): give it hostIPC: true, too, since both sides need it, and declare the memory in a contract; if none does: remove hostIPC here${sharesFiles ? '' : without}`;
}
