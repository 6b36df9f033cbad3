import { at } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { hostPrivileges } from '../read/host-privileges';
import type { Pod } from '../read/pod';

/** The privileges of a container that need nothing else to take over its node. */
export type NodeAccess = 'privileged' | 'hostPath';

/** Returns which of these privileges a container has. */
export function nodeAccessOf(pod: Pod, container: Container): NodeAccess[] {
  const isPrivileged = at(container.json, 'securityContext', 'privileged') === true;
  return [
    ...(isPrivileged ? (['privileged'] as const) : []),
    ...(mountsHostPath(pod, container) ? (['hostPath'] as const) : []),
  ];
}

/**
 * Checks whether a container has a host privilege: one of its own, one of its whole pod, or a
 * directory of the node that it mounts.
 */
export function hasHostPrivilege(pod: Pod, container: Container): boolean {
  return hostPrivileges(pod).some(({ kind, container: its }) =>
    kind === 'hostPath'
      ? mountsHostPath(pod, container)
      : (its ?? container.name) === container.name,
  );
}

function mountsHostPath(pod: Pod, container: Container): boolean {
  return pod.mounts.some(
    mount => mount.container === container && at(mount.volume?.json, 'hostPath') !== undefined,
  );
}
