import {
  fixed,
  remediesOf,
  type FixedFile,
  type FoundRemedy,
  type Skipped,
} from '../fix/fixed-documents';
import { patchFolder, patchOf } from '../fix/patch';
import { singleSplice } from '../fix/single-splice';
import { writeFixed } from '../fix/written-files';
import { UsageError } from '../read/input-files';
import type { Source } from '../read/source';
import { sortedRecords } from '../report/finding-json';
import { findingPlace } from '../report/finding-place';
import { findingTarget, oneLine, summary } from '../report/finding-words';
import type { SarifFix } from '../report/findings-sarif';
import type { RuleFinding } from '../rules/engine';

/** The output of `lint --fix`, `--fix --dry-run` and `--suggest`, besides the findings. */
export interface Mended {
  /** A patch, with lines between its parts that say what each is for. */
  readonly patch: string;
  /** What was done, or skipped with the reason: one line each. */
  readonly lines: readonly string[];
  /** What is left to do. */
  readonly left: readonly RuleFinding[];
}

/** Checks texts by the names of their files, and returns the findings. */
export type Check = (texts: ReadonlyMap<string, string>) => readonly RuleFinding[];

/** One fix can bring another finding to light, so the texts are checked again after each round. */
const MOST_ROUNDS = 20;

/**
 * Writes what has one right answer into the files. With `dryRun`, nothing is written, and the patch
 * says what would be.
 *
 * @param sources the files as they were read
 * @param found what was found in them
 * @param check how to check them again, with the same options
 */
export function fixFiles(
  sources: readonly Pick<Source, 'name' | 'text'>[],
  found: readonly RuleFinding[],
  check: Check,
  dryRun: boolean,
): Mended {
  const texts = new Map(sources.map(({ name, text }) => [name, text]));
  const done: FoundRemedy[] = [];
  let skipped: readonly Skipped<FoundRemedy>[] = [];
  let findings = found;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const result = fixed(remediesOf(findings, true));
    done.push(...result.done);
    skipped = result.skipped;
    result.files.forEach(({ name, after }) => texts.set(name, after));
    if (result.files.length === 0) {
      break;
    }
    findings = check(texts);
  }
  const files = sources.flatMap(({ name, text }): FixedFile[] => {
    const after = texts.get(name) ?? text;
    return after === text ? [] : [{ name, before: text, after }];
  });
  if (!dryRun) {
    try {
      writeFixed(files);
    } catch (error) {
      throw new UsageError(`nothing was written: ${(error as Error).message}`);
    }
  }
  const folder = patchFolder(files.map(({ name }) => name));
  return {
    patch: dryRun ? files.map(file => patchOf(file, folder)).join('') : '',
    lines: [
      ...done.map(each => `${dryRun ? 'would fix' : 'fixed'}: ${remedyLine(each)}`),
      ...skipped.map(skippedLine),
      ...(dryRun ? [...folderLines(folder), `left after that: ${countOf(findings)}`] : []),
    ],
    left: findings,
  };
}

/** Says where a patch applies, unless it is the current directory. */
function folderLines(folder: string): string[] {
  return folder === process.cwd()
    ? []
    : [`not all files are below the current directory: apply the patch in ${folder}`];
}

/** Returns the change that ends a finding, for SARIF. Absent if there is none. */
export function sarifFixOf(finding: RuleFinding): SarifFix | undefined {
  const remedies = [...remediesOf([finding], true), ...remediesOf([finding], false)];
  const { files, done } = fixed(remedies);
  return files.length === 1
    ? { title: done[0].remedy.title, ...singleSplice(files[0]) }
    : undefined;
}

/**
 * Returns a patch for each finding that a person must decide on, as far as there is one. Each
 * applies by itself. The findings that are left are named.
 */
export function suggestions(found: readonly RuleFinding[]): Mended {
  const parts = remediesOf(found, false).map(each => ({ each, ...fixed([each]) }));
  const patched = parts.filter(({ files }) => files.length > 0);
  const folder = patchFolder(patched.flatMap(({ files }) => files.map(({ name }) => name)));
  return {
    patch: patched
      .map(
        ({ each, files }) =>
          `# ${remedyLine(each)}; ${effect(each)}\n${files.map(file => patchOf(file, folder)).join('')}`,
      )
      .join('\n'),
    lines: [
      ...parts.flatMap(({ skipped }) => skipped.map(skippedLine)),
      ...leftLines(found, parts),
      ...folderLines(folder),
      suggestedLine(found, patched.length),
    ],
    left: found,
  };
}

/** Names the findings without a patch, for which a person has to write the change. */
function leftLines(
  found: readonly RuleFinding[],
  parts: readonly ReturnType<typeof fixed<FoundRemedy>>[],
): string[] {
  const certain = remediesOf(found, true);
  const named = new Set([
    ...certain.map(each => each.found),
    ...parts.flatMap(({ done }) => done.map(each => each.found)),
    ...parts.flatMap(({ skipped }) => skipped.map(each => each.found)),
  ]);
  const open = found.filter(each => !named.has(each) && !each.acknowledged);
  return sortedRecords(open).map(
    ({ record }) =>
      `no patch: ${[`${record.file}:${record.line}: ${record.severity} ${record.rule}`, findingTarget(record)].join(' ').trim()}: ${oneLine(record.message)}`,
  );
}

/** Says how many findings there are, and for how many of them the command can do something. */
function suggestedLine(found: readonly RuleFinding[], suggested: number): string {
  const certain = remediesOf(found, true).length;
  return [
    countOf(found),
    ...(found.length === 0 ? [] : [`${haveWords(suggested)} a suggestion`]),
    ...(certain === 0 ? [] : [`${haveWords(certain)} a fix that lint --fix writes`]),
  ].join('; ');
}

function haveWords(number: number): string {
  return number > 1 ? `${number} have` : `${number === 0 ? 'none' : number} has`;
}

function countOf(found: readonly RuleFinding[]): string {
  return summary(sortedRecords(found).map(({ record }) => record));
}

/** Names the file, not the line: earlier fixes may have moved it. */
function remedyLine({ found, remedy }: FoundRemedy): string {
  const object = found.manifest ? ` ${found.manifest.kind} ${found.manifest.name}` : '';
  const container = found.container === undefined ? '' : `, container ${found.container}`;
  const file = findingPlace(found)?.source.name;
  return `${file}: ${found.rule.id}${object}${container}: ${remedy.title}`;
}

function skippedLine(each: Skipped<FoundRemedy>): string {
  return `not fixed: ${remedyLine(each)}; ${each.because}`;
}

/** Says what happens to running pods if the change is applied. */
function effect({ found: { manifest }, remedy }: FoundRemedy): string {
  const inTemplate = remedy.changes.some(({ pointer }) => pointer.includes('/template/'));
  if (!manifest) {
    return 'kubectl applies the same as before';
  }
  switch (manifest.kind) {
    case 'Pod':
      return 'a running Pod cannot be changed like this: delete it and create it again';
    case 'Job':
      return 'the template of a Job is immutable: delete it and create it again';
    case 'Deployment':
    case 'DaemonSet':
    case 'StatefulSet':
    case 'ReplicaSet':
      return inTemplate ? 'its pods are replaced' : 'no pod restarts';
    default:
      return 'what restarts is up to its controller';
  }
}
