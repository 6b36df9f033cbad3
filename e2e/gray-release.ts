import { join } from 'node:path';
import { App } from 'cdk8s';
import type { Context } from './context';
import { exampleFor } from './example-for';
import {
  agentPods,
  AGENTS,
  AGENT_NAMES,
  changed,
  daemonSets,
  generations,
  gone,
  lowest,
  mostAtOnce,
  ready,
  SHOP,
  templatesOf,
} from './gray-release-watch';
import { HOLD, parse, type Manifest } from './manifests';
import type { Seen } from './observation';
import { Runbook } from './runbook';
import { until } from './until';
import { IMAGES, STAGES } from '../examples/gray-release/main';

const POOL = 'example.com/routes-agent';
const WAVE = 'example.com/wave';
const [NODES, WAVES, SHIFT, UNDO] = [
  'Nodes with',
  'Agent of contract',
  'Workload',
  'How to undo it',
];
/** What is run of RUNBOOK.md: the title of the section, and the words before the commands. */
export const COMMANDS = {
  check: [NODES, '**Before**'],
  make: [NODES, '**Do**'],
  look: [NODES, '**Look at**'],
  back: [NODES, '**Back**'],
  clean: [NODES, 'What the agent left'],
  shift: [SHIFT, '**Do**'],
  count: [SHIFT, '**Look at**'],
  shifted: [SHIFT, 'Everything has been shifted'],
  move: [WAVES, 'A node belongs'],
  nodes: [WAVES, '**Before** you promote'],
  promote: [WAVES, '**Promote**'],
  undo: [WAVES, 'If none of that is at hand'],
} as const;
export const UNDO_STEPS = [
  [UNDO, '2. Delete'],
  [UNDO, '3. Delete'],
  [UNDO, '4. When nobody'],
  [UNDO, '5. Remove'],
] as const;
const OBJECT = 'file:/run/routes/table';

/**
 * The whole gray release, by the commands of the RUNBOOK.md of each stage: the node, the workload,
 * the next agent, the way back, and nothing left.
 */
