import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import {
  commonTokens,
  declareClassPlugin,
  declareFactoryPlugin,
  PluginKind,
  tokens,
} from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus } from '@stryker-mutator/api/test-runner';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';

/** Where a test runner that starts anew finds what the first one measured; in the sandbox. */
const MEASURED = 'mutation-tests.json';

/** The text that `keyOf` in mutant.ts makes. */
const keyOf = (file, { start, end }, mutator, replacement) =>
  JSON.stringify([file, start.line, start.column, end.line, end.column, mutator, replacement]);

/**
 * Stryker's runner for jest with two differences. It passes over mutants that are not in the
 * sample: a range of the source also holds the mutants within. And it loads only the test files
 * that reach a mutant, the nearest and quickest first, and stops after the first that fails; the
 * original loads all files and filters by the names of the tests.
 */
class SampledJestRunner {
  constructor(jest, { sample, spawning }) {
    this.jest = jest;
    this.sample = new Set(sample);
    this.spawning = spawning.map(pattern => new RegExp(pattern));
  }

  capabilities() {
    return this.jest.capabilities();
  }

  async init() {
    await this.jest.init();
  }

  async dryRun(options) {
    delete process.env.MUTATION_TEST_FILES;
    const result = await this.jest.dryRun(options);
    if (result.status === DryRunStatus.Complete) {
      this.tests = result.tests.map(({ id, fileName, timeSpentMs }) => [id, fileName, timeSpentMs]);
      writeFileSync(MEASURED, JSON.stringify(this.tests));
      this.coverBySpawning(result, options.files);
    }
    return result;
  }

  /** Suites that run the sources in other processes may reach every mutant. */
  coverBySpawning({ tests, mutantCoverage }, mutatedFiles = []) {
    const ids = mutatedFiles.flatMap(file =>
      [...readFileSync(file, 'utf8').matchAll(/\bstryMutAct_\w+\("(\d+)"\)/g)].map(m => m[1]),
    );
    for (const { id, fileName } of tests) {
      if (this.spawning.some(pattern => pattern.test(fileName))) {
        const own = (mutantCoverage.perTest[id] ??= {});
        ids.forEach(mutant => (own[mutant] ??= 1));
      }
    }
  }

  async mutantRun(options) {
    const file = relative(process.cwd(), options.sandboxFileName);
    const { location, mutatorName, replacement } = options.activeMutant;
    if (!this.sample.has(keyOf(file, location, mutatorName, replacement))) {
      return { status: MutantRunStatus.Error, errorMessage: 'not in the sample' };
    }
    let nrOfTests = 0;
    for (const { files, ids } of this.batches(file, options.testFilter)) {
      process.env.MUTATION_TEST_FILES = JSON.stringify(files);
      const testFilter = options.testFilter && ids;
      const result = await this.jest.mutantRun({ ...options, testFilter });
      if (result.status !== MutantRunStatus.Survived) {
        return result;
      }
      nrOfTests += result.nrOfTests;
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  /** The test files that reach a mutant, in batches of 1, 2, 4, ... */
  batches(mutated, testFilter) {
    this.tests ??= JSON.parse(readFileSync(MEASURED, 'utf8'));
    const wanted = testFilter && new Set(testFilter);
    const found = new Map();
    for (const [id, file, ms] of this.tests) {
      if (!wanted || wanted.has(id)) {
        const entry = found.get(file) ?? { file, ids: [], ms: 0 };
        entry.ids.push(id);
        entry.ms += ms;
        found.set(file, entry);
      }
    }
    const room = `test/${mutated.split('/')[1]}/`;
    const far = ({ file }) => (relative(process.cwd(), file).startsWith(room) ? 0 : 1);
    const ordered = [...found.values()].sort((a, b) => far(a) - far(b) || a.ms - b.ms);
    const batches = [];
    for (let size = 1; ordered.length > 0; size *= 2) {
      const batch = ordered.splice(0, size);
      batches.push({ files: batch.map(e => e.file), ids: batch.flatMap(e => e.ids) });
    }
    return batches;
  }
}

function sampledJest(injector, options) {
  return new SampledJestRunner(jestPlugins[0].factory(injector), options.sampled);
}
sampledJest.inject = tokens(commonTokens.injector, commonTokens.options);

/** Says what became of each mutant as soon as it is known. */
class SampledReporter {
  static inject = tokens(commonTokens.options);

  constructor({ sampled }) {
    this.sample = new Set(sampled.sample);
    this.done = 0;
  }

  onMutantTested({ fileName, location: { start, end }, mutatorName, replacement, status }) {
    const file = relative(process.cwd(), fileName);
    const from0 = ({ line, column }) => ({ line: line - 1, column: column - 1 });
    const location = { start: from0(start), end: from0(end) };
    if (this.sample.has(keyOf(file, location, mutatorName, replacement))) {
      this.done += 1;
      const at = `${file}:${start.line}:${start.column}`;
      process.stdout.write(`${this.done}/${this.sample.size} ${status} ${at} ${mutatorName}\n`);
    }
  }
}

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, 'sampled-jest', sampledJest),
  declareClassPlugin(PluginKind.Reporter, 'sampled', SampledReporter),
];

export const strykerValidationSchema = {
  properties: {
    sampled: { type: 'object' },
    jest: { type: 'object' },
  },
};
