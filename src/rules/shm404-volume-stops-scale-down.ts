import { suggestion } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { at, textOf } from '../kube/json';
import { SAFE_TO_EVICT, SAFE_TO_EVICT_VOLUMES } from '../kube/well-known';

const set = (metadata: string, comment: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata:
      labels: { app: api }${metadata}
    spec:
      containers:
        - name: api
          image: registry.example.com/api:1
          volumeMounts:
            - { name: shm, mountPath: /dev/shm }
      volumes:
        - name: shm${comment}
          hostPath: { path: /dev/shm, type: Directory } # SHM303 warning
`;

export const SHM404: Rule = {
  id: 'SHM404',
  title: 'a volume that keeps the cluster autoscaler from removing the node',
  severity: 'note',
  why: 'By default, the cluster autoscaler does not drain a node with a pod that has local storage, which a hostPath volume is. Memory that pods of a node share can be lost with the node, so the pod can say that this volume does not matter.',
  fix: 'list the volume in the annotation cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes of the pod template',
  fact: 'Cluster Autoscaler FAQ: pods with local storage prevent it from removing a node (--skip-nodes-with-local-storage, true by default), unless the annotation lists all local volumes. DaemonSet pods do not count.',
  link: 'https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node',
  wrong: set('', ' # SHM404 note'),
  right: set(
    `\n      annotations:\n        cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: shm`,
    '',
  ),
  check: forEachPod((markedPod, found, { directories }) => {
    const { manifest, metadata, isPartial } = markedPod.pod;
    if (!SCALED.includes(manifest.kind) || isPartial) {
      return;
    }
    const says = (key: string) => textOf(at(metadata, 'annotations', key) ?? '');
    const safe = says(SAFE_TO_EVICT_VOLUMES).split(',');
    if (says(SAFE_TO_EVICT) === 'true') {
      return;
    }
    for (const volume of markedPod.pod.volumes) {
      if (
        volume.json.hostPath !== undefined &&
        !safe.includes(volume.name) &&
        markedPod.pod.mountsOfVolume(volume).some(mount => directories.isShared(mount))
      ) {
        const listed = [...safe, volume.name].filter(each => each !== '').join(',');
        found(
          inVolume(
            markedPod,
            volume,
            'name',
            `hostPath volume ${volume.name} counts as local storage: the cluster autoscaler does not remove a node with this pod`,
            {
              fix: `write the annotation ${SAFE_TO_EVICT_VOLUMES}: ${listed} in the pod template`,
              remedies: () => [
                suggestion(`write the annotation ${SAFE_TO_EVICT_VOLUMES}`, {
                  do: 'set',
                  pointer: `${markedPod.pod.path.replace(/\/spec$/, '')}/metadata/annotations/${SAFE_TO_EVICT_VOLUMES.replace('/', '~1')}`,
                  value: listed,
                }),
              ],
            },
          ),
        );
      }
    }
  }),
};

/** Kinds whose pods the autoscaler moves to other nodes. */
const SCALED = [
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
  'Job',
  'CronJob',
];
