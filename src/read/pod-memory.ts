import type { Pod, Volume } from './pod';
import { at, isObject, textOf, type Json } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { parseBytes } from '../kube/quantity';

/**
 * A memory limit or request in bytes, 'absent', or 'unknown'. It is unknown if the value is not a
 * quantity, or if the pod is only partly known.
 */
export type Amount = bigint | 'absent' | 'unknown';

/**
 * Returns the memory limit of a container: its own, or the default of its namespace. 0 counts as
 * absent, as in the kubelet. For a partial pod, an absent limit counts as unknown.
 */
export function limitOf(pod: Pod, container: Container): Amount {
  const limit = amount(
    at(container.json, 'resources', 'limits', 'memory') ??
      (container.role === 'ephemeral' ? undefined : pod.defaults.limit),
  );
  return pod.isPartial && limit === 'absent' ? 'unknown' : limit;
}

/**
 * Returns the LimitRange that gives a container its memory limit. Absent if the container sets its
 * own, or has none.
 */
export function limitRangeOf(pod: Pod, container: Container): string | undefined {
  const isOwn = isWritten(at(container.json, 'resources', 'limits', 'memory'));
  return isOwn || container.role === 'ephemeral' ? undefined : pod.defaults.limitRange;
}

/**
 * Returns the limit of huge pages of one size of a container. Unknown if it has none, but the pod
 * has a limit as a whole, or is only partly known.
 */
export function hugePagesLimitOf(pod: Pod, container: Container, size: string): Amount {
  const resource = `hugepages-${size}`;
  const limit = amount(at(container.json, 'resources', 'limits', resource));
  const isOfPod = pod.at('resources', 'limits', resource) !== undefined;
  return limit === 'absent' && (pod.isPartial || isOfPod) ? 'unknown' : limit;
}

/** Returns the resources of huge pages that the limits and requests of a container or pod name. */
export function hugePagesIn(json: Json | undefined): string[] {
  const names = ['limits', 'requests'].flatMap(field => {
    const amounts = at(json, 'resources', field);
    return isObject(amounts) ? Object.keys(amounts) : [];
  });
  return [...new Set(names)].filter(name => name.startsWith('hugepages-')).sort();
}

/**
 * Returns the memory request of a container as the API server sets it. The first of these that is
 * written counts, even if it is 0: the container's request, its limit, the default request of its
 * namespace, the default limit of its namespace. A request of 0 counts as absent.
 *
 * For a partial pod, an absent request stays absent, in contrast to {@link limitOf}. Rules report
 * missing limits of single containers, but they only read requests of whole pods, and
 * {@link podRequest} is unknown for a partial pod.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/apis/core/v1/defaults.go SetDefaults_Pod
 */
export function requestOf(pod: Pod, container: Container): Amount {
  const { defaults } = pod;
  return amount(
    writtenRequest(container) ??
      (container.role === 'ephemeral' ? undefined : (defaults.request ?? defaults.limit)),
  );
}

/** Returns what a manifest says about the request: the request itself, or the limit. */
function writtenRequest({ json }: Container): Json | undefined {
  return at(json, 'resources', 'requests', 'memory') ?? at(json, 'resources', 'limits', 'memory');
}

/**
 * Returns the memory limit of the whole pod: the pod-level limit, or the sum of the limits of its
 * containers. Absent if a container, including init containers, has none. Unknown for a partial
 * pod.
 *
 * @see
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function podLimit(pod: Pod): Amount {
  if (pod.isPartial) {
    return 'unknown';
  }
  const own = amount(pod.at('resources', 'limits', 'memory'));
  return own !== 'absent' ? own : peakSum(pod, container => limitOf(pod, container));
}

/**
 * Returns the memory request of the whole pod as the API server sets it: the pod-level request, or
 * the sum of the requests of its containers. Containers without a request count as 0. If no
 * container has a request or limit, the pod-level limit is the request. Unknown for a partial pod.
 *
 * @see
 * https://github.com/kubernetes/enhancements/blob/master/keps/sig-node/2837-pod-level-resource-spec/README.md
 */
export function podRequest(pod: Pod): Amount {
  if (pod.isPartial) {
    return 'unknown';
  }
  const [request, limit] = [
    pod.at('resources', 'requests', 'memory'),
    pod.at('resources', 'limits', 'memory'),
  ];
  if (isWritten(request)) {
    return absentAsZero(amount(request));
  }
  const containersDecide = pod.containers.some(
    container => container.role !== 'ephemeral' && isWritten(writtenRequest(container)),
  );
  return isWritten(limit) && !containersDecide
    ? absentAsZero(amount(limit))
    : peakSum(pod, container => absentAsZero(requestOf(pod, container)));
}

function absentAsZero(request: Amount): Amount {
  return request === 'absent' ? 0n : request;
}

/**
 * Returns the highest sum of memory that runs at the same time. Ordinary containers and sidecars
 * run together. Any other init container only runs together with the sidecars before it. If the
 * amount of a container is absent or unknown, returns that instead.
 */
function peakSum(pod: Pod, amountOf: (container: Container) => Amount): Amount {
  let [sum, sidecars, initPeak] = [0n, 0n, 0n];
  for (const container of pod.containers) {
    if (container.role === 'ephemeral') {
      continue;
    }
    const bytes = amountOf(container);
    if (typeof bytes !== 'bigint') {
      return bytes;
    }
    if (container.role === 'sidecar') {
      sidecars += bytes;
    }
    if (container.role === 'init') {
      initPeak = sidecars + bytes > initPeak ? sidecars + bytes : initPeak;
    }
    if (container.role !== 'init') {
      sum += bytes;
    }
  }
  return sum > initPeak ? sum : initPeak;
}

/**
 * A memory-medium emptyDir that at least one container mounts. Nobody can write to one that is not
 * mounted.
 */
export interface MemoryVolume {
  readonly volume: Volume;
  /** Size limit of the volume in bytes. Absent if it has none; 0 counts as absent. */
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

/** Checks whether a volume is an emptyDir in memory: on a tmpfs, or in huge pages. */
export function isInMemory({ json }: Volume): boolean {
  return /^(Memory$|HugePages)/.test(textOf(at(json, 'emptyDir', 'medium') ?? ''));
}

function isWritten(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

function amount(value: Json | undefined): Amount {
  if (!isWritten(value)) {
    return 'absent';
  }
  const bytes = parseBytes(value);
  if (bytes === undefined || bytes < 0n) {
    return 'unknown';
  }
  return bytes === 0n ? 'absent' : bytes;
}
