import { suggestion } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inVolume, type Severity } from './rule-match';
import { DEV_SHM } from '../kube/well-known';
import { isInContractDirectory } from '../model/contract/node-layout';
import type { Mount } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { containerReaches } from '../sharing/memory-reach';
import { isPreparedByInit } from '../sharing/prepared-directories';

const pod = (type: string, user: string) => `apiVersion: v1
kind: Pod
metadata: { name: agent }
spec:
  securityContext: { ${user} }
  containers:
    - name: agent
      image: registry.example.com/agent:1
      volumeMounts:
        - { name: shm, mountPath: /dev/shm }
  volumes:
    - name: shm
      hostPath:
        path: /dev/shm/routes # SHM303 note
        type: ${type}
`;

export const SHM111: Rule = {
  id: 'SHM111',
  title: 'DirectoryOrCreate makes a directory that the container cannot write to',
  severity: 'warning',
  why: 'The kubelet creates the directory, owned by root with mode 0755. A container that is not root gets EACCES. A client that creates the directory does not wait for it, and starts before the agent.',
  fix: 'let an init container of the agent that runs as root create the directory with its owner and mode; in clients, write type: Directory',
  fact: 'A new directory from DirectoryOrCreate has mode 0755 and owner root:root; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types',
  wrong: pod('DirectoryOrCreate # SHM111 warning', 'runAsUser: 1000'),
  right: pod('Directory', 'runAsUser: 1000'),
  check: forEachPod((markedPod, found, marked) => {
    for (const { volume, type } of markedPod.hostPaths) {
      if (type !== 'DirectoryOrCreate') {
        continue;
      }
      const mounts = markedPod.pod
        .mountsOfVolume(volume)
        .filter(mount => mount.hostPath !== DEV_SHM && marked.directories.isShared(mount));
      const shut = mounts.find(
        mount =>
          mount.container.role !== 'init' &&
          !mount.readOnly &&
          markedPod.pod.isNonRoot(mount.container),
      );
      const isShut = shut && !isPreparedByInit(markedPod.pod, shut);
      if (isShut) {
        found(
          inVolume(
            markedPod,
            volume,
            'hostPath/type',
            `the kubelet creates ${shut.hostPath}, owned by root with mode 0755: container ${shut.container.name} is not root and cannot write there`,
          ),
        );
      }
      const [served] = mounts.flatMap(mount => servedAt(marked, markedPod, mount) ?? []);
      if (served && !isShut) {
        found(
          inVolume(
            markedPod,
            volume,
            'hostPath/type',
            `if ${served.path} is missing, this client creates it, owned by root with mode 0755, and starts before the agent`,
            {
              severity: served.severity,
              fix: 'write type: Directory',
              remedies: () => [
                suggestion('write type: Directory', {
                  do: 'set',
                  pointer: `${volume.path}/hostPath/type`,
                  value: 'Directory',
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
 * Returns the directory of a contract that a client mounts. Whoever makes an existing directory may
 * not mind that a client makes it first.
 */
function servedAt(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  mount: Mount,
): { readonly path: string; readonly severity: Severity } | undefined {
  const path = mount.hostPath ?? '';
  const memory = markedPod.memories.find(
    ({ mark, memory: { mountPath } }) => mark.side === 'client' && mountPath === mount.at,
  )?.memory;
  if (memory === undefined || !markedPod.declares(mount)) {
    const isClient =
      markedPod.marks.some(({ side }) => side === 'client') ||
      isUnmarkedClient(marked, markedPod, mount);
    return isClient && isInContractDirectory(path) ? { path, severity: 'error' } : undefined;
  }
  return { path, severity: memory.backing === 'existing' ? 'warning' : 'error' };
}

/**
 * Checks whether a pod without any mark mounts the memory of a contract, which the marks of others
 * show, and makes nothing there itself.
 */
function isUnmarkedClient(marked: MarkedManifests, markedPod: MarkedPod, mount: Mount): boolean {
  const { marks, task, pod: of } = markedPod;
  return (
    marks.length === 0 &&
    task === undefined &&
    !isPreparedByInit(of, mount) &&
    containerReaches(marked)
      .get(mount.container)
      ?.mounts.some(
        each =>
          each.mount === mount && each.memories.some(({ of: memory }) => 'contract' in memory),
      ) === true
  );
}
