import { exampleMark } from './example-mark';
import { forEachSharingPod, type Rule } from './rule';
import { inMark } from './rule-match';

const RUN = {
  name: 'ipc',
  api: 'files',
  size: '1Mi',
  mountPath: '/run/vendor',
  backing: 'existing',
  path: '/run/vendor',
};

const pod = (contains: string, found: string) => `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  annotations:
${exampleMark('client', { ...RUN, contains }, ['web']).replace('/v1"', '/v2"')}${found}
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      volumeMounts:
        - { name: ipc, mountPath: /run/vendor, readOnly: true }
  volumes:
    - name: ipc
      persistentVolumeClaim: { claimName: routes-ipc-v1-ro, readOnly: true }
`;

export const SHM310: Rule = {
  id: 'SHM310',
  title: 'sockets of the node in reach of a client',
  severity: 'warning',
  why: 'A read-only mount covers files and directories. A client can still connect to every Unix socket in the directory that its user may write, and talk to whatever listens there with the rights of that process.',
  fix: 'share a directory without sockets; if the client needs them, acknowledge the finding in the contract, with the reason',
  fact: 'connect(2) to a Unix socket on a read-only mount succeeds; seen on Kubernetes 1.33 and 1.37.',
  link: 'https://man7.org/linux/man-pages/man7/unix.7.html',
  wrong: pod('sockets', ' # SHM310 warning'),
  right: pod('files', ''),
  check: forEachSharingPod((markedPod, found) => {
    for (const { mark, memory } of markedPod.memories) {
      if (mark.side === 'client' && memory.contains === 'sockets') {
        found(
          inMark(
            markedPod,
            mark,
            `clients of contract ${mark.contract} can talk to whatever listens in ${memory.path} of the node, however they mount it`,
          ),
        );
      }
    }
  }),
};
