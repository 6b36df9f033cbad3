import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { privilegeReasons } from './privilege-reasons';
import { realPath } from '../kube/path';
import {
  hostPrivileges,
  isWiderAccess,
  type HostPathAccess,
  type HostPrivilege,
} from '../read/host-privileges';
import type { Mount } from '../read/pod';

/** A directory of the node that a container mounts. */
export type MountedHostPath = HostPrivilege & {
  readonly kind: 'hostPath';
  readonly path: string;
  readonly access: HostPathAccess;
  readonly container: string;
};

/**
 * Returns what containers mount of a hostPath for which the pod has a reason, and they have none: a
 * contract gives its directory to the containers that its mark names, and to the steps of this
 * library. Each directory is listed once for each container.
 */
export function unnamedHostPaths(marked: MarkedManifests, markedPod: MarkedPod): MountedHostPath[] {
  const { pod } = markedPod;
  const explained = hostPrivileges(pod).filter(
    each => each.kind === 'hostPath' && privilegeReasons(marked, markedPod, each).length > 0,
  );
  if (explained.length === 0) {
    return [];
  }
  const pointers = new Set(explained.map(({ pointer }) => pointer));
  const widest = new Map<string, MountedHostPath>();
  for (const mount of pod.mounts) {
    const found = mount.volume && pointers.has(`${mount.volume.path}/hostPath`) && mountedAt(mount);
    if (!found || privilegeReasons(marked, markedPod, found).length > 0) {
      continue;
    }
    const key = `${mount.container.path.join('/')} ${realPath(found.path)}`;
    const known = widest.get(key);
    if (!known || isWiderAccess(found.access, known.access)) {
      widest.set(key, found);
    }
  }
  return [...widest.values()];
}

/** Returns the directory of the node that is behind a mount of a hostPath. */
export function mountedAt({
  container,
  hostDirectory = '/',
  path,
  readOnly,
}: Mount): MountedHostPath {
  return {
    kind: 'hostPath',
    path: hostDirectory,
    access: readOnly ? 'readOnly' : 'readWrite',
    container: container.name,
    pointer: path,
  };
}
