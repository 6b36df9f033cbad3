import { at, itemsOf, textOf, type Json } from './json';

/** Returns the name of the claim that a volume of a pod stands for. Absent for other volumes. */
export function claimOf(volume: Json | undefined): string | undefined {
  const name = at(volume, 'persistentVolumeClaim', 'claimName');
  return typeof name === 'string' ? name : undefined;
}

/** Returns the directory on the node of a PersistentVolume. Absent if it is of another kind. */
export function nodeDirectoryOf(volume: Json | undefined): Json | undefined {
  return at(volume, 'spec', 'local', 'path') ?? at(volume, 'spec', 'hostPath', 'path');
}

/**
 * Checks whether the kernel keeps all pods from writing into a PersistentVolume. An option can be a
 * list with commas, and the last of `ro` and `rw` counts.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#mount-options
 */
export function isMountedReadOnly(volume: Json | undefined): boolean {
  const options = itemsOf(at(volume, 'spec', 'mountOptions')).flatMap(option =>
    textOf(option).split(','),
  );
  return options.filter(option => option === 'ro' || option === 'rw').at(-1) === 'ro';
}
