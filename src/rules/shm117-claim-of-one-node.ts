import { forEachPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { at, itemsOf, textOf } from '../kube/json';
import { claimOf, nodeDirectoryOf } from '../kube/persistent-volume';
import { selectsOneNode } from '../sharing/node-placement';

const set = (mode: string, comment: string) => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: socket }
spec:
  storageClassName: standard
  accessModes: [${mode}]
  resources: { requests: { storage: 1Mi } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: cache }
spec:
  selector: { matchLabels: { app: cache } }
  template:
    metadata: { labels: { app: cache } }
    spec:
      containers:
        - name: cache
          image: registry.example.com/cache:1
          volumeMounts:
            - { name: socket, mountPath: /opt/socket }
      volumes:
        - name: socket
          persistentVolumeClaim: { claimName: socket }${comment}
`;

export const SHM117: Rule = {
  id: 'SHM117',
  title: 'a claim that only one node can mount, in a DaemonSet',
  severity: 'error',
  why: 'The pods of a DaemonSet mount the same claim. With ReadWriteOnce, it is attached to one node, and the pods of all other nodes stay in ContainerCreating or Pending. Sockets and shared memory do not reach other nodes through network storage either.',
  fix: 'share a directory of each node: a contract, or a hostPath volume of type Directory',
  fact: 'ReadWriteOnce: "the volume can be mounted as read-write by a single node"; on a second node: FailedAttachVolume, Multi-Attach error.',
  link: 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes',
  wrong: set('ReadWriteOnce', ' # SHM117 error'),
  right: set('ReadWriteMany', ''),
  check: forEachPod((markedPod, found, { set: manifests }) => {
    const { manifest } = markedPod.pod;
    if (manifest.kind !== 'DaemonSet') {
      return;
    }
    for (const volume of markedPod.pod.volumes) {
      const name = claimOf(volume.json);
      if (name === undefined) {
        continue;
      }
      const claim = manifests.claimNamed(manifest.namespace, name);
      const modes = itemsOf(at(claim?.json, 'spec', 'accessModes')).map(textOf);
      const isOfNode =
        nodeDirectoryOf(manifests.volumeBehind(manifest.namespace, name)?.json) !== undefined;
      if (
        modes.length === 0 ||
        !modes.every(mode => /^ReadWriteOnce(Pod)?$/.test(mode)) ||
        isOfNode ||
        selectsOneNode(markedPod.pod)
      ) {
        continue;
      }
      found(
        inVolume(
          markedPod,
          volume,
          'persistentVolumeClaim/claimName',
          `claim ${name} is ${modes.join(' and ')}: only the pods of one node can mount it, and a DaemonSet has pods on all nodes`,
        ),
      );
    }
  }),
};
