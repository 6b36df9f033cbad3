/**
 * Asserts every promise of src/model/promises.ts, every example and the bad days on a real cluster,
 * and writes down what was seen: docs/verified/.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Context } from './context';
import { environment } from './environment';
import { Kubectl } from './kubectl';
import { usableNodes, type Nodes } from './nodes';
import { options, USAGE, type Options } from './options';
import { idOf, readRecords, writeRecord, type RecordedTest } from './record';
import { TESTS, type Outcome, type Test } from './tests';
import { setPatience } from './until';

async function main(): Promise<number> {
  const given = options(
    process.argv.slice(2),
    TESTS.map(({ name }) => name),
  );
  if (typeof given === 'string' || !process.env.KUBECONFIG) {
    console.error(
      `e2e: ${typeof given === 'string' ? given : 'KUBECONFIG is not set: these tests need a cluster and are never skipped'}\n\n${USAGE}`,
    );
    return 2;
  }
  setPatience(given.patience);
  const kubectl = new Kubectl();
  await kubectl.run(['get', '--raw', '/readyz']);
  const usable = await usableNodes(kubectl);
  const where = await inContext(kubectl, usable, given, environment);
  const nodes: Nodes = {
    ...usable,
    enforceSeLinux: where.selinux === 'enforcing',
    hasCgroup2: where.cgroup === 'v2',
  };
  console.log(
    `Kubernetes ${where.kubernetes}, ${where.runtime}, kernel ${where.kernel}, cgroup ${where.cgroup}, SELinux ${where.selinux}`,
  );

  const kept = join(__dirname, '..', 'artifacts', `e2e-${idOf(where)}.json`);
  const outcomes = new Map<string, Outcome>(
    given.resume && existsSync(kept)
      ? Object.entries(JSON.parse(readFileSync(kept, 'utf8')) as Record<string, Outcome>)
      : [],
  );
  const isGood = (name: string) => {
    const outcome = outcomes.get(name);
    return outcome?.failures.length === 0 && outcome.skipped === undefined;
  };
  const chosen = TESTS.filter(({ name }) => given.only === undefined || given.only === name);
  const attempt = async (test: Test): Promise<void> => {
    const outcome = await inContext(kubectl, nodes, given, async context =>
      test.run(context),
    ).catch((error: unknown): Outcome => ({
      observations: [],
      seen: [],
      failures: [`${test.name}: ${messageOf(error)}`],
    }));
    outcomes.set(test.name, outcome);
    if (given.only === undefined) {
      keep(kept, outcomes);
    }
    console.log([`\n${test.name}`, ...lines(outcome)].join('\n'));
  };
  const todo = chosen.filter(({ name }) => !isGood(name));
  const together = todo.filter(({ alone }) => !alone);
  await Promise.all(
    Array.from({ length: given.atOnce }, async () => {
      for (let test = together.shift(); test; test = together.shift()) {
        await attempt(test);
      }
    }),
  );
  for (const test of todo.filter(({ alone }) => alone)) {
    await attempt(test);
  }

  if (given.only === undefined || given.record) {
    const before = readRecords().find(({ id }) => id === idOf(where))?.tests;
    const now = chosen.flatMap(({ name }) => recorded(name, outcomes));
    const names = TESTS.map(({ name }) => name);
    const tests = { ...before, ...Object.fromEntries(now) };
    const file = writeRecord({ environment: where, tests }, names);
    console.log(`\nwrote ${file}; npm run docs makes its page`);
  }
  const failures = chosen.flatMap(({ name }) => outcomes.get(name)?.failures ?? []);
  failures.forEach(failure => console.error(`\nFAIL ${failure}`));
  return failures.length > 0 ? 1 : 0;
}

function recorded(name: string, outcomes: ReadonlyMap<string, Outcome>): [string, RecordedTest][] {
  const outcome = outcomes.get(name);
  if (outcome === undefined) {
    return [];
  }
  const { failures, observations, seen, skipped } = outcome;
  const words = seen.map(({ observed, ok }) => ({ observed, ok }));
  return [
    [
      name,
      {
        observations,
        seen: words,
        ...(skipped === undefined ? {} : { skipped }),
        ...(failures.length === 0 ? {} : { failures }),
      },
    ],
  ];
}

/** What has been seen stays, for a run that goes on where this one fails. */
function keep(file: string, outcomes: ReadonlyMap<string, Outcome>): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(Object.fromEntries(outcomes)));
}

async function inContext<T>(
  kubectl: Kubectl,
  nodes: Nodes,
  given: Options,
  test: (context: Context) => Promise<T>,
): Promise<T> {
  const context = new Context(kubectl, nodes, given, given.keep);
  const result = await test(context).catch(async (error: unknown) => {
    await context
      .cleanUp()
      // the first error matters more
      .catch((second: unknown) => console.error(`cleaning up failed too: ${messageOf(second)}`));
    throw error;
  });
  await context.cleanUp();
  return result;
}

function lines({ observations, seen, skipped }: Outcome): string[] {
  const line = (ok: boolean, text: string) => `  ${ok ? 'ok  ' : 'FAIL'} ${text}`;
  return [
    ...(skipped === undefined ? [] : [`  skipped: ${skipped}`]),
    ...observations.map(o => line(o.ok, `${o.promise} (${o.expected}): ${o.observed}`)),
    ...seen.map(s => line(s.ok, s.observed)),
  ];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main().then(
  code => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`e2e: ${messageOf(error)}`);
    process.exitCode = 1;
  },
);
