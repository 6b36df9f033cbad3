import { appendFileSync } from 'node:fs';
import { contractsIn } from './given-contracts';
import { inOrder } from '../kube/object-order';
import { readFiles, readInputs, UsageError, type Inputs } from '../read/input-files';
import { ManifestSet } from '../read/manifest-set';
import { isUnread, STDIN } from '../read/source';
import { baselineStates, type Baseline, type BaselineStates } from '../report/finding-baseline';
import { sortedRecords, type FindingJson } from '../report/finding-json';
import { count, summary } from '../report/finding-words';
import { github, githubSummary } from '../report/findings-github';
import { sarif, type SarifFix } from '../report/findings-sarif';
import { styleOf, text } from '../report/findings-text';
import { repeatedObjectLines } from '../report/repeated-object-words';
import type { Pack } from '../rules/catalog';
import { failsAt, readConfig, type Config, type FailLevel } from '../rules/config';
import {
  findingsInManifests,
  findingsInSet,
  inOrderOf,
  unreadableInput,
  type EngineOptions,
  type RuleFinding,
} from '../rules/engine';
import type { GivenContract } from '../sharing/given-contract';
import { MarkedManifests } from '../sharing/marked-manifests';

export const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

export interface LintOptions {
  readonly format: (typeof FORMATS)[number];
  readonly pack?: Pack;
  readonly failOn?: FailLevel;
  readonly config?: string;
  readonly today?: string;
  /** Files with contracts in JSON form, which the objects are judged by. */
  readonly contract?: readonly string[];
  /** Writes what has one right answer into the files. */
  readonly fix?: boolean;
  /** With `fix`: prints a patch, and writes nothing. */
  readonly dryRun?: boolean;
  /** An earlier state: only findings that were not there yet are shown, and fail the run. */
  readonly since?: string;
  /** Passes over files without a Kubernetes object, also if they are given. */
  readonly skipOtherFiles?: boolean;
  /** Prints a patch for each finding that a person must decide on. */
  readonly suggest?: boolean;
}

