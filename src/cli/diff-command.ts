import { diffOf, readSides } from './diff-sides';
import { contractsIn } from './given-contracts';
import { formatted, type Out } from './lint-command';
import { isUnread } from '../read/source';
import type { DiffDocument } from '../report/diff/diff-document';
import { json } from '../report/diff/diff-json';
import { markdown } from '../report/diff/diff-markdown';
import { text } from '../report/diff/diff-text';
import { newlyReaches, restarts } from '../report/diff/diff-words';
import { findingsJson } from '../report/finding-json';
import { styleOf } from '../report/findings-text';
import { repeatedObjectLines } from '../report/repeated-object-words';
import { unreadableInput } from '../rules/engine';

export interface DiffOptions {
  readonly format: 'text' | 'markdown' | 'json';
  readonly failOn: 'privilege' | 'restart' | 'never';
  /** Files with contracts in JSON form, which the objects are judged by. */
  readonly contract?: readonly string[];
}

/**
 * The command `diff`. Returns the exit code: 0, 1 if the change does what `--fail-on` names, or 2
 * if something cannot be read.
 */
export function diffCommand(
  words: readonly [string, string],
  { format, failOn, contract }: DiffOptions,
  out: Out,
): number {
  const contracts = contractsIn(contract);
  const sides = readSides(words);
  const [before, after] = sides;
  const problems = [...before.inputs.problems, ...after.inputs.problems];
  if (problems.length > 0) {
    out.stderr.write(
      formatted(
        findingsJson(problems.map(unreadableInput)),
        [...before.inputs.sources, ...after.inputs.sources],
        'text',
        out,
      ),
    );
  }
  if (problems.some(isUnread)) {
    return 2; // no differences: objects that cannot be read would look deleted
  }
  if (before.note !== undefined) {
    out.stderr.write(`${before.note}\n`);
  }
  const repeated = sides.flatMap(({ inputs }) => repeatedObjectLines(inputs.manifests));
  out.stderr.write(repeated.map(line => `${line}\n`).join(''));
  const found = diffOf(sides, contracts);
  out.stdout.write(written(found, format, out));
  return fails(found, failOn) ? 1 : 0;
}

function written(found: DiffDocument, format: DiffOptions['format'], out: Out): string {
  switch (format) {
    case 'json':
      return json(found);
    case 'markdown':
      return markdown(found);
    case 'text':
      return text(found, styleOf(out.stdout.isTTY));
  }
}

function fails(
  { privileges, containers, pods, refused, labels }: DiffDocument,
  failOn: DiffOptions['failOn'],
): boolean {
  switch (failOn) {
    case 'privilege':
      return privileges.gained.length > 0 || containers.some(newlyReaches);
    case 'restart':
      return (
        pods.some(restarts) ||
        refused.length > 0 ||
        labels.some(({ outcome }) => outcome === 'refused')
      );
    case 'never':
      return false;
  }
}
