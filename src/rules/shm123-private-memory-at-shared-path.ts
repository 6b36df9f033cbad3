import { namedPaths, type NamedPath } from './container-texts';
import type { Rule } from './rule';
import { inContainer, type RuleMatch } from './rule-match';
import { isAtOrBelow } from '../kube/path';
import type { Container } from '../kube/pod-template';
import { DEV_SHM } from '../kube/well-known';
import type { ManifestSet } from '../read/manifest-set';
import type { Pod } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { isOwn, roomAt, type OwnRoom } from '../sharing/room';

const set = (volume: string, comment = '') => `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: driver, namespace: media }
spec:
  selector: { matchLabels: { app: driver } }
  template:
    metadata: { labels: { app: driver } }
    spec:
      containers:
        - name: driver
          image: registry.example.com/driver:1
          args: [--dir=/run/media/driver]
          volumeMounts: [{ name: media, mountPath: /run/media }]
      volumes:
        - { name: media, hostPath: { path: /run/media, type: Directory } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop }
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      resources: { limits: { memory: 128Mi } }
      env:
        - name: MEDIA_DIR
          value: /run/media/driver${comment}
      volumeMounts: [{ name: media, mountPath: /run/media }]
  volumes:
    - { name: media, ${volume} }
`;

export const SHM123: Rule = {
  id: 'SHM123',
  title:
    'a program names a file that another workload has on the node, and its pod has memory of its own there',
  severity: 'warning',
  why: "An emptyDir, and a container's own /dev/shm, belong to one pod. The program looks for the other side in memory that the other side does not have, and finds nothing: it waits, times out, or begins anew.",
  fix: 'mount the same directory of the node on both sides, or better, share one below /run/cdk8s-shared-memory with a contract; if the two have nothing to do with each other, acknowledge the finding',
  fact: 'Aeron says "DriverTimeoutException" if no media driver is in aeron.dir, varnishlog "Could not get hold of varnishd", and shm_open ENOENT.',
  link: 'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
  wrong: set('emptyDir: { medium: Memory, sizeLimit: 64Mi }', ' # SHM123 warning'),
  right: set('hostPath: { path: /run/media, type: Directory }'),
  check: marked => {
    const onNode = pathsOnNodes(marked);
    return onNode.size === 0
      ? []
      : marked.pods.flatMap(markedPod => [...missing(marked, markedPod, onNode)]);
  },
};

/** Returns the files on nodes that programs name, and a workload that has them there. */
function pathsOnNodes(marked: MarkedManifests): ReadonlyMap<string, MarkedPod> {
  const found = new Map<string, MarkedPod>();
  for (const markedPod of marked.pods) {
    const { pod } = markedPod;
    const ofNode = pod.mounts.some(mount => marked.directories.useOf(mount)) || pod.is('hostIPC');
    for (const container of ofNode ? pod.containers : []) {
      for (const { path } of namedPaths(container)) {
        const mount = markedPod.pod.mountOf(container, path);
        const isOnNode =
          mount === undefined
            ? pod.is('hostIPC') && path.startsWith(`${DEV_SHM}/`)
            : path !== mount.at && marked.directories.useOf(mount) !== undefined;
        if (isOnNode && !found.has(path)) {
          found.set(path, markedPod);
        }
      }
    }
  }
  return found;
}

function* missing(
  { set: manifests }: MarkedManifests,
  markedPod: MarkedPod,
  onNode: ReadonlyMap<string, MarkedPod>,
): Generator<RuleMatch> {
  const { pod } = markedPod;
  const named = pod.containers.map(container => ({ container, paths: namedPaths(container) }));
  for (const { container, paths } of named) {
    for (const each of paths) {
      const { path } = each;
      const other = onNode.get(path);
      // two containers of a pod that name the file meet each other
      const isAlone = named.every(
        its => its.container === container || !its.paths.some(also => also.path === path),
      );
      const room =
        other !== undefined && other.pod.manifest !== pod.manifest && isAlone
          ? ownRoomAt(manifests, pod, container, path)
          : undefined;
      if (other && room) {
        yield matchOf(markedPod, container, each, other, room);
        break;
      }
    }
  }
}

function matchOf(
  markedPod: MarkedPod,
  container: Container,
  { path, field }: NamedPath,
  other: MarkedPod,
  room: OwnRoom,
): RuleMatch {
  const { kind, namespace, name } = other.pod.manifest;
  return inContainer(
    markedPod,
    container,
    field,
    `container ${container.name} names ${path}, which ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name} has on the node; here it is in ${wordsOf(room)}, which no other pod sees`,
  );
}

/**
 * Returns what a container has of its own at a path, where programs look for memory. Files on disk
 * count at /dev/shm alone: elsewhere, they are logs and the like. Absent if it has nothing there,
 * and if another container of the pod has a volume there, which SHM105 reports.
 */
function ownRoomAt(
  manifests: ManifestSet,
  pod: Pod,
  container: Container,
  path: string,
): OwnRoom | undefined {
  const room = roomAt(manifests, pod, container, path);
  const isForMemory = room.kind !== 'disk' || isAtOrBelow(path, DEV_SHM);
  return isOwn(room) &&
    isForMemory &&
    (pod.mountOf(container, path) !== undefined ||
      pod.mounts.every(({ at }) => !isAtOrBelow(path, at)))
    ? room
    : undefined;
}

function wordsOf(room: OwnRoom): string {
  if (room.kind === 'default') {
    return "the container's own /dev/shm";
  }
  return room.volume
    ? `emptyDir ${room.volume.name}`
    : 'the emptyDir that KubeRay mounts at /dev/shm';
}
