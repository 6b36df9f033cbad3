import { App } from 'cdk8s';
import type { Context } from './context';
import type { ApiObject, Pod } from './kubectl';
import { HOLD, parse, type Manifest } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import { build, IMAGES, STAGES } from '../examples/gray-release/main';

const POOL = 'example.com/routes-agent';
const WAVE = 'example.com/wave';
const [AGENTS, SHOP] = ['gray-agents', 'gray-shop'];
const OBJECT = 'file:/run/routes/table';

interface Rolled extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation: number };
  readonly status: { readonly desiredNumberScheduled?: number };
}
interface Endpoint { readonly conditions: { readonly ready?: boolean }; readonly targetRef?: { readonly name: string } }
interface Slice extends ApiObject { readonly endpoints?: Endpoint[] }
interface Counts { readonly old: number; readonly young: number; readonly both: number }

/** The whole gray release, by the commands of its RUNBOOK.md: the node, the workload, the next agent, and the way back. */
export async function grayRelease(context: Context): Promise<Seen[]> {
  const [node] = (await context.kubectl.get('nodes')).map(n => n.metadata.name);
  const onNode = async (verb: 'label' | 'taint', what: string) => context.kubectl.run([verb, 'node', node, what]);
  await context.makeNamespaces({ [SHOP]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory('gray-agents.routes'));
  context.whenGone(async () => { for (const [verb, key] of [['label', WAVE], ['label', POOL], ['taint', POOL]] as const) { await context.kubectl.try([verb, 'node', node, `${key}-`]); } });
  const stage = (at: string) => manifestsOf(context, at);
  const seen: Seen[] = [];

  // 1: the agents are there, and no node has them
  await context.apply(stage(STAGES[0]));
  await until('the old Deployment runs', 120, async () => (await ready(context)).old === 8 || undefined, async () => context.describe(SHOP));
  const idle = await until('the DaemonSets have been looked at', 60, async () => {
    const sets = await daemonSets(context);
    return sets.every(({ status }) => status.desiredNumberScheduled !== undefined) && sets.map(({ status }) => status.desiredNumberScheduled);
  });
  seen.push({ observed: `stage 1: the workload runs as before, and without the label on a node there are ${idle.join(' and ')} agents`, ok: idle.every(count => count === 0) });

  // the first batch of nodes
  await onNode('label', `${POOL}=yes`);
  await onNode('taint', `${POOL}=yes:NoSchedule`);
  const agent = await context.runningPod(AGENTS, 'routes', { seconds: 120 });
  seen.push({ observed: `the node gets its label: the agent of the last wave comes, ${agent.metadata.name.replace(/-[^-]+$/, '')}`, ok: agent.spec.nodeName === node });

  // 2: the first pods
  const low = await lowest(context, async () => {
    await context.apply(stage(STAGES[1]));
    await until('two new pods are endpoints', 180, async () => { const counts = await ready(context); return (counts.old === 6 && counts.young === 2) || undefined; }, async () => context.describe(SHOP));
  });
  const client = context.probe(await context.runningPod(SHOP, 'shop-new'), 'web');
  await client.read(context.token, OBJECT);
  seen.push({ observed: `stage 2: 6 old and 2 new pods behind one Service, never fewer than ${low.old} old ones on the way; a new one reads what the agent wrote`, ok: low.old >= 6 });

  // the node moves into the first wave
  const together = await mostAtOnce(context, async () => {
    await onNode('label', `${WAVE}=canary`);
    await context.runningPod(AGENTS, 'routes-canary', { seconds: 120 });
    await gone(context, agent);
  });
  seen.push({ observed: `the node moves to another wave: its agent takes over, never more than ${together} of them at once, and the client ${await client.isLive(context.token, OBJECT) ? 'reads on' : 'reads nothing new'}`, ok: together === 1 && await client.isLive(context.token, OBJECT) });

  // 3: the next agent on the first wave, and most of the workload
  const before = await generations(context);
  const canary = await context.runningPod(AGENTS, 'routes-canary');
  const low3 = await lowest(context, async () => {
    await context.kubectl.run(['scale', '-n', SHOP, 'deployment/shop-new', '--replicas=6']); // the one that grows goes first
    await until('six new pods are endpoints', 180, async () => (await ready(context)).young === 6 || undefined, async () => context.describe(SHOP));
    await context.apply(stage(STAGES[2]));
    await gone(context, canary);
    await context.runningPod(AGENTS, 'routes-canary', { seconds: 120 });
    await until('six new pods are endpoints', 180, async () => { const counts = await ready(context); return (counts.old === 2 && counts.young === 6) || undefined; }, async () => context.describe(SHOP));
  });
  const after = await generations(context);
  seen.push({ observed: `stage 3: the candidate runs on the canary wave alone (${changed(before, after).join(', ')} changed), clients read on; never fewer than ${low3.old} old, ${low3.young} new and ${low3.both} endpoints`, ok: low3.both >= 8 && changed(before, after).join() === 'routes-canary' && low3.old >= 2 && low3.young >= 2 && await client.isLive(context.token, OBJECT) });

  // back, and forth again; the only node must take old pods too, for which a cluster has other nodes
  await onNode('taint', `${POOL}-`);
  await context.apply(stage(STAGES[1]));
  await until('the split is as it was', 180, async () => { const counts = await ready(context); return (counts.old === 6 && counts.young === 2) || undefined; }, async () => context.describe(SHOP));
  const templates = await templatesOf(context);
  await context.apply(stage(STAGES[2]));
  await context.apply(stage(STAGES[1]));
  const same = JSON.stringify(await templatesOf(context)) === JSON.stringify(templates);
  seen.push({ observed: `rolled back by naming the number and the wave before: 6 and 2 pods, and the pod templates ${same ? 'are as they were' : 'differ'}`, ok: same });

  // 4: done
  await context.apply(stage(STAGES[3]));
  await until('eight new pods are endpoints', 240, async () => (await ready(context)).young === 8 || undefined, async () => context.describe(SHOP));
  const left = (await ready(context)).old;
  await context.kubectl.run(['delete', '-n', SHOP, 'deployment/shop-old']);
  await until('the old pods are gone', 120, async () => (await ready(context)).old === 0 || undefined);
  seen.push({ observed: `stage 4: 8 new pods; the old Deployment is no longer in the YAML, and keeps its ${left} pods until it is deleted, as RUNBOOK.md says`, ok: left === 6 });

  // the way back, from the end to the beginning: clients, label, taint
  await context.apply(stage(STAGES[0]));
  await until('the workload is where it began', 240, async () => { const counts = await ready(context); return (counts.old === 8 && counts.young === 0) || undefined; }, async () => context.describe(SHOP));
  await onNode('label', `${POOL}-`);
  await until('the agents have left', 120, async () => (await agentPods(context)).length === 0 || undefined);
  seen.push({ observed: 'back to stage 1, then the label taken away: 8 pods with the agent inside, no agent on the node', ok: true });
  return seen;
}

/** The manifests of a stage, with the replicas as they are. The candidate's image is the test's, so its command is written otherwise: a promotion must be seen. */
function manifestsOf(context: Context, at: string): Manifest[] {
  const app = new App();
  build(app, IMAGES, at);
  const serve = ['shm-probe', '-g', '2000', 'serve', context.token, OBJECT];
  const next = ['sh', '-c', `exec ${serve.join(' ')}`];
  const yaml = app.synthYaml();
  const promoted = new Set(parse(yaml).filter(({ kind, spec }) => kind === 'DaemonSet' && JSON.stringify(spec).includes(IMAGES.nextAgent)).map(({ metadata }) => metadata.name));
  const commands = Object.fromEntries(['routes', 'routes-canary'].map(name => [`${name}/agent`, promoted.has(name) ? next : serve]));
  return context.ready(yaml, { ...commands, web: HOLD }, 0).map((object, i) => withReplicas(object, parse(yaml)[i]));
}

/** The split is what is tested. */
function withReplicas(object: Manifest, { spec }: Manifest): Manifest {
  if (object.spec?.replicas !== undefined) { object.spec.replicas = spec?.replicas; }
  return object;
}

async function daemonSets(context: Context): Promise<Rolled[]> {
  return context.kubectl.get<Rolled>('daemonsets', AGENTS);
}

async function generations(context: Context): Promise<Map<string, number>> {
  return new Map((await daemonSets(context)).map(({ metadata }) => [metadata.name, metadata.generation]));
}

function changed(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after].filter(([name, generation]) => before.get(name) !== generation).map(([name]) => name);
}

