import { at, type Json } from './json';

/** Returns the directory on the node of a PersistentVolume. Absent if it is of another kind. */
export function nodeDirectoryOf(volume: Json | undefined): Json | undefined {
  return at(volume, 'spec', 'local', 'path') ?? at(volume, 'spec', 'hostPath', 'path');
}
