import { createHash } from 'node:crypto';
import type { Mutant } from './mutant';

/**
 * Draws `size` mutants, each with the same chance. The seed and the mutant alone decide on a place
 * in the queue, not its line: after an edit elsewhere the sample is the same, and a larger sample
 * contains the smaller one.
 */
export function sampleOf(mutants: readonly Mutant[], size: number, seed: number): Mutant[] {
  const seen = new Map<string, number>();
  return mutants
    .map(mutant => {
      const { file, mutator, original, replacement } = mutant;
      const name = JSON.stringify([file, mutator, original, replacement]);
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      const place = createHash('sha256').update(`${seed} ${nth} ${name}`).digest('hex');
      return { mutant, place };
    })
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .slice(0, size)
    .map(({ mutant }) => mutant);
}
