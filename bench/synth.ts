/**
 * `ReviewApp.synth` against cdk8s' own `App.synth`, each measurement in a process of its own, side
 * by side in one run: npm run bench:synth. The output goes to memory (/dev/shm) where there is
 * some. Takes some minutes: cdk8s is quadratic in charts.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Measured } from './synth-case';

const ROOT = join(__dirname, '..');
const QUICK = process.argv.includes('--quick');

function measure(name: string, count: number, which: 'stock' | 'review'): Measured {
  const args = ['--import', 'tsx', join(__dirname, 'synth-case.ts'), name, String(count), which];
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, 'examples/tsconfig.json') };
  return JSON.parse(
    execFileSync(process.execPath, args, {
      cwd: ROOT,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  ) as Measured;
}

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const show = ({ seconds, cpu, mebibytes }: Measured) =>
  `${seconds.toFixed(3)} s, CPU ${cpu.toFixed(3)} s, ${mebibytes.toFixed(0)} MiB`;

interface Side {
  readonly words: string;
  readonly name: string;
  readonly count: number;
  readonly which: 'stock' | 'review';
}

/**
 * Measures two sides in turn, and prints both with their ratio: the median of the ratios of the
 * pairs.
 */
function pair(title: string, ours: Side, theirs: Side, rounds: number): void {
  const measured = ({ name, count, which }: Side) => measure(name, count, which);
  const pairs = Array.from(
    { length: QUICK ? 1 : rounds },
    () => [measured(ours), measured(theirs)] as const,
  );
  const ratio = (of: keyof Measured) => median(pairs.map(([a, b]) => a[of] / b[of]));
  const middle = (side: 0 | 1): Measured => {
    const of = (what: keyof Measured) => median(pairs.map(each => each[side][what]));
    return { seconds: of('seconds'), cpu: of('cpu'), mebibytes: of('mebibytes') };
  };
  console.log(title);
  console.log(`  ${ours.words}: ${show(middle(0))}`);
  console.log(`  ${theirs.words}: ${show(middle(1))}`);
  console.log(
    `  ratios (median of ${pairs.length}): time ${ratio('seconds').toFixed(3)}, CPU ${ratio('cpu').toFixed(3)}, peak memory ${ratio('mebibytes').toFixed(2)}`,
  );
}

const review = (name: string, count: number): Side => ({
  words: `ReviewApp, ${count}`,
  name,
  count,
  which: 'review',
});
const stock = (name: string, count: number): Side => ({
  words: `App, ${count}`,
  name,
  count,
  which: 'stock',
});

for (const count of [1000, 5000]) {
  pair(
    `${count} charts of one Deployment each`,
    review('charts', count),
    stock('charts', count),
    3,
  );
}
pair('10,000 charts against 5,000', review('charts', 10_000), review('charts', 5000), 3);
const ATTACHED = { plain: 'none', mixed: 'a quarter', chart: 'all' };
for (const count of [1000, 5000]) {
  for (const [name, share] of Object.entries(ATTACHED)) {
    pair(
      `${count} different Deployments in one chart, ${share} of them attached: rules, comments and reports, against none of these`,
      review(name, count),
      stock(name, count),
      count === 1000 ? 21 : 7,
    );
  }
}
pair(
  'rejoining dependencies: 2,000 layers of 2 objects against 1,000 (cdk8s doubles with each layer)',
  review('layers', 2000),
  review('layers', 1000),
  3,
);
pair(
  'building and attaching 1,000 Deployments against building them',
  { ...review('attached', 1000), words: 'attached' },
  { ...review('built', 1000), words: 'built' },
  31,
);
