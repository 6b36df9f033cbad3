import type { DiffDocument } from './diff-document';

/** A diff for programs: docs/diff.schema.json is its schema. */
export function json(diff: DiffDocument): string {
  return `${JSON.stringify(diff, undefined, 2)}\n`;
}
