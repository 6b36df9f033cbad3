import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleNames, foldersOf, renderExample } from './examples';
import { diffOf, readSides } from '../src/cli/diff-sides';
import type { DiffDocument } from '../src/report/diff/diff-document';

/** The examples of the first release, with what it made of them. */
export const FIRST_RELEASE = join(__dirname, '..', 'test', 'upgrade', 'first-release');

/** An app that was written for the first release, at one of its stages. */
export interface OldApp {
  readonly folder: string;
  /** What `diff` says if it is rendered with this release. */
  readonly diff: DiffDocument;
}

/** Renders the apps of the first release with this one, and compares. */
export function upgradedApps(): OldApp[] {
  const examples = join(FIRST_RELEASE, 'examples');
  const out = mkdtempSync(join(tmpdir(), 'upgraded-'));
  try {
    return exampleNames(examples).flatMap(name => {
      renderExample(name, join(out, name), examples);
      return foldersOf(name, examples).map(folder => {
        const sides = readSides([join(FIRST_RELEASE, 'dist', folder), join(out, folder)]);
        return { folder, diff: diffOf(sides, []) };
      });
    });
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** Writes what restarts, and why, as the table of docs/upgrading.md. */
export function upgradeTable(): string {
  const rows = upgradedApps().map(({ folder, diff }) => {
    const pods = diff.pods
      .filter(({ outcome }) => outcome !== 'stay')
      .map(({ of, fields }) => `${of.kind} ${of.name}: ${containersIn(fields).join(', ')}`);
    return [folder, diff.verdict, pods.join('<br>')];
  });
  return [
    ['app', 'what `diff` says', 'what restarts: where its pods differ'],
    ['---', '---', '---'],
    ...rows,
  ]
    .map(cells => `| ${cells.join(' | ')} |\n`)
    .join('');
}

/** Names the containers to which fields belong, and other fields as they are. */
function containersIn(fields: readonly string[]): string[] {
  return [
    ...new Set(fields.map(field => /^(?:init)?[cC]ontainers\[(.+?)\]/.exec(field)?.[1] ?? field)),
  ].map(name => `\`${name}\``);
}
