import type { ContractParticipant } from './marked-manifests';
import { at, textOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import { volumeType } from '../kube/pod-template';
import type { ManifestSet } from '../read/manifest-set';
import type { Mount, Pod } from '../read/pod';

/** The storage behind a mount. */
export interface MountedPlace {
  readonly kind: 'node' | 'claim' | 'memory' | 'other';
  /** The directory on the node. Absent if it is unknown. */
  readonly path?: string;
  readonly words: string;
}

/**
 * Returns the storage behind a mount. For a claim, looks up the directory in the PersistentVolume,
 * if the manifests contain it.
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
  const type = mount.volume && volumeType(mount.volume.json);
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

/** Returns the directories of the node that the containers of an agent mount for a memory. */
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
