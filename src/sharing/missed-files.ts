import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { isOwn, roomAt, type OwnRoom } from './room';
import { getOrCreate } from '../kube/group';
import { isAtOrBelow } from '../kube/path';
import type { Container } from '../kube/pod-template';
import { DEV_SHM } from '../kube/well-known';
import { namedPaths, type NamedPath } from '../read/container-texts';
import type { ManifestSet } from '../read/manifest-set';
import type { Pod } from '../read/pod';

/**
 * A file that a program names and another workload has on the node, where the program's pod has
 * memory of its own.
 */
export interface MissedFile {
  readonly container: Container;
  readonly named: NamedPath;
  /** Who has it on the node. */
  readonly other: MarkedPod;
  /** What the container has there instead. */
  readonly room: OwnRoom;
}

const known = new WeakMap<MarkedManifests, ReadonlyMap<MarkedPod, readonly MissedFile[]>>();

/** Returns the files that pods miss, at most one for each container. */
export function missedFiles(
  marked: MarkedManifests,
): ReadonlyMap<MarkedPod, readonly MissedFile[]> {
  return getOrCreate(known, marked, () => {
    const onNode = pathsOnNodes(marked);
    return new Map(
      onNode.size === 0
        ? []
        : marked.pods.map(markedPod => [markedPod, missedBy(marked.set, markedPod.pod, onNode)]),
    );
  });
}

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

function missedBy(
  manifests: ManifestSet,
  pod: Pod,
  onNode: ReadonlyMap<string, MarkedPod>,
): MissedFile[] {
  const all = pod.containers.map(container => ({ container, paths: namedPaths(container) }));
  return all.flatMap(({ container, paths }) => {
    for (const named of paths) {
      const { path } = named;
      const other = onNode.get(path);
      // two containers of a pod that name the file meet each other
      const isAlone = all.every(
        its => its.container === container || !its.paths.some(also => also.path === path),
      );
      const room =
        other !== undefined && other.pod.manifest !== pod.manifest && isAlone
          ? ownRoomAt(manifests, pod, container, path)
          : undefined;
      if (other && room) {
        return [{ container, named, other, room }];
      }
    }
    return [];
  });
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
