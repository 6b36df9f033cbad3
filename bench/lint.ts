/**
 * `cdk8s-shared-memory lint` against kube-score, whole processes, side by side on the same files:
 * npm run bench:lint. Needs `npx projen compile`, and kube-score on the PATH or in $KUBE_SCORE.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifests } from './manifests';

const ROUNDS = 7;
const LINT = join(__dirname, '..', 'bin', 'cdk8s-shared-memory');
const KUBE_SCORE = process.env.KUBE_SCORE ?? 'kube-score';

interface Run {
  readonly seconds: number;
  readonly cpu: number;
  readonly mebibytes: number;
}

/** One whole process, its output written to a file. GNU time says what it took. */
function run(folder: string, command: string, ...args: string[]): Run {
  const stats = join(folder, 'stats');
  const out = openSync(join(folder, 'out'), 'w');
  const { status, error } = spawnSync(
    'time',
    ['-q', '-o', stats, '-f', '%e %U %S %M', command, ...args],
    { stdio: ['ignore', out, out] },
  );
  if (error ?? (status !== 0 && status !== 1)) {
    throw new Error(
      `${command} ended with ${status}: ${error?.message ?? readFileSync(join(folder, 'out'), 'utf8').slice(0, 500)}`,
    );
  }
  const [seconds, user, system, kibibytes] = readFileSync(stats, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return { seconds, cpu: user + system, mebibytes: kibibytes / 1024 };
}

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const folder = mkdtempSync(join(tmpdir(), 'bench-lint-'));
try {
  for (const objects of [1000, 10_000]) {
    const file = join(folder, `${objects}.yaml`);
    writeFileSync(file, manifests(objects));
    const [ours, theirs]: [Run[], Run[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(run(folder, process.execPath, LINT, 'lint', file));
      theirs.push(run(folder, KUBE_SCORE, 'score', file));
    }
    const of = (runs: Run[], what: keyof Run) => median(runs.map(each => each[what]));
    const ratio = median(ours.map(({ seconds }, i) => seconds / theirs[i].seconds));
    const show = (name: string, runs: Run[]) =>
      `${name} ${of(runs, 'seconds').toFixed(2)} s, CPU ${of(runs, 'cpu').toFixed(2)} s, ${of(runs, 'mebibytes').toFixed(0)} MiB`;
    console.log(
      `${objects} objects: ${show('lint', ours)}; ${show('kube-score', theirs)}; ratio of time ${ratio.toFixed(2)} (median of ${ROUNDS} pairs)`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
