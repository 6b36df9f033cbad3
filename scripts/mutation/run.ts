import { join, relative } from 'node:path';
import { EXCLUDED_MUTATIONS } from './enumerate';
import { keyOf, rangeOf, type Mutant, type Status } from './mutant';
import { isKilled, isSurvivor } from './score';
import { BLIND_SUITES, ignorePatterns, SLOW_SUITES, SPAWNING_SUITES } from './suites';

/** Which suites judge the mutants: `only` those of the patterns, or all but those of `not`. */
interface Suites {
  readonly only?: readonly string[];
  readonly not: readonly string[];
}

/**
 * Tries all mutants against the fast suites, and those that survive against the slow ones. Says
 * what became of each, by its key.
 */
export async function runMutants(mutants: readonly Mutant[], workers: number) {
  const fast = await attempt(mutants, workers, { not: [...SLOW_SUITES, ...BLIND_SUITES] });
  const survivors = mutants.filter(mutant => isSurvivor(fast.get(keyOf(mutant))!));
  if (survivors.length === 0) {
    return fast;
  }
  process.stdout.write(`\n${survivors.length} survivors: once more, with the slow suites\n`);
  const slow = await attempt(survivors, workers, { only: SLOW_SUITES, not: BLIND_SUITES });
  for (const mutant of survivors) {
    const key = keyOf(mutant);
    const status = slow.get(key)!;
    // any other status, also that of a mutant that the slow suites cannot load, kills nothing
    if (isKilled(status)) {
      fast.set(key, status);
    }
  }
  return fast;
}

/** Runs Stryker once over the mutants; the plugin passes over all others in their ranges. */
async function attempt(
  mutants: readonly Mutant[],
  workers: number,
  { only, not }: Suites,
): Promise<Map<string, Status>> {
  const { Stryker } = await import('@stryker-mutator/core');
  const sample = mutants.map(keyOf);
  const results = await new Stryker({
    mutate: mutants.map(rangeOf),
    mutator: { excludedMutations: EXCLUDED_MUTATIONS },
    plugins: [join(__dirname, 'plugin.mjs')],
    testRunner: 'sampled-jest',
    reporters: ['sampled'],
    coverageAnalysis: 'perTest',
    concurrency: workers,
    // A busy machine must not kill a mutant: endless loops are mostly found by their count anyway.
    timeoutMS: 60_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 30,
    tempDirName: '.stryker-tmp',
    ignorePatterns: ['/lib', '/artifacts', '/reports', '/coverage', '/.kube', '/site'],
    allowConsoleColors: false,
    logLevel: 'warn' as never, // an enum of a module that only Stryker loads
    warnings: false,
    jest: {
      projectType: 'custom',
      enableFindRelatedTests: false,
      config: {
        testSequencer: '<rootDir>/scripts/mutation/sequencer.cjs',
        testPathIgnorePatterns: ignorePatterns(not, only),
      },
    },
    sampled: { sample, spawning: SPAWNING_SUITES.map(pattern => `/test/${pattern}`) },
  } as ConstructorParameters<typeof Stryker>[0]).runMutationTest();
  const statuses = new Map(
    results.map(({ fileName, mutatorName, location: { start, end }, replacement, status }) => [
      keyOf({
        file: relative(process.cwd(), fileName),
        mutator: mutatorName,
        // reports count columns from 1, too
        start: { line: start.line - 1, column: start.column - 1 },
        end: { line: end.line - 1, column: end.column - 1 },
        replacement: replacement ?? '',
      }),
      status as Status,
    ]),
  );
  const lost = sample.filter(key => !statuses.has(key));
  if (lost.length > 0) {
    throw new Error(`Stryker did not make the mutant ${lost[0]}, nor ${lost.length - 1} others`);
  }
  return new Map(sample.map(key => [key, statuses.get(key)!]));
}
