import { certain } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inVolume, type RuleMatch } from './rule-match';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { cleanPath, isAtOrBelow, parentOf, realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import { isPlaceholder } from '../read/placeholder';
import type { MarkedManifests } from '../sharing/marked-manifests';
import { isBelowDevShm, isShared, type MarkedPod } from '../sharing/marked-pod';
import { isPreparedByInit } from '../sharing/prepared-directories';

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
        // below /dev/shm, an object is a file; what follows reports it
        found(
          inHostPath('type', `${clean} is a directory: with type ${type}, no pod starts`, {
            fix: 'write type: Directory',
            remedies: () => [
              certain('write type: Directory', {
                do: 'set',
                pointer: `${volume.path}/hostPath/type`,
                value: 'Directory',
              }),
            ],
          }),
        );
      } else if (type === '' && isBelowDevShm(clean)) {
        const mounts = markedPod.pod.mountsOfVolume(volume);
        if (mounts.some(each => isPreparedByInit(markedPod.pod, each))) {
          continue;
        }
        found(
          inHostPath(
            'path',
            `hostPath ${clean} has no type: if it is missing, the runtime creates it, owned by root with mode 0755, and nobody else can write there`,
            {
              severity: 'warning',
              // with type: Directory, a pod that has to make the directory would never start
              fix: isMadeByOthers(clean, markedPod, marked)
                ? 'write type: Directory, so that the pod waits for the directory'
                : 'in the pod that makes it: write type: DirectoryOrCreate, and let an init container that runs as root set its owner and mode; in all others: write type: Directory',
            },
          ),
        );
      } else if (isMadeAgain(clean, type) && !hasDirectoryOf(clean, markedPod)) {
        const served = isServed(clean, markedPod, marked);
        if (!served && isKnownNodeDirectory(realPath(clean))) {
          continue; // the runtime's own socket, for example
        }
        found(
          inHostPath(
            'path',
            `the ${type === 'File' ? 'file' : 'socket'} ${clean} itself is mounted: if ${served ? 'the agent' : 'its server'} creates it again, this pod keeps the old one`,
            {
              severity: served || type === 'File' ? 'warning' : 'note',
              fix:
                parentOf(clean) === DEV_SHM
                  ? 'on both sides, move it to a directory of its own below /run, and mount that: who mounts all of /dev/shm has what others share there, too'
                  : `mount its directory ${parentOf(clean)}`,
            },
          ),
        );
      }
    }
  }),
};

/**
 * Checks whether a path is a socket, or an object of POSIX shared memory: what a server makes again
 * when it starts.
 */
function isMadeAgain(path: string, type: string): boolean {
  return (
    type === 'Socket' ||
    (type === '' && path.endsWith('.sock')) ||
    (type === 'File' && (path.endsWith('.sock') || isBelowDevShm(path)))
  );
}

/** Checks whether the pod itself mounts a directory that contains the path, and can write there. */
function hasDirectoryOf(path: string, markedPod: MarkedPod): boolean {
  return markedPod.pod.mounts.some(
    ({ hostPath, readOnly }) =>
      hostPath !== undefined &&
      !readOnly &&
      hostPath !== path &&
      isAtOrBelow(realPath(path), realPath(hostPath)),
  );
}

/**
 * Checks whether another workload can write in the directory of a socket, or in a directory above
 * it, except for the root of the node. That workload then can be the one that makes the socket.
 */
function isServed(path: string, markedPod: MarkedPod, { directories }: MarkedManifests): boolean {
  return directories
    .usesAbove(realPath(path), markedPod.pod.manifest)
    .some(use => !use.mount.readOnly && use.path !== '/' && use.path !== DEV_SHM);
}

/** Checks whether another workload can make a directory: it can write there, or above it. */
function isMadeByOthers(
  path: string,
  markedPod: MarkedPod,
  { directories }: MarkedManifests,
): boolean {
  const real = realPath(path);
  return [
    ...directories.usesIn(real, markedPod.pod.manifest),
    ...directories.usesAbove(real, markedPod.pod.manifest),
  ].some(({ mount }) => !mount.readOnly);
}
