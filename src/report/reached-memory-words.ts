import type { ReachedMemory } from '../sharing/memory-reach';

/** `routes/table`, or a path. */
export function reachedMemoryWords(of: ReachedMemory): string {
  return 'path' in of ? of.path : `${of.contract}/${of.memory}`;
}
