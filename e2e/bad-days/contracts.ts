import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import type { Context } from '../context';
import { asRoot } from '../nodes';
import type { Seen } from '../observation';
import type { Probe } from '../probe';
import { until } from '../until';
import { files, MEBIBYTE, OBJECT, World } from './world';
import { Backing } from '../../src';

const tmpfs = (mebibytes: number) => ({
  memory: files({ size: Size.mebibytes(mebibytes), backing: Backing.tmpfs() }),
});
const directory = { memory: files({ backing: Backing.directory() }) };

/** A contract that changes while a client runs: its size, its backing, its version. */
export async function contracts(context: Context): Promise<Seen[]> {
  const world = new World(context, 'contracts', tmpfs(16));
  await world.makeRoom();
  const client = await world.start();
  const {
    metadata: { uid },
  } = await world.clientPod();

  await context.apply(world.agent(tmpfs(32)));
  const grown = await until(
    'the tmpfs has grown',
    120,
    async () => (await sizeSeen(client)) === 32 * MEBIBYTE || undefined,
    async () => context.describe(world.agents),
  );
  await world.agentPod();
  const live = await world.live(client);
  const mounts = await context.onNode(`grep -c " ${world.onNode}/v1/data tmpfs " /proc/mounts`);

  const held = await (
    await world.agentProbe()
  ).result('-s', 20 * MEBIBYTE, 'write', context.token, 'file:/run/routes/large');
  await context.apply(world.agent(tmpfs(16)));
  const shrink = await world.refusal('mount-routes');
  const stays = (await sizeSeen(client)) === 32 * MEBIBYTE;

  const { enforceSeLinux } = context.nodes; // where a contract has no directory
  const other = enforceSeLinux ? tmpfs(16) : directory;
  const moved = enforceSeLinux ? [] : [await anotherBacking(world, client)];

  await context.apply(world.agent({ ...other, version: 'v2' }));
  await world.deleteAgentPods();
  await world.agentPod(120);
  const old = await client.result('read', context.token, OBJECT);
  const stands = !(await world.live(client));
  await context.apply(world.client({ ...other, version: 'v2' }, 'next'));
  const next = await world.live(await world.clientProbe('next'));
  const same = (await world.clientPod()).metadata.uid === uid;
  return [
    {
      observed: `a larger size: the tmpfs grows in place (${mounts.trim()} mount), under the running client, which ${live ? 'reads on' : 'reads nothing new'}`,
      ok: Boolean(grown) && live && mounts.trim() === '1',
    },
    {
      observed: `a smaller size, with 20 MiB in the tmpfs (${held}): the agent does not start ("${shrink}"), and the tmpfs stays as it is`,
      ok: /holds NKi, more than its size 16384Ki/.test(shrink) && stays && held === 'ok',
    },
    ...moved,
    {
      observed: `another version: the new agent serves it; a client of the old one keeps the old bytes (${old}), which ${stands ? 'do not move' : 'move'}; one of the new version ${next ? 'reads what moves' : 'reads nothing'}`,
      ok: old === 'ok' && stands && next,
    },
    {
      observed: `through all this the old client's pod is ${same ? 'the same' : 'another one'}`,
      ok: same,
    },
    ...(await removal(world)),
  ];
}

async function anotherBacking(world: World, client: Probe): Promise<Seen> {
  const { context } = world;
  await context.apply(world.agent(directory));
  await world.deleteAgentPods();
  const moved = await world.refusal('prepare-routes');
  const kept = await client.result('read', context.token, OBJECT);
  return {
    observed: `another backing without another version: the agent does not start ("${moved}"), and the client keeps what it has (${kept})`,
    ok: /another backing needs another version/.test(moved) && kept === 'ok',
  };
}

/** The removal of docs/operations.md, word for word: of the old version alone, and of all. */
async function removal(world: World): Promise<Seen[]> {
  const { context } = world;
  const next = await world.clientProbe('next');
  const left = async () =>
    (
      await context.onNodes(
        `find ${world.onNode} -mindepth 1 -maxdepth 2 2>/dev/null | sed 's|.*/routes/||' | sort; grep ' ${world.onNode}/' /proc/mounts || :`,
      )
    )
      .join('')
      .trim();
  await context.kubectl.run([
    'delete',
    'deployment',
    '-n',
    world.clients,
    'api',
    '--wait=true',
    '--cascade=foreground',
  ]);
  await context.onNodes(documented(`${world.agents}.routes/v1`));
  const [version, live] = [await left(), await world.live(next)];

  await context.kubectl.run([
    'delete',
    'deployment',
    '-n',
    world.clients,
    'next',
    '--wait=true',
    '--cascade=foreground',
  ]);
  await context.kubectl.run([
    'delete',
    'daemonset',
    '-n',
    world.agents,
    'routes',
    '--wait=true',
    '--cascade=foreground',
  ]);
  await context.onNodes(documented(`${world.agents}.routes`));
  const all = await left();
  return [
    {
      observed: `the old version is removed from the node as docs/operations.md says: ${/\/v1\b/.test(version) ? `left: ${version}` : 'nothing of it is left'}, and the client of the new one ${live ? 'reads on' : 'reads nothing new'}`,
      ok: !/\/v1\b/.test(version) && /v2/.test(version) && live,
    },
    {
      observed: `the whole contract is removed so: ${all === '' ? 'nothing is left on the node' : `left: ${all}`}`,
      ok: all === '',
    },
  ];
}

/** The commands that docs/operations.md has for a node, for what is there. */
function documented(what: string): string {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
  const commands = page
    .slice(page.indexOf('on each node, as root'))
    .match(/^```sh\n(at=.*NS\.NAME [^]*?)^```/m)?.[1];
  if (!commands) {
    throw new Error('docs/operations.md: the commands for a node are not where they were');
  }
  return asRoot(commands.replace('NS.NAME ', `${what} `));
}

/** The size of the file system that a client sees at its mount. */
async function sizeSeen(client: { shell(script: string): Promise<string> }): Promise<number> {
  return Number(await client.shell("df -Pk /run/routes | awk 'NR == 2 { print $2 }'")) * 1024;
}
