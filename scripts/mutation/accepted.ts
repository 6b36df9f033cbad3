import { readFileSync } from 'node:fs';
import type { Mutant } from './mutant';

/** A survivor that no test can kill, and why. It has no line, so that edits do not move it. */
export interface Accepted {
  readonly file: string;
  readonly mutator: string;
  /** The source text that is replaced, exactly. */
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export const ACCEPTED_FILE = 'test/mutation/accepted.json';

const FIELDS = ['file', 'mutator', 'original', 'replacement', 'reason'] as const;

export function readAccepted(): Accepted[] {
  return parseAccepted(readFileSync(ACCEPTED_FILE, 'utf8'));
}

/** Reads the list, and refuses an entry that lacks a field: above all the reason. */
export function parseAccepted(text: string): Accepted[] {
  const entries = JSON.parse(text) as Accepted[];
  entries.forEach((entry, i) => {
    const missing = FIELDS.filter(field => typeof entry[field] !== 'string' || entry[field] === '');
    // a mutant that removes an expression has nothing in its place
    const wrong = missing.filter(field => field !== 'replacement' || entry[field] === undefined);
    if (wrong.length > 0) {
      throw new Error(`${ACCEPTED_FILE}: entry ${i} has no ${wrong.join(', ')}`);
    }
  });
  return entries;
}

const matches = (entry: Accepted, mutant: Mutant) =>
  entry.file === mutant.file &&
  entry.mutator === mutant.mutator &&
  entry.original === mutant.original &&
  entry.replacement === mutant.replacement;

/** The mutants that count. */
export function withoutAccepted(mutants: readonly Mutant[], accepted: readonly Accepted[]) {
  return mutants.filter(mutant => !accepted.some(entry => matches(entry, mutant)));
}

/** Entries that match no mutant of their file: the source has changed since. */
export function staleEntries(accepted: readonly Accepted[], mutants: readonly Mutant[]) {
  return accepted.filter(entry => !mutants.some(mutant => matches(entry, mutant)));
}