async function templatesOf(context: Context): Promise<unknown[]> {
  const objects = [...await context.kubectl.get('daemonsets', AGENTS), ...await context.kubectl.get('deployments', SHOP)];
  return objects.map(object => (object as unknown as { spec: { template: unknown } }).spec.template);
}

/** Ready endpoints of the one Service, by the Deployment that has them. */
async function ready(context: Context): Promise<Counts> {
  const slices = await context.kubectl.get<Slice>('endpointslices', SHOP);
  const names = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions.ready).map(({ targetRef }) => targetRef?.name ?? '');
  const of = (deployment: string) => names.filter(name => name.startsWith(`${deployment}-`)).length;
  return { old: of('shop-old'), young: of('shop-new'), both: of('shop') };
}

async function agentPods(context: Context): Promise<Pod[]> {
  return (await context.kubectl.pods(AGENTS)).filter(({ metadata }) => metadata.name.startsWith('routes-'));
}

/** The fewest ready endpoints of each kind while something is done. */
async function lowest(context: Context, act: () => Promise<void>): Promise<Counts> {
  let low = await ready(context);
  await meanwhile(act, async () => {
    const now = await ready(context);
    low = { old: Math.min(low.old, now.old), young: Math.min(low.young, now.young), both: Math.min(low.both, now.both) };
  });
  return low;
}

/** The most agents whose containers run at once while something is done. */
async function mostAtOnce(context: Context, act: () => Promise<void>): Promise<number> {
  let most = 0;
  await meanwhile(act, async () => {
    const running = (await agentPods(context)).filter(({ status }) => status.containerStatuses?.some(({ state }) => state.running));
    most = Math.max(most, running.length);
  });
  return most;
}

async function meanwhile(act: () => Promise<void>, look: () => Promise<void>): Promise<void> {
  let isDone = false;
  const watching = (async () => { while (!isDone) { await look(); await new Promise(resolve => setTimeout(resolve, 200)); } })();
  try { await act(); } finally { isDone = true; await watching; }
}

async function gone(context: Context, pod: Pod): Promise<void> {
  await until(`${pod.metadata.name} is gone`, 120, async () => {
    const pods = await context.kubectl.pods(pod.metadata.namespace ?? AGENTS);
    return !pods.some(({ metadata }) => metadata.uid === pod.metadata.uid) || undefined;
  });
}
