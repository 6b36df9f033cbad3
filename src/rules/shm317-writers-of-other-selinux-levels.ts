import { forEachPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { at, isObject } from '../kube/json';
import { claimOf } from '../kube/persistent-volume';
import type { ManifestSet } from '../read/manifest-set';
import type { Mount, Pod } from '../read/pod';
import { seLinuxLevel } from '../read/selinux-level';
import type { DirectoryUse } from '../sharing/shared-directories';

const writer = (name: string, level: string, comment: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop }
spec:
  securityContext: { ${level} }${comment}
  containers:
    - name: app
      image: registry.example.com/app:1
      resources: { limits: { memory: 512Mi } }
      volumeMounts:
        - { name: table, mountPath: /run/table }
  volumes:
    - name: table
      persistentVolumeClaim: { claimName: table }
---
`;
const LEVEL = 'seLinuxOptions: { level: s0 }';
const VOLUME = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: table, namespace: shop }
spec:
  accessModes: [ReadWriteMany]
  resources: { requests: { storage: 1Gi } }
  storageClassName: ''
  volumeName: table
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: table }
spec:
  accessModes: [ReadWriteMany]
  capacity: { storage: 1Gi }
  claimRef: { name: table, namespace: shop }
  local: { path: /mnt/table }
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions: [{ key: example.com/disk, operator: Exists }]
`;

export const SHM317: Rule = {
  id: 'SHM317',
  title: 'pods that write to one local volume have different SELinux levels',
  severity: 'warning',
  why: 'If SELinux is enforcing, the container runtime gives a local volume that a pod may write the level of that pod, each time such a pod starts. Pods of another level then get EACCES. A pod without a level gets one of its own. Manifests do not show whether nodes enforce SELinux, so this is only found if at least one of the pods has a level.',
  fix: 'write the same seLinuxOptions.level in the securityContext of each pod, for example s0; or mount the volume read-only, where the pod only reads',
  fact: 'For volumes that support it and are not read-only, the kubelet asks the runtime to relabel them; local volumes do. Without a level in the manifest, the runtime chooses one for each pod.',
  link: 'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#assign-selinux-labels-to-a-container',
  wrong:
    writer('first', LEVEL, '') + writer('second', 'runAsUser: 1000', ' # SHM317 warning') + VOLUME,
  right: writer('first', LEVEL, '') + writer('second', LEVEL, '') + VOLUME,
  check: forEachPod((markedPod, found, { directories, set }) => {
    const { pod } = markedPod;
    for (const mount of pod.mounts) {
      const use = directories.useOf(mount);
      const clash =
        use && isRelabelled(set, pod, mount) ? otherLevel(use, directories.directories) : undefined;
      if (clash) {
        const own = seLinuxLevel(pod, mount.container);
        found(
          inSpec(
            markedPod,
            isObject(pod.at('securityContext')) ? 'securityContext' : '',
            `${own === undefined ? 'no SELinux level' : `SELinux level ${own}`}, in a pod that may write ${clash.use.path} on the node; ${clash.use.markedPod.pod.manifest.kind} ${clash.use.markedPod.pod.manifest.name}, which shares it, has level ${clash.level}`,
          ),
        );
        return;
      }
    }
  }),
};

/**
 * Checks whether the runtime gives what is mounted the level of the pod: a claim to write, of a
 * local volume. The kubelet does not ask for that if the volume is a hostPath.
 */
function isRelabelled(set: ManifestSet, pod: Pod, mount: Mount): boolean {
  const claim = claimOf(mount.volume?.json);
  return (
    claim !== undefined &&
    !mount.readOnly &&
    isObject(at(set.volumeBehind(pod.manifest.namespace, claim)?.json, 'spec', 'local'))
  );
}

/** Returns a pod with another level that shares the directory, if one of them says its level. */
function otherLevel(
  { path, markedPod, mount }: DirectoryUse,
  all: ReadonlyMap<string, readonly DirectoryUse[]>,
): { readonly use: DirectoryUse; readonly level: string } | undefined {
  const own = seLinuxLevel(markedPod.pod, mount.container);
  for (const use of all.get(path) ?? []) {
    const level = seLinuxLevel(use.markedPod.pod, use.mount.container);
    if (level !== undefined && level !== own) {
      return { use, level };
    }
  }
  return undefined;
}
