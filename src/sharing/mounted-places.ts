import { cleanPath, realPath } from '../kube/path';
import { claimOf, isMountedReadOnly, nodeDirectoryOf } from '../kube/persistent-volume';
import { volumeType, type Container } from '../kube/pod-template';
import type { ManifestSet } from '../read/manifest-set';
import { knownSubPath, type Mount, type Pod } from '../read/pod';
import { isInMemory } from '../read/pod-memory';

/**
 * The storage behind a mount. `path` is the directory on the node; for a claim it is absent if the
 * manifests do not contain its PersistentVolume.
 */
export type MountedPlace =
  | { readonly kind: 'node'; readonly path: string }
  | { readonly kind: 'claim'; readonly claim: string; readonly path?: string }
  | { readonly kind: 'memory' }
  /** `type` is absent if the pod has no volume of the mount's name. */
  | { readonly kind: 'other'; readonly type?: string };

/**
 * Returns the storage behind a mount. For a claim, looks up the directory in the PersistentVolume,
 * if the manifests contain it.
 */
export function mountedPlace(set: ManifestSet, pod: Pod, mount: Mount): MountedPlace {
  const claim = claimOf(mount.volume?.json);
  if (mount.hostPath !== undefined) {
    return { kind: 'node', path: mount.hostPath };
  }
  if (typeof claim === 'string') {
    return { kind: 'claim', claim, ...behind(set, pod, claim, knownSubPath(mount.json).subPath) };
  }
  if (mount.volume && isInMemory(mount.volume)) {
    return { kind: 'memory' };
  }
  return { kind: 'other', type: mount.volume && volumeType(mount.volume.json) };
}

/**
 * Returns the directory on the node behind a mount. `undefined` if there is none, or if it is
 * unknown.
 */
export function nodePathOf(place: MountedPlace): string | undefined {
  return place.kind === 'node' || place.kind === 'claim' ? place.path : undefined;
}

function behind(set: ManifestSet, pod: Pod, claimName: string, subPath: string): { path?: string } {
  const volume = set.volumeBehind(pod.manifest.namespace, claimName);
  const path = nodeDirectoryOf(volume?.json);
  return typeof path === 'string' ? { path: cleanPath(`${path}/${subPath}`) } : {};
}

/**
 * Returns what a mount lets its container do. `asVolumeAllows` if the manifests do not contain the
 * PersistentVolume of its claim.
 */
export function reachOf(
  set: ManifestSet,
  pod: Pod,
  mount: Mount,
): 'readOnly' | 'asVolumeAllows' | 'readWrite' {
  const claim = claimOf(mount.volume?.json);
  if (mount.readOnly) {
    return 'readOnly';
  }
  if (typeof claim !== 'string') {
    return 'readWrite';
  }
  const volume = set.volumeBehind(pod.manifest.namespace, claim);
  if (volume === undefined) {
    return 'asVolumeAllows';
  }
  return isMountedReadOnly(volume.json) ? 'readOnly' : 'readWrite';
}

/** Checks whether what is mounted later, on the node or in the container, also appears there. */
export function propagates({ json: { mountPropagation } }: Mount): boolean {
  return (mountPropagation ?? 'None') !== 'None';
}

/** Checks whether a container mounts a directory of the node, at any path. */
export function mountsDirectory(
  { mounts }: Pod,
  container: Container,
  path: string | undefined,
): boolean {
  return (
    path !== undefined &&
    mounts.some(
      each => each.container === container && realPath(each.hostPath ?? '') === realPath(path),
    )
  );
}
