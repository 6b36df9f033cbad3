import { forEachSharingPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { DEV_SHM } from '../kube/well-known';

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
  why: "The kubelet makes the directory as root's, 0755. A container that is not root gets EACCES, and a client that makes it opens the gate before the agent has been there.",
  fix: 'let an init container of the agent, which is root, make the directory with its owner and mode; clients write type: Directory',
  fact: 'A fresh directory of DirectoryOrCreate is 0755 root:root; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types',
  wrong: pod('DirectoryOrCreate # SHM111 warning', 'runAsUser: 1000'),
  right: pod('Directory', 'runAsUser: 1000'),
  check: forEachSharingPod((markedPod, found) => {
    for (const { volume, type } of markedPod.hostPaths) {
      if (type !== 'DirectoryOrCreate') {
        continue;
      }
      const mounts = markedPod.sharedMounts.filter(
        mount => mount.volume === volume && mount.hostPath !== DEV_SHM,
      );
      const prepared = mounts.some(
        ({ container }) => container.role === 'init' && !markedPod.pod.isNonRoot(container),
      );
      const shut = mounts.find(
        mount =>
          mount.container.role !== 'init' &&
          !mount.readOnly &&
          markedPod.pod.isNonRoot(mount.container),
      );
      if (shut && !prepared) {
        found(
          inVolume(
            markedPod,
            volume,
            'hostPath/type',
            `the kubelet makes ${shut.hostPath} as root's, 0755: container ${shut.container.name} is not root and cannot write there`,
          ),
        );
      } else if (mounts.length > 0 && markedPod.marks.some(mark => mark.side === 'client')) {
        found(
          inVolume(
            markedPod,
            volume,
            'hostPath/type',
            `a client makes ${mounts[0].hostPath} where it is missing, as root's, 0755, and starts before the agent`,
            { severity: 'error', fix: 'write type: Directory' },
          ),
        );
      }
    }
  }),
};
