import type { DiffDocument } from './diff-document';

/** Writes a diff as JSON for programs. docs/diff.schema.json is the schema. */
export function json(diff: DiffDocument): string {
  return `${JSON.stringify(diff, undefined, 2)}\n`;
}
