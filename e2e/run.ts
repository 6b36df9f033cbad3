/** Asserts every promise of src/model/promises.ts, and every example, on a real cluster, and writes down what was seen: docs/verified-<minor>.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BAD_DAYS } from './bad-days';
import { clientPolicy } from './client-policy';
import { Context } from './context';
import { environment } from './environment';
import { observeExample, type Seen } from './examples';
import { Kubectl } from './kubectl';
import { problems, type Observation } from './observation';
import { options, USAGE } from './options';
import { TECHNIQUES } from './techniques';
import { minorOf, verified } from './verified';
import { writingClients } from './writing-clients';
import { exampleNames } from '../scripts/examples';
import { PROMISES } from '../src/model/promises';

/** What is asserted beside the table of promises. */
const MORE: Readonly<Record<string, (context: Context) => Promise<Seen[]>>> = {
  ...Object.fromEntries(exampleNames().map(name => [`example ${name}`, async (context: Context) => observeExample(context, name)])),
  'writing clients': writingClients,
  'client policy': clientPolicy,
  ...BAD_DAYS,
};

async function main(): Promise<number> {
  const techniques = PROMISES.map(({ technique }) => technique);
  const given = options(process.argv.slice(2), [...techniques, ...Object.keys(MORE)]);
  if (typeof given === 'string' || !process.env.KUBECONFIG) {
    console.error(`e2e: ${typeof given === 'string' ? given : 'KUBECONFIG is not set: these tests need a cluster and are never skipped'}\n\n${USAGE}`);
    return 2;
  }
  const kubectl = new Kubectl();
  await kubectl.run(['get', '--raw', '/readyz']);

  const inContext = async <T>(test: (context: Context) => Promise<T>): Promise<T> => {
    const context = new Context(kubectl, given, given.keep);
    const result = await test(context).catch(async (error: unknown) => {
      await context.cleanUp().catch((second: unknown) => console.error(`cleaning up failed too: ${messageOf(second)}`)); // the first error matters more
      throw error;
    });
    await context.cleanUp();
    return result;
  };
  const seen = await inContext(environment);
  console.log(`Kubernetes ${seen.kubernetes}, ${seen.runtime}, kernel ${seen.kernel}, cgroup ${seen.cgroup}`);

  const failures: string[] = [];
  const attempt = async (name: string, test: () => Promise<void>): Promise<void> => {
    if (given.only !== undefined && given.only !== name) { return; }
    console.log(`\n${name}`);
    await test().catch((error: unknown) => { failures.push(`${name}: ${messageOf(error)}`); });
  };
  const observations: Observation[] = [];
  for (const technique of techniques) {
    await attempt(technique, async () => {
      const test = TECHNIQUES[technique];
      if (!test) { throw new Error('no test'); }
      const mine = await inContext(test);
      mine.forEach(({ promise, expected, observed, ok }) => console.log(`  ${ok ? 'ok  ' : 'FAIL'} ${promise} (${expected}): ${observed}`));
      observations.push(...mine);
      failures.push(...problems(mine, [technique]));
    });
  }
  const more: (Seen & { test: string })[] = [];
  for (const [test, run] of Object.entries(MORE)) {
    await attempt(test, async () => {
      const mine = await inContext(run);
      mine.forEach(({ observed, ok }) => console.log(`  ${ok ? 'ok  ' : 'FAIL'} ${observed}`));
      more.push(...mine.map(seenThere => ({ test, ...seenThere })));
      failures.push(...mine.filter(({ ok }) => !ok).map(({ observed }) => `${test}: ${observed}`));
    });
  }
  failures.forEach((failure) => console.error(`\nFAIL ${failure}`));
  if (failures.length > 0) { return 1; }
  if (given.only === undefined) {
    const page = `docs/verified-${minorOf(seen)}.md`;
    writeFileSync(join(__dirname, '..', page), verified(seen, observations, more));
    console.log(`\nwrote ${page}`);
  }
  return 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main().then((code) => { process.exitCode = code; }, (error: unknown) => {
  console.error(`e2e: ${messageOf(error)}`);
  process.exitCode = 1;
});
