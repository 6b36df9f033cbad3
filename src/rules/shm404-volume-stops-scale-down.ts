import { suggestion } from './remedy';
import { forEachPod, type Rule } from './rule';
import { inVolume } from './rule-match';
import { at, isObject, textOf } from '../kube/json';
import { SAFE_TO_EVICT, SAFE_TO_EVICT_VOLUMES } from '../kube/well-known';
import type { Volume } from '../read/pod';

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
  why: 'By default, the cluster autoscaler does not drain a node with a pod that has local storage, such as a hostPath volume or an emptyDir on disk. Memory that pods of a node share can be lost with the node, so the pod can say that this volume does not matter. The annotation has to list all local volumes of the pod: one that it does not list keeps the node.',
  fix: 'list all local volumes in the annotation cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes of the pod template; or write cluster-autoscaler.kubernetes.io/safe-to-evict: "false", if the node must stay',
  fact: 'Cluster Autoscaler FAQ: pods with local storage prevent it from removing a node (--skip-nodes-with-local-storage, true by default), unless the annotation lists all local volumes. DaemonSet pods do not count. isLocalVolume in utils/drain: a hostPath volume, or an emptyDir whose medium is not Memory.',
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
    if (['true', 'false'].includes(says(SAFE_TO_EVICT))) {
      return;
    } // the pod says itself whether it may be evicted
    const safe = says(SAFE_TO_EVICT_VOLUMES)
      .split(',')
      .filter(name => name !== '');
    const blocking = markedPod.pod.volumes.filter(
      volume => isLocal(volume) && !safe.includes(volume.name),
    );
    const listed = [...safe, ...blocking.map(({ name }) => name)].join(',');
    for (const volume of blocking) {
      if (
        volume.json.hostPath !== undefined &&
        markedPod.pod.mountsOfVolume(volume).some(mount => directories.isShared(mount))
      ) {
        found(
          inVolume(
            markedPod,
            volume,
            'name',
            `hostPath volume ${volume.name} counts as local storage: the cluster autoscaler does not remove a node with this pod`,
            {
              fix: `write the annotation ${SAFE_TO_EVICT_VOLUMES}: ${listed} in the pod template`,
              remedies: () => [
                suggestion(`write the annotation ${SAFE_TO_EVICT_VOLUMES}: ${listed}`, {
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

/**
 * Checks whether the autoscaler counts a volume as local storage. A memory-medium emptyDir no
 * longer counts, since pull request 5551 of 2023.
 *
 * @see https://github.com/kubernetes/autoscaler/pull/5551
 */
function isLocal({ json: { hostPath, emptyDir } }: Volume): boolean {
  return isObject(hostPath) || (isObject(emptyDir) && emptyDir.medium !== 'Memory');
}
