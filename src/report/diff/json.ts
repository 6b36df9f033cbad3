import type { Diff } from './model';

/** A diff for programs: docs/diff.schema.json is its schema. */
export function json(diff: Diff): string {
  return `${JSON.stringify(diff, undefined, 2)}\n`;
}
