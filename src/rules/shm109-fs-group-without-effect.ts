import { forEachPod, type Rule } from './rule';
import { inSpec } from './rule-match';
import { DEV_SHM } from '../kube/well-known';
import { isInContractDirectory } from '../model/contract/node-layout';
import { isPreparedByInit } from '../sharing/prepared-directories';

export const SHM109: Rule = {
  id: 'SHM109',
  title: 'fsGroup has no effect on the memory, or the wrong one',
  severity: 'warning',
  why: "The kubelet does not apply fsGroup to a hostPath volume: the directory keeps its owner and mode, and a process that is not root cannot write. The kubelet does apply fsGroup to a writable claim: if the group is not the contract's, the agent's live memory goes to that group, and all other clients get EACCES.",
  fix: "for a hostPath, let an init container of the agent set the owner and mode; for a writable claim, use the contract's group, in supplementalGroups",
  fact: "fsGroup 2000 does not change a hostPath directory. With a writable local PersistentVolume, the kubelet changed the agent's live object and its directory; seen on Kubernetes 1.33.",
  link: 'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods',
  wrong: `apiVersion: v1
kind: Pod
metadata: { name: agent }
spec:
  securityContext:
    runAsUser: 1000
    fsGroup: 2000 # SHM109 warning
  containers:
    - name: agent
      image: registry.example.com/agent:1
      volumeMounts:
        - { name: shm, mountPath: /dev/shm }
  volumes:
    - name: shm
      hostPath:
        path: /dev/shm/routes # SHM303 note
        type: Directory
`,
  right: `apiVersion: v1
kind: Pod
metadata: { name: agent }
spec:
  securityContext:
    runAsUser: 1000
    supplementalGroups: [2000]
  containers:
    - name: agent
      image: registry.example.com/agent:1
      volumeMounts:
        - { name: shm, mountPath: /dev/shm }
  volumes:
    - name: shm
      hostPath:
        path: /dev/shm/routes # SHM303 note
        type: Directory
`,
  check: forEachPod((markedPod, found, marked) => {
    const fsGroup = markedPod.at('securityContext', 'fsGroup');
    if (typeof fsGroup !== 'number') {
      return;
    }
    const mount = markedPod.pod.mounts.find(
      each =>
        each.hostPath !== undefined &&
        each.hostPath !== DEV_SHM && // every user can write there
        !isInContractDirectory(each.hostPath) &&
        !each.readOnly &&
        markedPod.pod.isNonRoot(each.container) &&
        !isPreparedByInit(markedPod.pod, each) &&
        marked.directories.isShared(each),
    );
    if (mount) {
      found(
        inSpec(
          markedPod,
          'securityContext/fsGroup',
          `fsGroup ${fsGroup} does not change ${mount.hostPath} of the node: a hostPath keeps its owner and mode`,
        ),
      );
    }
    for (const mark of markedPod.marks) {
      if (
        mark.side !== 'client' ||
        mark.access !== 'readWrite' ||
        mark.group === undefined ||
        mark.group === fsGroup
      ) {
        continue;
      }
      found(
        inSpec(
          markedPod,
          'securityContext/fsGroup',
          `the kubelet gives the memory of contract ${mark.contract} to group ${fsGroup} instead of its group ${mark.group}, if nobody else has it mounted`,
          { severity: 'error' },
        ),
      );
    }
  }),
};
