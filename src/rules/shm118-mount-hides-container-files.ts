import { forEachPod, type Rule } from './rule';
import { inMount } from './rule-match';
import { hidesContainerFiles } from '../model/contract/memory-check';

const pod = (mountPath: string, found: string) => `apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  containers:
    - name: reader
      image: registry.example.com/reader:1
      volumeMounts:
        - { name: table, mountPath: ${mountPath}, readOnly: true }${found}
  volumes:
    - name: table
      hostPath: { path: /run/cdk8s-shared-memory/agents.routes/v1/table, type: Directory }
`;

export const SHM118: Rule = {
  id: 'SHM118',
  title: "shared memory is mounted over the container's own files",
  severity: 'warning',
  why: 'The mount hides what the image, the kubelet or the runtime has put there: programs and libraries, resolv.conf, the token of the service account, or pid files and sockets of the container itself.',
  fix: 'mount it at a directory of its own, for example /run/routes',
  fact: 'A mount hides the previous contents of its mount point for as long as it is there.',
  link: 'https://man7.org/linux/man-pages/man2/mount.2.html',
  wrong: pod('/run', ' # SHM118 warning'),
  right: pod('/run/routes', ''),
  check: forEachPod((markedPod, found, { directories }) => {
    for (const mount of markedPod.pod.mounts) {
      if (
        hidesContainerFiles(mount.at) &&
        directories.isShared(mount) &&
        // the same path as on the node is what programs of the node expect
        directories.useOf(mount)?.path !== mount.at
      ) {
        found(
          inMount(
            markedPod,
            mount,
            'mountPath',
            `shared memory is mounted at ${mount.at}, and hides the files that container ${mount.container.name} has there`,
          ),
        );
      }
    }
  }),
};
