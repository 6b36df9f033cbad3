import { AgentNodes } from '../../src';
import type { Context } from '../context';
import type { Manifest } from '../manifests';
import type { Seen } from '../observation';
import type { Probe } from '../probe';
import { until } from '../until';
import { OBJECT, World } from './world';

const LABEL = 'example.com/e2e-bad-days';

/** What happens to an agent while clients run. The client's pod stays the same all the time. */
export async function agent(context: Context): Promise<Seen[]> {
  const node = context.nodes.home;
  context.whenGone(async () => {
    await context.kubectl.run(['label', 'node', node, `${LABEL}-`]);
  });
  await context.kubectl.run(['label', 'node', node, `${LABEL}=yes`]);
  const world = new World(context, 'agent', { nodes: AgentNodes.labeled(LABEL, 'yes') });
  await world.makeRoom();
  const client = await world.start();
  const {
    metadata: { uid },
  } = await world.clientPod();
  const seen = [
    await killed(context, world, client),
    await upgraded(context, world, client),
    await second(context, world, client),
    await otherNamespace(context, world, client),
    ...(await labelRemoved(context, world, client, node)),
    ...(await deleted(context, world, client)),
  ];
  const same = (await world.clientPod('api')).metadata.uid === uid;
  return [
    ...seen,
    {
      observed: `through all this the client's pod is ${same ? 'the same' : 'another one'}`,
      ok: same,
    },
  ];
}

async function startsOf(context: Context, client: Probe): Promise<number> {
  return Number((await client.read(context.token, OBJECT)).starts);
}

async function killed(context: Context, world: World, client: Probe): Promise<Seen> {
  const before = await startsOf(context, client);
  await (await world.agentProbe()).endContainer();
  const after = await until('the agent counts on', 60, async () => {
    const starts = await startsOf(context, client);
    return starts > before ? starts : undefined;
  });
  const live = await world.live(client);
  return {
    observed: `the agent's container killed: it starts again, takes the object over, and the client ${live ? 'reads on' : 'reads nothing new'}`,
    ok: after === before + 1 && live,
  };
}

async function upgraded(context: Context, world: World, client: Probe): Promise<Seen> {
  const before = (await world.agentPod()).metadata.uid;
  await context.apply(
    world.agent({}, { podMetadata: { annotations: { 'example.com/release': '2' } } }),
  );
  await until(
    'the new agent pod',
    120,
    async () => (await world.agentPod()).metadata.uid !== before || undefined,
    async () => context.describe(world.agents),
  );
  const live = await world.live(client);
  return {
    observed: `the DaemonSet rolled out anew: a new pod, and the client ${live ? 'reads on' : 'reads nothing new'}`,
    ok: live,
  };
}

async function second(context: Context, world: World, client: Probe): Promise<Seen> {
  const two = world.agent({}, { name: 'second' });
  await context.apply(two);
  const refused = await world.refusal('prepare-routes', 'second');
  const live = await world.live(client);
  await context.kubectl.delete(two);
  return {
    observed: `a second DaemonSet for the contract: its pods do not start ("${refused}"), and the client reads on`,
    ok: /is served by .*routes, not by .*second/.test(refused) && live,
  };
}

async function otherNamespace(context: Context, world: World, client: Probe): Promise<Seen> {
  const other = new World(context, 'agent-other', { nodes: AgentNodes.labeled(LABEL, 'yes') });
  await other.makeRoom();
  const theirs = await other.start();
  const [mine, other2] = [await world.live(client), await other.live(theirs)];
  const apart =
    (await (await other.agentProbe()).result('try-create', '/run/routes/only-here')) === 'ok' &&
    (await client.result('read', context.token, 'file:/run/routes/only-here')) === 'ENOENT';
  await context.kubectl.delete(
    [...other.agent(), ...other.client()].filter(o => o.kind !== 'Namespace'),
  );
  return {
    observed: `a contract of the same name from another namespace: two agents on the node, and each side ${mine && other2 && apart ? 'has its own memory' : 'is disturbed'}`,
    ok: mine && other2 && apart,
  };
}

async function labelRemoved(
  context: Context,
  world: World,
  client: Probe,
  node: string,
): Promise<Seen[]> {
  const label = async (value: string) =>
    context.kubectl.run(['label', 'node', node, `${LABEL}${value}`]);
  await label('-');
  await until(
    'the agent is gone',
    60,
    async () => (await context.kubectl.pods(world.agents)).length === 0 || undefined,
  );
  const stands = !(await world.live(client));
  const late = world.client({}, 'late', false);
  await context.apply(late);
  const reason = await until(
    'the scheduler has looked',
    30,
    async () =>
      (await context.kubectl.events(world.clients)).find(
        e => e.involvedObject.name.startsWith('late') && e.reason === 'FailedScheduling',
      )?.message,
  );
  await label('=yes');
  await world.agentPod();
  const live = (await world.live(client)) && (await world.live(await world.clientProbe('late')));
  await context.kubectl.delete(late);
  return [
    {
      observed: `the node's label removed: the agent goes, the client runs on over bytes that ${stands ? 'no longer move' : 'still move'}, and a new client is not scheduled`,
      ok: stands && /didn't match Pod's node affinity\/selector/.test(reason),
    },
    { observed: `the label back: both clients read what moves: ${live}`, ok: live },
  ];
}

async function deleted(context: Context, world: World, client: Probe): Promise<Seen[]> {
  const isSet = (o: Manifest) => o.kind === 'DaemonSet';
  await context.kubectl.delete(world.agent().filter(isSet));
  await until(
    'the agent is gone',
    60,
    async () => (await context.kubectl.pods(world.agents)).length === 0 || undefined,
  );
  const late = world.client({}, 'late', false);
  await context.apply(late);
  const old = await (await world.clientProbe('late')).read(context.token, OBJECT);
  const stands = !(await world.live(client));
  await context.kubectl.delete(late);
  await context.apply(world.agent().filter(isSet));
  await world.agentPod();
  const live = await world.live(client);
  return [
    {
      observed: `the DaemonSet deleted: a new client starts at once, over the old bytes (${old.result}), which ${stands ? 'do not move' : 'move'}: only a heartbeat tells`,
      ok: old.result === 'ok' && stands,
    },
    {
      observed: `the DaemonSet applied again: it takes the memory over, and the client ${live ? 'reads on' : 'reads nothing new'}`,
      ok: live,
    },
  ];
}
