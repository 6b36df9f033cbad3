import { mountedPlace } from './mounted-places';
import { at, isObject, textOf } from '../kube/json';
import { isAtOrBelow, overlaps } from '../kube/path';
import type { Container } from '../kube/pod-template';
import { formatBytes, parseBytes } from '../kube/quantity';
import { DEV_SHM } from '../kube/well-known';
import type { ManifestSet } from '../read/manifest-set';
import type { Mount, Pod, Volume } from '../read/pod';
import { podLimit } from '../read/pod-memory';
import { servingRuntimeOf, type ServingRuntime } from '../read/serving-runtime';

/** The size of /dev/shm in a container without a volume there, in containerd and CRI-O. */
const DEFAULT_BYTES = 64n * 1024n * 1024n;

/** Annotations with which CRI-O changes that size. */
const CRI_O_SIZES = ['io.kubernetes.cri-o.ShmSize', 'shm-size.crio.io'];

/** What a container has at a path for its shared memory. */
export type Room =
  /**
   * The pod's own tmpfs at /dev/shm, which the container runtime makes. `bytes` is absent if an
   * annotation asks for another size.
   */
  | { readonly kind: 'default'; readonly bytes?: bigint }
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
  /** An emptyDir on the disk of the node. */
  | { readonly kind: 'disk'; readonly volume: Volume }
  /** Memory of the node, which other pods can have too. */
  | { readonly kind: 'node' }
  | { readonly kind: 'unknown' };

/** What belongs to one pod: no other pod has it. */
export type OwnRoom = Extract<Room, { readonly kind: 'default' | 'volume' | 'disk' }>;

/** Memory of a pod's own. */
export type OwnMemory = Extract<Room, { readonly bytes?: bigint }>;

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
  const runtime = servingRuntimeOf(set, pod, container);
  if (isInNodeIpc(pod, runtime)) {
    return { kind: 'node' };
  }
  if (!isWhole(pod, runtime, path)) {
    return { kind: 'unknown' };
  }
  const isSized = CRI_O_SIZES.some(key => at(pod.metadata, 'annotations', key) !== undefined);
  return { kind: 'default', ...(isSized ? {} : { bytes: DEFAULT_BYTES }) };
}

/** Checks whether a container is certain not to be in the IPC namespace of its node. */
export function hasOwnIpc(set: ManifestSet, pod: Pod, container: Container): boolean {
  const runtime = servingRuntimeOf(set, pod, container);
  const isKnown = runtime !== undefined || (pod.joinedWith === undefined && !pod.isPartial);
  return isKnown && !isInNodeIpc(pod, runtime);
}

function isInNodeIpc(pod: Pod, runtime: ServingRuntime | undefined): boolean {
  return pod.is('hostIPC') || runtime?.pod.is('hostIPC') === true;
}

/**
 * Checks whether no other object can mount something at a path: all of the pod is known, and it is
 * not merged with another object, or with one in the set that has nothing there.
 */
function isWhole(pod: Pod, runtime: ServingRuntime | undefined, path: string): boolean {
  return runtime
    ? !runtime.pod.mounts.some(
        mount => mount.container === runtime.container && overlaps(mount.at, path),
      )
    : pod.joinedWith === undefined && !pod.isPartial;
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
  if (mount.volume && isObject(mount.volume.json.emptyDir)) {
    return { kind: 'disk', volume: mount.volume };
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
  return room.kind === 'disk' || isMemory(room);
}

function isMemory(room: Room): room is OwnMemory {
  return room.kind === 'default' || room.kind === 'volume';
}

/** Checks whether a room is memory, and certainly less than an amount. */
export function isBelow(room: Room, bytes: bigint): room is OwnMemory & { readonly bytes: bigint } {
  return isMemory(room) && room.bytes !== undefined && room.bytes < bytes;
}

/** Checks whether a room certainly has no more than a container has without a volume. */
export function isSmall(room: Room): room is OwnMemory & { readonly bytes: bigint } {
  return isMemory(room) && room.bytes !== undefined && room.bytes <= DEFAULT_BYTES;
}

/** Checks whether a room is what a container has without a volume, of the usual size. */
export function isDefault(room: Room): boolean {
  return room.kind === 'default' && room.bytes !== undefined;
}
