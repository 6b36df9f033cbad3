import type { Party } from './subjects';
import { at, objectsOf, textOf } from '../kube/json';
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
export function placeOf(set: ManifestSet, pod: Pod, mount: Mount): MountedPlace {
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
export function servedBy({ subject, mark }: Party, name: string): string[] {
  return [
    ...new Set(
      subject.uses
        .filter(use => use.mark === mark && use.memory.name === name)
        .flatMap(({ mount }) => mount?.hostPath ?? []),
    ),
  ];
}

/**
 * The node labels that a pod insists on: its node selector, and required node affinity with one
 * value.
 */
export function nodeLabels(pod: Pod): Map<string, string> {
  const selector = Object.entries(pod.at('nodeSelector') ?? {}).map(
    ([key, value]) => [key, textOf(value)] as const,
  );
  const terms = objectsOf(
    pod.at(
      'affinity',
      'nodeAffinity',
      'requiredDuringSchedulingIgnoredDuringExecution',
      'nodeSelectorTerms',
    ),
  );
  // several terms are alternatives
  const expressions = terms.length === 1 ? objectsOf(terms[0].matchExpressions) : [];
  const single = expressions.flatMap(({ key, operator, values }) =>
    operator === 'In' && Array.isArray(values) && values.length === 1
      ? [[textOf(key), textOf(values[0])] as const]
      : [],
  );
  return new Map([...selector, ...single]);
}

/** Whether a pod tolerates a taint of that key, whatever its value and effect, or of that value. */
export function tolerates(pod: Pod, key: string, value?: string): boolean {
  return objectsOf(pod.at('tolerations')).some(toleration =>
    toleration.operator === 'Exists'
      ? toleration.key === undefined || toleration.key === '' || toleration.key === key
      : toleration.key === key && (value === undefined || (toleration.value ?? '') === value),
  );
}

/** Keys of taints that a pod tolerates by name. */
export function toleratedKeys(pod: Pod): string[] {
  return objectsOf(pod.at('tolerations')).flatMap(({ key }) =>
    typeof key === 'string' && key !== '' ? [key] : [],
  );
}
