import { forEachSharingPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { textOf } from '../kube/json';
import { DEV_SHM } from '../kube/well-known';
import type { MarkedPod } from '../sharing/marked-pod';

export const SHM101: Rule = {
  id: 'SHM101',
  title: "a volume at /dev/shm hides the node's /dev/shm from a pod with hostIPC",
  severity: 'error',
  why: "With hostIPC, the container runtime mounts the node's /dev/shm into every container, unless the pod itself mounts something there. In that case System V memory is still shared, but POSIX memory silently is not: shm_open fails with ENOENT.",
  fix: 'remove the volume at /dev/shm, or remove hostIPC: true if the pod is not meant to share with others on the node',
  fact: "containerd adds the node's /dev/shm only if no mount has that path. It cleans the path of a mount before it compares; seen on Kubernetes 1.33 and 1.37.",
  link: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  hostIPC: true # SHM301 warning
  containers:
    - name: reader
      image: registry.example.com/reader:1
      resources: { limits: { memory: 256Mi } }
      volumeMounts:
        - { name: dshm, mountPath: /dev/shm } # SHM101 error
  volumes:
    - name: dshm
      emptyDir: { medium: Memory, sizeLimit: 64Mi }
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  hostIPC: true # SHM301 warning
  containers:
    - name: reader
      image: registry.example.com/reader:1
      resources: { limits: { memory: 256Mi } }
`,
  check: forEachSharingPod((markedPod, found) => {
    if (!markedPod.hostIpc || needsSystemV(markedPod)) {
      return;
    }
    for (const mount of markedPod.pod.mounts) {
      if (mount.at !== DEV_SHM || mount.hostPath === DEV_SHM || markedPod.declares(mount)) {
        continue;
      }
      found(
        inMount(
          markedPod,
          mount,
          '',
          `volume ${textOf(mount.json.name)} hides the node's /dev/shm from container ${mount.container.name}, so hostIPC shares no POSIX memory with it`,
        ),
      );
    }
  }),
};

/** Checks whether a mark says what the IPC namespace is for: System V memory. */
function needsSystemV({ memories }: MarkedPod): boolean {
  return memories.some(({ memory }) => memory.backing === 'hostIpc');
}
