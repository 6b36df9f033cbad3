import { forEachPod, type Rule } from './rule';
import { inVolume, type RuleMatch } from './rule-match';
import { cleanPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import { isPlaceholder } from '../read/placeholder';
import type { MarkedManifests } from '../sharing/marked-manifests';
import { isBelowDevShm, isShared, type MarkedPod } from '../sharing/marked-pod';

const TYPES = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
];
const pod = (path: string, more: string) => `apiVersion: v1
kind: Pod
metadata: { name: agent }
spec:
  containers:
    - name: agent
      image: registry.example.com/agent:1
      volumeMounts:
        - { name: shm, mountPath: /dev/shm }
  volumes:
    - name: shm
      hostPath:
        path: ${path}${more}
`;

export const SHM110: Rule = {
  id: 'SHM110',
  title: 'a wrong path or type in a hostPath volume',
  severity: 'error',
  why: 'If the path is relative, the kubelet creates it below its own folder, and the container does not start. If there is no type, nothing is checked, and the runtime creates a missing path, owned by root with mode 0755. If the pod mounts a socket itself and the agent creates the socket again, the pod keeps the old one.',
  fix: 'write an absolute path and type: Directory; mount the directory of a socket, not the socket',
  fact: 'The API server accepts a relative hostPath; runc then fails with "error mounting ...: no such file or directory"; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types',
  wrong: pod('/dev/shm/routes', ' # SHM110 warning, SHM303 note'),
  right: pod('/dev/shm/routes', ' # SHM303 note\n        type: Directory'),
  check: forEachPod((markedPod, found, marked) => {
    for (const { volume, path, type } of markedPod.hostPaths) {
      const inHostPath = (field: string, message: string, more: Partial<RuleMatch> = {}) =>
        inVolume(markedPod, volume, `hostPath/${field}`, message, more);
      const windows = /^[A-Za-z]:|\\/.test(path);
      const clean = cleanPath(path);
      if (!path.startsWith('/') && !windows && !isPlaceholder(path)) {
        if (markedPod.pod.mountsOfVolume(volume).length === 0) {
          continue;
        } // the kubelet ignores volumes that no container mounts
        found(
          inHostPath(
            'path',
            `hostPath ${path === '' ? '""' : path} must be absolute: the kubelet creates a relative path below its own folder, and the container does not start`,
          ),
        );
      } else if (!TYPES.includes(type) && !isPlaceholder(type)) {
        found(
          inHostPath('type', `hostPath type ${type} does not exist: the API server refuses it`, {
            fix: `write one of ${TYPES.slice(1).join(', ')}`,
          }),
        );
      } else if (
        isShared(clean) &&
        !isBelowDevShm(clean) &&
        /^(File|Socket|Char|Block)/.test(type)
      ) {
        // below /dev/shm, an object is a file, so these types are correct there
        found(
          inHostPath('type', `${clean} is a directory: with type ${type}, no pod starts`, {
            fix: 'write type: Directory',
          }),
        );
      } else if (type === '' && isBelowDevShm(clean)) {
        found(
          inHostPath(
            'path',
            `hostPath ${clean} has no type: if it is missing, the runtime creates it, owned by root with mode 0755, and nobody else can write there`,
            { severity: 'warning', fix: 'write type: Directory, and let the agent create it' },
          ),
        );
      } else if (
        (type === 'Socket' || path.endsWith('.sock')) &&
        servesDirectoryOf(clean, markedPod, marked)
      ) {
        found(
          inHostPath(
            'path',
            `the socket ${clean} itself is mounted: if the agent creates it again, this pod keeps the old one`,
            { severity: 'warning', fix: `mount its directory ${parentOf(clean)}` },
          ),
        );
      }
    }
  }),
};

/**
 * Checks whether another workload mounts the directory of a socket with write access. That workload
 * then creates the socket.
 */
function servesDirectoryOf(socket: string, markedPod: MarkedPod, marked: MarkedManifests): boolean {
  const directory = parentOf(socket);
  return (
    directory !== DEV_SHM &&
    marked.pods.some(
      other =>
        other.pod.manifest !== markedPod.pod.manifest &&
        other.pod.mounts.some(mount => mount.hostPath === directory && !mount.readOnly),
    )
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
