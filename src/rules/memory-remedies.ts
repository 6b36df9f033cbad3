import { suggestion, type FieldChange, type Remedy } from './remedy';
import { at, pointer } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { formatBytes, parseBytes, roundUpToMebibytes } from '../kube/quantity';
import type { Pod, Volume } from '../read/pod';
import { limitOf, requestOf } from '../read/pod-memory';
import type { MarkedPod } from '../sharing/marked-pod';

const written = (bytes: bigint) => formatBytes(roundUpToMebibytes(bytes));
const least = (a: bigint, b: bigint) => (a < b ? a : b);

/** Returns the remedy that raises the memory limit of a container: the memory, and what it had. */
export function raisedLimit(
  { pod }: MarkedPod,
  container: Container,
  bytes: bigint,
): () => readonly Remedy[] {
  const value = written(bytes);
  return () => [
    suggestion(
      `raise the memory limit of container ${container.name} to ${value}`,
      amount(pod, container, 'limits', value),
    ),
  ];
}

/**
 * Returns the remedy that raises the memory request of a container by the bytes of shared memory,
 * at most to its limit. None if the limit is too small for them.
 */
export function raisedRequest(pod: Pod, container: Container, bytes: bigint): Remedy[] {
  const limit = limitOf(pod, container);
  const had = requestOf(pod, container);
  if (
    had === 'unknown' ||
    limit === 'unknown' ||
    (limit !== 'absent' && limit < bytes) ||
    pod.at('resources') !== undefined
  ) {
    return [];
  }
  const wanted = roundUpToMebibytes(bytes + (had === 'absent' ? 0n : had));
  const value = formatBytes(limit === 'absent' ? wanted : least(wanted, limit));
  return [
    suggestion(
      `raise the memory request of container ${container.name} to ${value}`,
      amount(pod, container, 'requests', value),
    ),
  ];
}

/**
 * Returns the remedy that makes a memory-medium emptyDir larger. The memory limit of the container
 * that fills it stays above its size, and its request grows with it.
 */
export function grownVolume(
  { pod }: MarkedPod,
  container: Container,
  volume: Volume,
  bytes: bigint,
): Remedy[] {
  const size = roundUpToMebibytes(bytes);
  const had = parseBytes(at(volume.json, 'emptyDir', 'sizeLimit')) ?? 0n;
  const grows = size > had;
  const room = madeRoom(pod, container, size, grows ? size - had : 0n);
  if (!room || (!grows && room.length === 0)) {
    return [];
  }
  const pointerOfSize = `${volume.path}/emptyDir/sizeLimit`;
  return [
    suggestion(
      `give volume ${volume.name} ${formatBytes(size)}`,
      ...(grows ? [{ do: 'set' as const, pointer: pointerOfSize, value: formatBytes(size) }] : []),
      ...room,
    ),
  ];
}

/**
 * Returns the remedy that mounts a memory-medium emptyDir in a container. None without a memory
 * limit: how much the container itself needs is not known.
 */
export function addedVolume(
  { pod }: MarkedPod,
  container: Container,
  path: string,
  bytes: bigint,
): Remedy[] {
  const size = roundUpToMebibytes(bytes);
  const room = madeRoom(pod, container, size, size);
  const isPlain = pod.volumes.every(volume => volume.path.startsWith(`${pod.path}/volumes/`));
  if (!room || !isPlain || limitOf(pod, container) === 'absent') {
    return [];
  }
  const names = pod.volumes.map(volume => volume.name);
  const name = ['dshm', 'shared-memory'].find(each => !names.includes(each));
  return name === undefined
    ? []
    : [
        suggestion(
          `mount a memory-medium emptyDir of ${formatBytes(size)} at ${path}`,
          {
            do: 'append',
            pointer: `${pod.path}/volumes`,
            value: { name, emptyDir: { medium: 'Memory', sizeLimit: formatBytes(size) } },
          },
          {
            do: 'append',
            pointer: `${pod.pathOf(container)}/volumeMounts`,
            value: { name, mountPath: path },
          },
          ...room,
        ),
      ];
}

/**
 * Returns the changes that keep the memory limit of a container above the size of a volume, and let
 * its request grow with it. Absent if the limit is not known, or is one of the pod.
 *
 * @param more by how much the volume grows
 */
function madeRoom(
  pod: Pod,
  container: Container,
  size: bigint,
  more: bigint,
): FieldChange[] | undefined {
  const limit = limitOf(pod, container);
  if (limit === 'unknown' || pod.at('resources') !== undefined) {
    return undefined;
  }
  const isTooSmall = limit !== 'absent' && limit <= size;
  const room = isTooSmall ? roundUpToMebibytes(limit + size) : limit;
  const request = parseBytes(at(container.json, 'resources', 'requests', 'memory'));
  const wanted = roundUpToMebibytes((request ?? 0n) + more);
  const asked = room === 'absent' ? wanted : least(wanted, room);
  return [
    ...(isTooSmall && room !== 'absent'
      ? [amount(pod, container, 'limits', formatBytes(room))]
      : []),
    ...(request !== undefined && asked > request
      ? [amount(pod, container, 'requests', formatBytes(asked))]
      : []),
  ];
}

function amount(
  pod: Pod,
  container: Container,
  kind: 'limits' | 'requests',
  value: string,
): FieldChange {
  return {
    do: 'set',
    pointer: pod.pathOf(container) + pointer('resources', kind, 'memory'),
    value,
  };
}