export async function grayRelease(context: Context): Promise<Seen[]> {
  const node = context.nodes.home;
  await context.makeNamespaces({ [SHOP]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory('gray-agents.routes'));
  context.whenGone(async () => {
    for (const [verb, key] of [
      ['label', WAVE],
      ['label', POOL],
      ['taint', POOL],
    ] as const) {
      await context.kubectl.try([verb, 'node', node, `${key}-`]);
    }
    await context.kubectl.try(['uncordon', node]);
  });
  const before = await footprint(context, node);
  const runbooks = STAGES.map(stage => Runbook.in(join('gray-release', stage)));
  const apply = async (stage: number) => context.apply(manifestsOf(context, STAGES[stage]));
  const endpoints = async (old: number, young: number) =>
    until(
      `${old} old and ${young} new endpoints`,
      240,
      async () => {
        const counts = await ready(context);
        return (counts.old === old && counts.young === young) || undefined;
      },
      async () => context.describe(SHOP),
    );
  const seen: Seen[] = [];

  // 1: the agents are there, and no node has them
  await apply(0);
  await endpoints(8, 0);
  const idle = await until('the DaemonSets have been looked at', 60, async () => {
    const sets = await daemonSets(context);
    return (
      sets.every(({ status }) => status.desiredNumberScheduled !== undefined) &&
      sets.map(({ status }) => status.desiredNumberScheduled)
    );
  });
  seen.push({
    observed: `stage 1: the workload runs as before, and without the label on a node there are ${idle.join(' and ')} agents`,
    ok: idle.every(count => count === 0),
  });

  // the first batch of nodes, which somebody has looked at before
  const verdict = (await runbooks[0].run(...COMMANDS.check, { node }))
    .split('\n')
    .find(line => line.startsWith(`${node}: `));
  seen.push({
    observed: `before the node gets anything, it is looked at by RUNBOOK.md: NODE: ${verdict?.slice(node.length + 2)}`,
    ok: /: passed/.test(verdict ?? ''),
  });
  await runbooks[0].run(...COMMANDS.make, { node });
  const agent = await context.runningPod(AGENTS, 'routes', { seconds: 120 });
  const looked = await runbooks[0].run(...COMMANDS.look, { node });
  seen.push({
    observed: `the node gets its label and taint: the agent of the last wave comes, ${agent.metadata.name.replace(/-[^-]+$/, '')}`,
    ok: agent.spec.nodeName === node && looked.match(/ 1\/1 +Running /g)?.length === 1,
  });

  // 2: the first pods; the side that grows goes first
  const grow = async (stage: number, replicas: number, old: number, young: number) =>
    lowest(context, async () => {
      await runbooks[stage].run(...COMMANDS.shift, { replicas });
      await endpoints((await ready(context)).old, replicas);
      await apply(stage);
      await endpoints(old, young);
    });
  const low = await grow(1, 2, 6, 2);
  const counted = Number((await runbooks[1].run(...COMMANDS.count)).trim().split('\n').at(-1));
  const client = context.probe(await context.runningPod(SHOP, 'shop-new'), 'web');
  await client.read(context.token, OBJECT);
  seen.push({
    observed: `stage 2: 6 old and 2 new pods behind one Service, ${counted} endpoints and never fewer than ${low.both}, ${low.old} old ones; a new one reads what the agent wrote`,
    ok: counted === 8 && low.both >= 8 && low.old >= 6,
  });

  // the node moves into the first wave
  const together = await mostAtOnce(context, async () => {
    await runbooks[1].run(...COMMANDS.move, { node, only: /into wave canary/ });
    await context.runningPod(AGENTS, 'routes-canary', { seconds: 120 });
    await gone(context, agent);
  });
  seen.push({
    observed: `the node moves to another wave: its agent takes over, never more than ${together} of them at once, and the client ${(await client.isLive(context.token, OBJECT)) ? 'reads on' : 'reads nothing new'}`,
    ok: together === 1 && (await client.isLive(context.token, OBJECT)),
  });

  // 3: the next agent on the first wave, and most of the workload
  const generationsBefore = await generations(context);
  const templatesBefore = JSON.stringify(await templatesOf(context));
  const canary = await context.runningPod(AGENTS, 'routes-canary');
  const low3 = await grow(2, 6, 2, 6);
  await gone(context, canary);
  await runbooks[2].run(...COMMANDS.promote);
  const promoted = changed(generationsBefore, await generations(context));
  seen.push({
    observed: `stage 3: the candidate runs on the canary wave alone (${promoted.join(', ')} changed), clients read on; never fewer than ${low3.old} old, ${low3.young} new and ${low3.both} endpoints`,
    ok:
      low3.both >= 8 &&
      promoted.join() === 'routes-canary' &&
      low3.old >= 2 &&
      low3.young >= 2 &&
      (await client.isLive(context.token, OBJECT)),
  });

  // back without the code
  const [row] = (await runbooks[2].run(...COMMANDS.nodes))
    .split('\n')
    .filter(line => line.startsWith(`${node} `));
  await runbooks[2].run(...COMMANDS.undo);
  await runbooks[2].run(...COMMANDS.promote);
  const isBack = JSON.stringify(await templatesOf(context)) === templatesBefore;
  seen.push({
    observed: `the wave of the node is counted (${row?.trim().split(/ +/).at(-1)}), and by the command without the code, the pod templates ${isBack ? 'are as before the candidate' : 'differ'}`,
    ok: isBack && / canary$/.test(row ?? '') && (await client.isLive(context.token, OBJECT)),
  });

  // back, and forth again; the only node must take old pods too, for which a cluster has other
  // nodes
  await context.kubectl.run(['taint', 'node', node, `${POOL}-`]);
  await apply(1);
  await endpoints(6, 2);
  const templates = await templatesOf(context);
  await apply(2);
  await apply(1);
  const same = JSON.stringify(await templatesOf(context)) === JSON.stringify(templates);
  seen.push({
    observed: `rolled back by naming the number and the wave before: 6 and 2 pods, and the pod templates ${same ? 'are as they were' : 'differ'}`,
    ok: same,
  });

  // 4: done
  await runbooks[3].run(...COMMANDS.shift, { replicas: 8 });
  await apply(3);
  await endpoints(6, 8); // what is no longer in the YAML stays
  await runbooks[3].run(...COMMANDS.shifted);
  await endpoints(0, 8);
  seen.push({
    observed:
      'stage 4: 8 new pods; the old Deployment is no longer in the YAML, keeps its 6 pods, and goes by the command of RUNBOOK.md',
    ok: true,
  });

  // the way back, from the end to the beginning, and all of it away
  await apply(0);
  await endpoints(8, 0);
  await context.kubectl.run(['taint', 'node', node, `${POOL}=yes:NoSchedule`]);
  await runbooks[0].run(...COMMANDS.back, { node });
  await until(
    'the agents have left',
    120,
    async () => (await agentPods(context)).length === 0 || undefined,
  );
  await endpoints(8, 0);
  const cleaned = await runbooks[0].run(...COMMANDS.clean, { node });
  const left = await leftOn(context);
  seen.push({
    observed: `back to stage 1, then the node: 8 pods with the agent inside, no agent on the node, and of its memory ${left === '' ? 'nothing' : left}`,
    ok: left === '' && cleaned.includes('removed all that was in'),
  });
  seen.push(await undone(context, runbooks[0], node, before));
  return seen;
}

/**
 * "How to undo it", command by command: nodes and volumes are as they were, and nothing is left on
 * the node.
 */
async function undone(
  context: Context,
  runbook: Runbook,
  node: string,
  before: string,
): Promise<Seen> {
  await runbook.run(...COMMANDS.make, { node }); // as if the node had not been taken back
  await context.kubectl.run(['label', 'node', node, `${WAVE}=canary`]);
  await context.runningPod(AGENTS, 'routes-canary', { seconds: 120 });
  // the clients, rendered without the contract
  await context.kubectl.run(['delete', '-n', SHOP, 'deployment/shop-new']);
  for (const [title, words] of UNDO_STEPS) {
    await runbook.run(title, words);
  }
  const after = await footprint(context, node);
  return {
    observed: `undone by RUNBOOK.md: ${after === before ? 'labels, taints, volumes and the directory on the node are as before it all' : `not as before: ${after}, was ${before}`}`,
    ok: after === before,
  };
}

/** What a gray release touches outside its namespaces. */
async function footprint(context: Context, node: string): Promise<string> {
  const json = JSON.parse(await context.kubectl.run(['get', 'node', node, '-o', 'json'])) as {
    metadata: { labels: object };
    spec: { taints?: object[]; unschedulable?: boolean };
  };
  const volumes = (await context.kubectl.get('persistentvolumes'))
    .map(({ metadata }) => metadata.name)
    .filter(name => name.includes(AGENTS));
  const { labels } = json.metadata;
  const { taints = [], unschedulable = false } = json.spec;
  return JSON.stringify({ labels, taints, unschedulable, volumes, left: await leftOn(context) });
}

/** What is in the contract's directory on the node. */
async function leftOn(context: Context): Promise<string> {
  const left = await context.onNode(
    'cd /host/run/cdk8s-shared-memory/gray-agents.routes 2>/dev/null || exit 0; find . -mindepth 1; grep /gray-agents.routes/ /proc/mounts || :',
  );
  return left.trim();
}

/**
 * The manifests of a stage, with the replicas as they are. The candidate's image is the test's, so
 * its command is written otherwise: a promotion must be seen.
 */
function manifestsOf(context: Context, at: string): Manifest[] {
  const app = new App();
  exampleFor(context.nodes, 'gray-release').build(app, IMAGES, at);
  const serve = ['shm-probe', '-g', '2000', 'serve', context.token, OBJECT];
  const next = ['sh', '-c', `exec ${serve.join(' ')}`];
  const yaml = app.synthYaml();
  const promoted = new Set(
    parse(yaml)
      .filter(
        ({ kind, spec }) => kind === 'DaemonSet' && JSON.stringify(spec).includes(IMAGES.nextAgent),
      )
      .map(({ metadata }) => metadata.name),
  );
  const commands = Object.fromEntries(
    AGENT_NAMES.map(name => [`${name}/agent`, promoted.has(name) ? next : serve]),
  );
  return context.ready(yaml, { ...commands, web: HOLD }, 'as rendered');
}
