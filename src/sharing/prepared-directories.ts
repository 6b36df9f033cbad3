import { isAtOrBelow } from '../kube/path';
import type { Mount, Pod } from '../read/pod';

/**
 * Checks whether an init container that can be root mounts the directory of a mount, or a directory
 * above it, and can write there. It then can make the directory, and set its owner and mode.
 */
export function isPreparedByInit(pod: Pod, { hostPath }: Mount): boolean {
  return (
    hostPath !== undefined &&
    pod.mounts.some(
      each =>
        each.container.role === 'init' &&
        each.hostPath !== undefined &&
        !each.readOnly &&
        !pod.isNonRoot(each.container) &&
        isAtOrBelow(hostPath, each.hostPath),
    )
  );
}