/** The output streams of a command. */
export interface Out {
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

/**
 * The command `lint`. Returns the exit code: 0 for no findings, 1 for findings at or above the
 * level, or 2 if something cannot be read.
 */
export function lint(paths: readonly string[], options: LintOptions, out: Out): number {
  const config: Config = options.config === undefined ? {} : readConfig(options.config);
  const inputs = readFiles(paths, options.skipOtherFiles);
  if (
    inputs.sources.length === 0 &&
    inputs.problems.length === 0 &&
    options.skipOtherFiles !== true
  ) {
    throw new UsageError(
      `${paths.join(', ')}: no Kubernetes manifests (.yaml, .yml, .json) there${inputs.passedOver.length === 0 ? '' : `; without an object: ${inputs.passedOver.join(', ')}`}`,
    );
  }
  const pack = options.pack ?? config.pack ?? 'recommended';
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const contracts = contractsIn(options.contract);
  const markedIn = ({ manifests }: Inputs) =>
    new MarkedManifests(new ManifestSet(inOrder(manifests)), contracts);
  const findingsIn = (read: Inputs, of = markedIn(read)) => [
    ...read.problems.map(unreadableInput),
    ...inOrderOf(
      read.manifests,
      findingsInSet(of, { pack, severities: config.rules, today, contracts }),
    ),
  ];
  const marked = markedIn(inputs);
  const found = findingsIn(inputs, marked);
  const baseline =
    options.since === undefined
      ? undefined
      : baselineOf(options.since, paths, { pack, severities: config.rules }, out);
  const compared = baseline && baselineStates(baseline, found);
  if (options.dryRun === true && options.fix !== true) {
    throw new UsageError('--dry-run: allowed together with --fix');
  }
  const codeFor = (records: readonly FindingJson[]) =>
    inputs.problems.some(isUnread)
      ? 2
      : failsAt(options.failOn ?? config.failOn ?? 'error', records)
        ? 1
        : 0;
  if (options.fix === true || options.suggest === true) {
    const isNew = (each: RuleFinding, states = compared) => states?.of.get(each) !== 'unchanged';
    const newIn = (read: Inputs) => {
      const all = findingsIn(read);
      const states = baseline && baselineStates(baseline, all);
      return all.filter(each => isNew(each, states));
    };
    const mendable = found.filter(each => isNew(each));
    return mend({ inputs, found: mendable, findingsIn: newIn, codeFor, paths, options, out });
  }
  const sorted = sortedRecords(found, compared?.of);
  const all = sorted.map(({ record }) => record);
  const records = all.filter(({ baselineState }) => baselineState !== 'unchanged');
  out.stdout.write(
    options.format === 'sarif'
      ? sarif(all, sarifFixes(sorted))
      : formatted(options.format === 'json' ? all : records, inputs.sources, options.format, out),
  );
  const summaryFile = process.env.GITHUB_STEP_SUMMARY;
  if (options.format === 'github' && summaryFile) {
    appendFileSync(summaryFile, githubSummary(records));
  }
  const off = Object.entries(config.rules ?? {})
    .filter(([, severity]) => severity === 'off')
    .map(([id]) => id);
  // the text is for people, also in a file; what programs read has no place for it
  const isText = options.format === 'text';
  (isText ? out.stdout : out.stderr).write(
    [
      ...(isText && records.length > 0 ? [''] : []),
      `${count(inputs.manifests.length, 'object')} in ${count(inputs.sources.length, 'file')}: ${baseline && records.length === 0 ? 'no new findings' : summary(records)}`,
      ...(baseline && compared ? baselineLines(baseline, compared, all) : []),
      ...(inputs.passedOver.length === 0
        ? []
        : [`passed over, as they hold no Kubernetes object: ${inputs.passedOver.join(', ')}`]),
      ...repeatedObjectLines(inputs.manifests),
      ...(off.length === 0 ? [] : [`switched off by ${options.config}: ${off.join(', ')}`]),
      ...(isText ? comparedLines(marked, contracts) : []),
      ...(isText ? notComparedLines(marked, records.length > 0) : []),
      '',
    ].join('\n'),
  );
  return codeFor(records);
}

/**
 * Judges the earlier state by the same rules. Its acknowledgements hold, whatever the day, so that
 * one which has expired since is new. Contract files are of today, and may have changed with the
 * manifests, so what comes of them is new, too.
 */
function baselineOf(
  name: string,
  paths: readonly string[],
  options: Pick<EngineOptions, 'pack' | 'severities'>,
  out: Out,
): Baseline {
  const { manifests, problems, notes } = earlier().readEarlierInputs(name, paths);
  out.stderr.write(notes.map(note => `${note}\n`).join(''));
  return {
    name,
    found: [...problems.map(unreadableInput), ...findingsInManifests(manifests, options)],
  };
}

/** Says how many findings are not shown, because they were there before. */
function baselineLines(
  { name }: Baseline,
  { absent }: BaselineStates,
  all: readonly FindingJson[],
): string[] {
  const unchanged = all.filter(({ baselineState }) => baselineState === 'unchanged');
  const gone =
    absent === 0 ? '' : `${count(absent, 'finding')} ${absent === 1 ? 'is' : 'are'} gone`;
  const known = `what was found there already is not shown: ${summary(unchanged)}`;
  const words = [...(unchanged.length === 0 ? [] : [known]), ...(gone === '' ? [] : [gone])];
  return [`compared with ${name}: ${words.join('; ') || 'nothing was found there'}`];
}

/** Says with what each given contract was compared: with the file of another, it is nothing. */
function comparedLines(marked: MarkedManifests, contracts: readonly GivenContract[]): string[] {
  return contracts.map(({ spec: { namespace, name, version }, file }) => {
    const users = marked.participantsOf(namespace, name).map(({ markedPod }) => markedPod);
    const { size } = new Set(users.map(({ pod }) => pod.manifest));
    return `contract ${name} ${version} (${file}): ${size === 0 ? 'no workload in these files has a mark of it, so nothing was compared' : `compared with ${count(size, 'workload')}`}`;
  });
}

/** Says of how many workloads the two sides were not compared, because they have no marks. */
function notComparedLines(marked: MarkedManifests, isWrong: boolean): string[] {
  const number = mayShareUnmarked(marked) ? unmarked().unmarkedSharers(marked).length : 0;
  return number === 0
    ? []
    : [
        `${count(number, 'workload')} share${number === 1 ? 's' : ''} memory of the node without marks, so most rules could not compare the two sides; ${isWrong ? 'after you have mended what was found, ' : ''}cdk8s-shared-memory adopt --marks writes marks`,
      ];
}

/** A look that costs little: most manifests share nothing. */
function mayShareUnmarked({ directories, sharing }: MarkedManifests): boolean {
  return (
    sharing.filter(({ hostIpc }) => hostIpc).length > 1 ||
    [...directories.directories.values()].some(uses => uses.length > 1)
  );
}

/**
 * Fixes files, or prints patches. After files were fixed, the command goes on as without `--fix`:
 * it says what is left. A dry run ends with the exit code of the real one, and suggestions with
 * that of a run without options, because they change nothing.
 */
function mend({ inputs, found, findingsIn, codeFor, paths, options, out }: Mending): number {
  const { fix, dryRun, suggest, ...rest } = options;
  if (fix === true && suggest === true) {
    throw new UsageError('--fix and --suggest: given both; allowed one of them');
  }
  if (fix === true && inputs.sources.some(({ name }) => name === STDIN)) {
    throw new UsageError('--fix: given the standard input; allowed files and folders');
  }
  const { fixFiles, suggestions } = fixes();
  const check = (texts: ReadonlyMap<string, string>) =>
    findingsIn(
      readInputs(
        [...texts].map(([name, content]) => ({
          name,
          given: true,
          bytes: () => Buffer.from(content),
        })),
      ),
    );
  const { patch, lines, left } =
    fix === true ? fixFiles(inputs.sources, found, check, dryRun === true) : suggestions(found);
  out.stdout.write(patch);
  out.stderr.write(lines.map(line => `${line}\n`).join(''));
  return fix === true && dryRun !== true
    ? lint(paths, rest, out)
    : codeFor(sortedRecords(left).map(({ record }) => record));
}

/** Returns the changes that end findings, which only SARIF contains. */
function sarifFixes(sorted: ReturnType<typeof sortedRecords>): Map<FindingJson, SarifFix> {
  const withRemedy = sorted.filter(({ finding }) => finding.remedies !== undefined);
  return new Map(
    withRemedy.flatMap(({ record, finding }) => {
      const fix = fixes().sarifFixOf(finding);
      return fix ? [[record, fix]] : [];
    }),
  );
}

/** What `--fix` and `--suggest` need of the command. */
interface Mending {
  readonly inputs: Inputs;
  readonly found: readonly RuleFinding[];
  readonly findingsIn: (inputs: Inputs) => RuleFinding[];
  readonly codeFor: (records: readonly FindingJson[]) => number;
  readonly paths: readonly string[];
  readonly options: LintOptions;
  readonly out: Out;
}

/* eslint-disable @typescript-eslint/no-require-imports */
const fixes = () => require('./fix-command') as typeof import('./fix-command');
const earlier = () => require('./earlier-inputs') as typeof import('./earlier-inputs');
const unmarked = () => require('../adopt/shared-uses') as typeof import('../adopt/shared-uses');
/* eslint-enable @typescript-eslint/no-require-imports */

/** Formats findings for output. */
export function formatted(
  records: readonly FindingJson[],
  sources: readonly { name: string; line(number: number): string }[],
  format: LintOptions['format'],
  out: Out,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(records, undefined, 2)}\n`;
    case 'sarif':
      return sarif(records);
    case 'github':
      return github(records);
    case 'text': {
      const byName = new Map(sources.map(source => [source.name, source]));
      return text(
        records,
        (file, line) => byName.get(file)?.line(line) ?? '',
        styleOf(out.stdout.isTTY),
        out.stdout.isTTY ? out.stdout.columns : undefined,
      );
    }
  }
}
