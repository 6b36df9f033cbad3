import { OBJECT, World } from './bad-days/world';
import type { Context } from './context';
import type { Manifest } from './manifests';
import { asRoot } from './nodes';
import type { Seen } from './observation';
import type { Probe } from './probe';
import { Runbook } from './runbook';
import { until } from './until';
import { AgentUpdate } from '../src';

const SECTION = 'Versions of contract `routes`';
const V2 = { version: 'v2' };

/**
 * RUNBOOK.md brings a contract from one version to the next and back, and takes the old one away,
 * command by command. The pods of the agent are replaced if they are deleted.
 */
export async function versionsRunbook(context: Context): Promise<Seen[]> {
  const world = new World(context, 'versions');
  const node = context.nodes.home;
  const agent = (props = {}) => world.agent(props, { update: AgentUpdate.onDelete() });
  const isGrant = ({ kind }: Manifest) => kind.startsWith('PersistentVolume');
  const grants = [...world.client(), ...world.client(V2)].filter(isGrant);
  const client = (props = {}) => world.client(props).filter(object => !isGrant(object));
  await world.makeRoom();

  const first = [...agent(), ...grants, ...client()];
  await context.apply(first);
  const old = await world.clientProbe();
  await old.read(context.token, OBJECT);
  const forth = Runbook.of(first);
  await context.apply(agent(V2));
  await forth.run(SECTION, '**If `v2` comes next**', { node });
  const served = await versionServed(world);
  const stale = await states(world, old);
  await context.apply(agent());
  await forth.run(SECTION, '**If `v2` comes next**', { node });
  const returned = await states(world, old);
  await context.apply(agent(V2));
  await forth.run(SECTION, '**If `v2` comes next**', { node });
  const seen: Seen[] = [
    {
      observed: `"If v2 comes next" replaces the pod of the agent, which serves ${served}; a client of v1 ${stale}`,
      ok: served === 'v2' && stale === 'reads what is left',
    },
    {
      observed: `"The way back" to v1: the client of v1 ${returned}`,
      ok: returned === 'reads what moves',
    },
  ];

  const back = Runbook.of([...agent(V2), ...grants, ...client()]);
  const users = (lines: string[]) =>
    lines
      .filter(line => line.startsWith(`${world.clients}/`))
      .map(line => line.replace(/^.*\/(\w+)-\S+ /, '$1 '));
  const uses = async () =>
    (await back.run(SECTION, '**If `v1` is the old one**')).trim().split('\n');
  const before = await uses();
  await context.apply(client(V2));
  await context.kubectl.run(['rollout', 'status', '-n', world.clients, 'deployment/api']);
  const fresh = await world.clientProbe();
  await fresh.read(context.token, OBJECT);
  const after = await until('the pod of v1 has ended', 90, async () => {
    const lines = await uses();
    return users(lines).length === 0 ? lines : undefined;
  });
  await back.run(SECTION, 'delete them, each claim before its volume');
  await context.onNode(asRoot(back.commands(SECTION, 'Its memory stays')));
  const volumes = (await context.kubectl.get('persistentvolumes'))
    .map(({ metadata }) => metadata.name)
    .filter(name => name.startsWith(world.agents));
  const left = (await context.onNode(`ls ${world.onNode}`)).trim().split(/\s+/);
  const state = await states(world, fresh);
  return [
    ...seen,
    {
      observed: `"If v1 is the old one" finds ${users(before).join() || 'nobody'}, and when the client has v2 ${users(after).join() || 'nobody'}`,
      ok: users(before).join() === 'api routes-data-v1-ro' && users(after).length === 0,
    },
    {
      observed: `grants and memory of v1 are taken away: of its volumes ${volumes.filter(name => name.includes('-v1-')).join() || 'none'} is left, on the node ${left.join(', ')}, and the client of v2 ${state}`,
      ok:
        volumes.length > 0 &&
        volumes.every(name => name.includes('-v2-')) &&
        !left.includes('v1') &&
        left.includes('v2') &&
        state === 'reads what moves',
    },
  ];
}

/** The version whose directory the pod of the agent has mounted, when it is ready. */
async function versionServed(world: World): Promise<string> {
  const { spec } = await world.agentPod();
  return /"subPath":"(\w+)\/data[/"]/.exec(JSON.stringify(spec))?.[1] ?? 'nothing';
}

async function states(world: World, client: Probe): Promise<string> {
  return (await world.live(client)) ? 'reads what moves' : 'reads what is left';
}
