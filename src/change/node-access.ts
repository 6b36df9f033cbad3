import { at, textOf } from '../kube/json';
import type { Container } from '../kube/pod-template';
import { hostPrivileges, type HostPrivilege } from '../read/host-privileges';
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
 * Returns the host privileges of a container: its own, those of its whole pod, and the directories
 * of the node that it mounts.
 */
export function hostPrivilegesOf(pod: Pod, container: Container): HostPrivilege[] {
  const own = pod.mounts.filter(mount => mount.container === container);
  const paths = own.map(({ volume }) => textOf(at(volume?.json, 'hostPath', 'path') ?? ''));
  return hostPrivileges(pod).filter(privilege =>
    privilege.kind === 'hostPath'
      ? paths.includes(privilege.path)
      : (privilege.container ?? container.name) === container.name,
  );
}

function mountsHostPath(pod: Pod, container: Container): boolean {
  return pod.mounts.some(
    mount => mount.container === container && at(mount.volume?.json, 'hostPath') !== undefined,
  );
}
