import { at, textOf } from '../../kube/json';
import { isAtOrBelow, overlaps } from '../../kube/path';
import type { Container } from '../../kube/pod-template';
import { formatBytes, parseBytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';
import type { ManifestSet } from '../../read/manifest-set';
import type { Mount, Pod, Volume } from '../../read/pod';
import { podLimit } from '../../read/pod-memory';
import { servingRuntimeOf } from '../../read/serving-runtime';
import { mountedPlace } from '../../sharing/mounted-places';

/** The size of /dev/shm in a container without a volume there, in containerd and CRI-O. */
const DEFAULT_BYTES = 64n * 1024n * 1024n;

/** Annotations with which CRI-O changes that size. */
const CRI_O_SIZES = ['io.kubernetes.cri-o.ShmSize', 'shm-size.crio.io'];

/** What a container has at a path for its shared memory. */
export type Room =
  /** The pod's own tmpfs at /dev/shm, which the container runtime makes. */
  | { readonly kind: 'default'; readonly bytes: bigint }
  /**
   * A memory-medium emptyDir. `bytes` and its words `size` are absent if the size is not known, and
   * `volume` if an operator makes it.
   */
  | {
      readonly kind: 'volume';
      readonly bytes?: bigint;
      readonly size?: string;
      readonly volume?: Volume;
    }
  /** Memory of the node, which other pods can have too. */
  | { readonly kind: 'node' }
  | { readonly kind: 'unknown' };

/** The room of a pod's own. */
export type OwnRoom = Extract<Room, { readonly bytes?: bigint }>;

/** Returns what a container has at a path. */
export function roomAt(set: ManifestSet, pod: Pod, container: Container, path: string): Room {
  const own = pod.mounts.filter(mount => mount.container === container);
  if (own.some(mount => mount.at !== path && isAtOrBelow(mount.at, path))) {
    return { kind: 'unknown' };
  } // a part of it is elsewhere
  const mount = pod.mountOf(container, path);
  if (mount) {
    return roomOf(set, pod, mount);
  }
  if (!isAtOrBelow(path, DEV_SHM)) {
    return { kind: 'unknown' };
  }
  if (pod.manifest.apiVersion.startsWith('ray.io/') && container === pod.containers[0]) {
    return { kind: 'volume', ...sizeOf(kubeRaySize(container)) };
  }
  if (pod.is('hostIPC')) {
    return { kind: 'node' };
  }
  const isOpen =
    !isWhole(set, pod, container, path) ||
    CRI_O_SIZES.some(key => at(pod.metadata, 'annotations', key) !== undefined);
  return isOpen ? { kind: 'unknown' } : { kind: 'default', bytes: DEFAULT_BYTES };
}

/**
 * Checks whether no other object can mount something at a path: the pod is not merged with another
 * object, or with one in the set that has nothing there.
 */
function isWhole(set: ManifestSet, pod: Pod, container: Container, path: string): boolean {
  const runtime = servingRuntimeOf(set, pod, container);
  return runtime
    ? !runtime.pod.mounts.some(
        mount => mount.container === runtime.container && overlaps(mount.at, path),
      )
    : pod.joinedWith === undefined;
}

function roomOf(set: ManifestSet, pod: Pod, mount: Mount): Room {
  const place = mountedPlace(set, pod, mount);
  if (place.kind === 'memory' && mount.volume) {
    const { volume } = mount;
    const written = at(volume.json, 'emptyDir', 'sizeLimit');
    const bytes = parseBytes(written) ?? 0n;
    const limit = podLimit(pod); // the tmpfs is never larger
    const most = typeof limit === 'bigint' ? limit : undefined;
    return bytes > 0n && (most === undefined || bytes <= most)
      ? { kind: 'volume', bytes, size: textOf(written), volume }
      : { kind: 'volume', volume, ...sizeOf(most) };
  }
  return { kind: place.kind === 'node' || place.kind === 'claim' ? 'node' : 'unknown' };
}

function sizeOf(bytes: bigint | undefined): { bytes?: bigint; size?: string } {
  return bytes === undefined ? {} : { bytes, size: formatBytes(bytes) };
}

/**
 * KubeRay mounts a memory-medium emptyDir at /dev/shm unless the pod template does. Its sizeLimit
 * is the container's memory limit, or its request.
 *
 * @see https://github.com/ray-project/kuberay/blob/master/ray-operator/controllers/ray/common/pod.go
 */
function kubeRaySize({ json }: Container): bigint | undefined {
  return parseBytes(
    at(json, 'resources', 'limits', 'memory') ?? at(json, 'resources', 'requests', 'memory'),
  );
}

/** Checks whether a room belongs to the pod: no other pod has it. */
export function isOwn(room: Room): room is OwnRoom {
  return room.kind === 'default' || room.kind === 'volume';
}

/** Checks whether a room is certainly smaller than an amount of memory. */
export function isBelow(room: Room, bytes: bigint): room is OwnRoom {
  return isOwn(room) && room.bytes !== undefined && room.bytes < bytes;
}

/** Checks whether a room certainly has no more than a container has without a volume. */
export function isSmall(room: Room): room is OwnRoom & { readonly bytes: bigint } {
  return isOwn(room) && room.bytes !== undefined && room.bytes <= DEFAULT_BYTES;
}

/** Says how large a room is, as the end of a sentence. */
export function roomWords(room: OwnRoom): string {
  if (room.kind === 'default') {
    return `/dev/shm has ${formatBytes(room.bytes)} without a volume`;
  }
  const { size, volume } = room;
  return volume
    ? `volume ${volume.name} has ${size}`
    : `the volume that KubeRay mounts at /dev/shm has ${size}`;
}

/** Returns the fix that gives a container enough room. */
export function roomFix(bytes: bigint | string, path = DEV_SHM): string {
  const size = typeof bytes === 'string' ? bytes : formatBytes(bytes);
  return `mount an emptyDir with medium: Memory and sizeLimit: ${size} or more at ${path}, and set a memory limit above that`;
}
