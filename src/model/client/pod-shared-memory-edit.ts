import { formatBytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';
import type { ContainerNames, Edit } from '../../wire/edit';

/** Which containers of a pod get its own /dev/shm, and how. */
export interface PodSharedMemoryUse {
  readonly containers: ContainerNames;
  readonly addToLimits: boolean;
  /** Names of volumes of the workload that it replaces. */
  readonly replaces: readonly string[];
}

/**
 * Returns the edit that gives a pod its own /dev/shm of the given size. It replaces the container
 * runtime's /dev/shm, which is 64 MiB.
 */
export function podSharedMemoryEdit(
  bytes: number,
  template: string,
  { containers, addToLimits, replaces }: PodSharedMemoryUse,
): Edit {
  const owner = 'PodSharedMemory';
  const size = formatBytes(bytes);
  return {
    owner,
    key: 'PodSharedMemory',
    template,
    operations: [
      {
        do: 'volume',
        volume: { name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: size } },
        mounts: [
          {
            containers,
            mountPath: DEV_SHM,
            reason: `${owner}: replaces the container's own /dev/shm, which is 64Mi`,
          },
        ],
        ...(replaces.length === 0 ? {} : { replaces }),
        reason: `${owner}: a /dev/shm of ${size}, private to each pod and capped by the kernel`,
      },
      {
        do: 'memory',
        containers,
        bytes,
        ...(addToLimits ? { add: true } : {}),
        reason: `${owner}: holds the ${size} of /dev/shm, which count as memory of the container that touches them first`,
      },
    ],
  };
}
