import type { Pod, Volume } from './pod';
import { at, type Json } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { parseBytes } from '../kube/quantity';

/**
 * Bytes of memory that something is limited to or asks for: absent, a number of bytes, or what is
 * not a quantity.
 */
export type Amount = bigint | 'absent' | 'unreadable';

/**
 * The memory limit of a container: its own, or its namespace's default. 0 counts as absent, as in
 * the kubelet; absent in parts of a pod is not known.
 */
export function limitOf(pod: Pod, container: Container): Amount {
  const limit = amount(
    at(container.json, 'resources', 'limits', 'memory') ??
      (container.role === 'ephemeral' ? undefined : pod.defaults.limit),
  );
  return pod.isPartial && limit === 'absent' ? 'unreadable' : limit;
}

/** The memory request of a container: its own, its namespace's default, or its limit. */
export function requestOf(pod: Pod, container: Container): Amount {
  const own = amount(at(container.json, 'resources', 'requests', 'memory'));
  if (own !== 'absent') {
    return own;
  }
  const limit = amount(at(container.json, 'resources', 'limits', 'memory'));
  return limit !== 'absent' ? limit : amount(pod.defaults.request ?? pod.defaults.limit);
}

/**
 * The memory limit of the whole pod: the one written for the pod, or the sum of its containers',
 * where every container, init containers included, has one. Not known of parts of a pod.
 *
 * @see
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function podLimit(pod: Pod): Amount {
  if (pod.isPartial) {
    return 'unreadable';
  }
  const own = amount(pod.at('resources', 'limits', 'memory'));
  return own !== 'absent' ? own : together(pod, container => limitOf(pod, container));
}

/**
 * The memory request of the whole pod; containers that ask for nothing count as 0. Not known of
 * parts of a pod.
 */
export function podRequest(pod: Pod): Amount {
  if (pod.isPartial) {
    return 'unreadable';
  }
  const own = amount(
    pod.at('resources', 'requests', 'memory') ?? pod.at('resources', 'limits', 'memory'),
  );
  if (own !== 'absent') {
    return own;
  }
  return together(pod, container => {
    const request = requestOf(pod, container);
    return request === 'absent' ? 0n : request;
  });
}

/**
 * Ordinary containers and sidecars run together; each other init container runs with the sidecars
 * before it alone.
 */
function together(pod: Pod, of: (container: Container) => Amount): Amount {
  let [sum, sidecars, init] = [0n, 0n, 0n];
  for (const container of pod.containers) {
    if (container.role === 'ephemeral') {
      continue;
    }
    const bytes = of(container);
    if (typeof bytes !== 'bigint') {
      return bytes;
    }
    if (container.role === 'sidecar') {
      sidecars += bytes;
    }
    if (container.role === 'init') {
      init = sidecars + bytes > init ? sidecars + bytes : init;
    }
    if (container.role !== 'init') {
      sum += bytes;
    }
  }
  return sum > init ? sum : init;
}

/** A memory-medium emptyDir that a container mounts: only then can anybody write to it. */
export interface MemoryVolume {
  readonly volume: Volume;
  /** Absent where the volume has no size, or 0, which is the same. */
  readonly size: Amount;
}

export function memoryVolumes(pod: Pod): MemoryVolume[] {
  return pod.volumes
    .filter(
      volume =>
        at(volume.json, 'emptyDir', 'medium') === 'Memory' && pod.mountsOfVolume(volume).length > 0,
    )
    .map(volume => ({ volume, size: amount(at(volume.json, 'emptyDir', 'sizeLimit')) }));
}

function amount(value: Json | undefined): Amount {
  if (value === undefined || value === null) {
    return 'absent';
  }
  const bytes = parseBytes(value);
  if (bytes === undefined || bytes < 0n) {
    return 'unreadable';
  }
  return bytes === 0n ? 'absent' : bytes;
}
