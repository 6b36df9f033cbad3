import { BAD_DAYS } from './bad-days';
import { charges } from './charges';
import { clientNamespace } from './client-namespace';
import { clientPolicy } from './client-policy';
import { LackingImages, type Context } from './context';
import { observeExample } from './examples';
import { guarded } from './guard';
import { hugePages } from './huge-pages';
import { joining } from './join';
import { joinByLabel } from './label';
import { nodeTasks } from './node-tasks';
import { ALL_PROMISES, problems, type Observation, type Seen } from './observation';
import { operations } from './operations';
import { outputFolders } from './output-folders';
import { policyRunbook } from './policy-runbook';
import { withoutPool } from './pool';
import { rootAgent } from './root-agent';
import { seLinuxNodes } from './selinux';
import { startupTaint } from './startup-taint';
import { sticky } from './sticky';
import { TECHNIQUES } from './techniques';
import { twoAgents } from './two-agents';
import { twoNodes } from './two-nodes';
import { versionsRunbook } from './versions-runbook';
import { writingClients } from './writing-clients';
import { exampleNames, loadExample } from '../scripts/examples';
import { PROMISES } from '../src/model/contract/promises';

/** What a test has seen, and what of it is not as it must be. */
export interface Outcome {
  readonly observations: readonly Observation[];
  readonly seen: readonly (Seen & { test: string })[];
  readonly failures: readonly string[];
  /** Why the test did not run here; it asserted nothing then. */
  readonly skipped?: string;
}

/**
 * One test; with others at once, unless it uses what a node has once: its label, its /dev/shm, its
 * System V keys, its huge pages.
 */
export interface Test {
  readonly name: string;
  readonly alone: boolean;
  run(context: Context): Promise<Outcome>;
}

/**
 * What does not run where SELinux is enforcing, because its contracts do not say `seLinux: true`.
 */
const WITHOUT_SELINUX = [
  'joining what exists',
  'huge pages',
  'guarded directories',
  'join by label',
  'node tasks',
  'two nodes',
  'charges of cgroup v2',
];

/** What needs `Backing.directory()`, beside the techniques that name it. */
const ON_A_DIRECTORY = ['writing clients', 'bad day: the directory'];

const NEEDS_POOL = ['huge-pages-sidecar', 'huge-pages-claim', 'huge-pages-host-path', 'huge pages'];

const ALONE = [
  ...NEEDS_POOL,
  'dev-shm',
  'system-v',
  'example node-agents',
  'example host-ipc',
  'example host-path-dev-shm',
  'example policy',
  'example gray-release',
  'example join-by-label',
  'join by label',
  'two agents',
  'two nodes',
  'charges of cgroup v2',
  'SELinux',
  'startup taint',
  'node tasks',
  'bad day: the directory',
  'bad day: the node restarts',
];

/** What is asserted beside the table of promises. */
const MORE: Readonly<Record<string, (context: Context) => Promise<Seen[]>>> = {
  ...Object.fromEntries(
    exampleNames().map(name => [
      `example ${name}`,
      async (context: Context) => observeExample(context, name),
    ]),
  ),
  'output folders': outputFolders,
  'writing clients': writingClients,
  'joining what exists': joining,
  'guarded directories': guarded,
  'sticky leaves': sticky,
  'root agent': rootAgent,
  'huge pages': hugePages,
  'two agents': twoAgents,
  'client policy': clientPolicy,
  'runbook of a policy': policyRunbook,
  'runbook of versions': versionsRunbook,
  'client namespace': clientNamespace,
  'join by label': joinByLabel,
  'startup taint': startupTaint,
  'node tasks': nodeTasks,
  SELinux: seLinuxNodes,
  'two nodes': twoNodes,
  'charges of cgroup v2': charges,
  operations: operations,
  ...BAD_DAYS,
};

/** Techniques: all of the table in docs/concepts.md, and those of docs/join.md that have a test. */
const ASSERTED = ALL_PROMISES.map(({ technique }) => technique).filter(
  technique =>
    TECHNIQUES[technique] !== undefined || PROMISES.some(each => each.technique === technique),
);

/** All tests, in the order in which docs/verified.md has them. */
export const TESTS: readonly Test[] = [
  ...ASSERTED.map(technique =>
    test(technique, async context => {
      const run = TECHNIQUES[technique];
      if (!run) {
        throw new Error('no test');
      }
      const observations = await run(context);
      return { observations, seen: [], failures: problems(observations, [technique]) };
    }),
  ),
  ...Object.entries(MORE).map(([name, run]) =>
    test(name, async context => {
      const seen = (await run(context)).map(each => ({ test: name, ...each }));
      return {
        observations: [],
        seen,
        failures: seen.filter(({ ok }) => !ok).map(({ observed }) => `${name}: ${observed}`),
      };
    }),
  ),
];

function test(name: string, run: Test['run']): Test {
  const unlessSkipped = async (context: Context): Promise<Outcome> => {
    const skipped = await whySkipped(name, context);
    const nothing = { observations: [], seen: [], failures: [] };
    return skipped === undefined
      ? run(context).catch((error: unknown): Outcome => {
          if (error instanceof LackingImages) {
            return { ...nothing, skipped: `${name}: ${error.message}` };
          }
          throw error;
        })
      : { ...nothing, skipped };
  };
  return { name, alone: ALONE.includes(name), run: unlessSkipped };
}

/** Returns why a test cannot run on this cluster. Absent if it can. */
async function whySkipped(name: string, context: Context): Promise<string | undefined> {
  const { enforceSeLinux } = context.nodes;
  if (name === 'two nodes' && context.nodes.all.length < 2) {
    return `${name}: the cluster has one node`;
  }
  if (name === 'charges of cgroup v2' && !context.nodes.hasCgroup2) {
    return `${name}: the nodes have cgroup v1`;
  }
  if (name === 'SELinux') {
    return enforceSeLinux ? undefined : 'SELinux in enforcing mode.';
  }
  if (enforceSeLinux && (ON_A_DIRECTORY.includes(name) || name.includes('directory-'))) {
    return `${name}: contracts with \`seLinux: true\` refuse \`Backing.directory()\``;
  }
  if (enforceSeLinux && WITHOUT_SELINUX.includes(name)) {
    return `${name}: its contracts do not say \`seLinux: true\``;
  }
  if (NEEDS_POOL.includes(name)) {
    const lack = await withoutPool(context);
    return lack === undefined ? undefined : `Huge pages: ${lack}`;
  }
  if (name === 'join by label') {
    return tooOld(context, name, '1.36');
  }
  const example = exampleNames().find(each => name === `example ${each}`);
  return example === undefined
    ? undefined
    : tooOld(context, `example ${example}`, loadExample(example).LEAST_KUBERNETES);
}

/** Returns the sentence for a cluster that is older than a version like 1.36. */
async function tooOld(
  { kubectl }: Context,
  what: string,
  least: string,
): Promise<string | undefined> {
  const { minor } = JSON.parse(await kubectl.run(['get', '--raw', '/version'])) as {
    minor: string;
  };
  const isTooOld = Number.parseInt(minor, 10) < Number(least.split('.')[1]);
  return isTooOld ? `${what}: needs Kubernetes ${least} or newer` : undefined;
}
