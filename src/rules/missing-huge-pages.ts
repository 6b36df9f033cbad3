import type { Container } from '../kube/pod-template';
import { formatBytes } from '../kube/quantity';
import type { MarkedMemory } from '../model/contract/contract-mark';
import { bytesInHugePages } from '../model/contract/huge-pages';
import type { Pod } from '../read/pod';
import { hugePagesLimitOf } from '../read/pod-memory';

/** Huge pages that a container may touch first, beyond its limit of them. */
export interface MissingHugePages {
  readonly bytes: string;
  /** What is wrong with the limit, in words. */
  readonly limit: string;
  /** The field of the limit below the container. Empty if there is none. */
  readonly path: string;
  readonly fix: string;
}

/** Returns, for each size of huge pages, what the limit of a container does not hold. */
export function missingHugePages(
  pod: Pod,
  container: Container,
  memories: readonly MarkedMemory[],
): MissingHugePages[] {
  return bytesInHugePages(memories).flatMap(([size, needed]) => {
    const limit = hugePagesLimitOf(pod, container, size);
    if (limit === 'unknown' || (limit !== 'absent' && limit >= needed)) {
      return [];
    }
    const bytes = formatBytes(needed);
    const resource = `hugepages-${size}`;
    return [
      {
        bytes,
        ...(limit === 'absent'
          ? { limit: `has no limit of ${resource}`, path: '' }
          : {
              limit: `its limit of ${resource} is ${formatBytes(limit)}`,
              path: `resources/limits/${resource}`,
            }),
        fix: `write resources.limits ${resource}: ${bytes}`,
      },
    ];
  });
}
