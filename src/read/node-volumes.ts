import type { ManifestSet } from './manifest-set';
import { at, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { isMountedReadOnly, nodeDirectoryOf } from '../kube/persistent-volume';

/**
 * A PersistentVolume that is a directory of a node. A pod that mounts its claim reaches the
 * directory, at every Pod Security level.
 */
export interface NodeVolume {
  readonly manifest: Manifest;
  /** The directory on the node. */
  readonly path: string;
  /** `readOnly` if the kernel keeps all pods from writing (`mountOptions: [ro]`). */
  readonly access: 'readOnly' | 'readWrite';
  /** The only namespace that can claim it. Absent if any can. */
  readonly namespace?: string;
}

/** Returns the PersistentVolumes that are directories of nodes: `local` and `hostPath`. */
export function nodeVolumes(set: ManifestSet): NodeVolume[] {
  return set.ofKind('PersistentVolume').flatMap(manifest => readNodeVolume(manifest) ?? []);
}

/** Returns a PersistentVolume that is a directory of a node. Absent for any other object. */
export function readNodeVolume(manifest: Manifest): NodeVolume | undefined {
  const { kind, json } = manifest;
  const path = kind === 'PersistentVolume' ? nodeDirectoryOf(json) : undefined;
  if (path === undefined) {
    return undefined;
  }
  const namespace = at(json, 'spec', 'claimRef', 'namespace');
  return {
    manifest,
    path: textOf(path),
    access: isMountedReadOnly(json) ? 'readOnly' : 'readWrite',
    ...(typeof namespace === 'string' ? { namespace } : {}),
  };
}
