import type { ContractParticipant } from './marked-manifests';
import { at, textOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import type { ManifestSet } from '../read/manifest-set';
import type { Mount, Pod } from '../read/pod';

/** What stands behind a mount. */
export interface MountedPlace {
  readonly kind: 'node' | 'claim' | 'memory' | 'other';
  /** The directory of the node, where it can be known. */
  readonly path?: string;
  readonly words: string;
}

/**
 * What stands behind a mount: a claim is followed to the PersistentVolume, where that is in the
 * set.
 */
export function mountedPlace(set: ManifestSet, pod: Pod, mount: Mount): MountedPlace {
  const claimName = at(mount.volume?.json, 'persistentVolumeClaim', 'claimName');
  if (mount.hostPath !== undefined) {
    return { kind: 'node', path: mount.hostPath, words: `${mount.hostPath} of the node` };
  }
  if (typeof claimName === 'string') {
    return {
      kind: 'claim',
      words: `claim ${claimName}`,
      ...behind(set, pod, claimName, textOf(mount.json.subPath ?? '')),
    };
  }
  if (at(mount.volume?.json, 'emptyDir', 'medium') === 'Memory') {
    return { kind: 'memory', words: 'a memory-medium emptyDir' };
  }
  const type = Object.keys(mount.volume?.json ?? {}).find(key => key !== 'name');
  return {
    kind: 'other',
    words: type === undefined ? 'a volume that is not there' : `a volume of type ${type}`,
  };
}

function behind(set: ManifestSet, pod: Pod, claimName: string, subPath: string): { path?: string } {
  const volume = set.volumeBehind(pod.manifest.namespace, claimName);
  const path =
    at(volume?.json, 'spec', 'local', 'path') ?? at(volume?.json, 'spec', 'hostPath', 'path');
  return typeof path === 'string' ? { path: cleanPath(`${path}/${subPath}`) } : {};
}

/** The directories of the node in which the containers of an agent have a memory. */
export function directoriesServedBy(
  { markedPod, mark }: ContractParticipant,
  name: string,
): string[] {
  return [
    ...new Set(
      markedPod.uses
        .filter(use => use.mark === mark && use.memory.name === name)
        .flatMap(({ mount }) => mount?.hostPath ?? []),
    ),
  ];
}
