import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';
import { files, FOLDER, GROUP, OBJECT, World } from './world';
import { Backing, ClientVolume } from '../../src';

/**
 * What people, and other pods, do to the directory of a memory. Clients by hostPath: there the
 * container runtime makes what is missing, as root.
 */
export async function directory(context: Context): Promise<Seen[]> {
  const world = new World(context, 'directory', { clientVolume: ClientVolume.hostPath() });
  await world.makeRoom('privileged');
  return [
    ...(await planted(context, world)),
    ...(await reowned(context, world)),
    ...(await deleted(context, world)),
    ...(await recreated(context, world)),
    ...(await early(context)),
  ];
}

async function planted(context: Context, world: World): Promise<Seen[]> {
  const foreign = `${world.clients}-foreign`;
  await context.makeNamespaces({ [foreign]: 'privileged' });
  const stranger = await context.adHoc({
    name: 'stranger',
    namespace: foreign,
    uid: 4242,
    groups: [4242],
    hostIPC: true,
  });
  const below = await stranger.shell(
    'ln -s /etc /dev/shm/e2e-planted && ln -s /etc /run/cdk8s-shared-memory 2>&1; ls /run/cdk8s-shared-memory 2>&1; rm /dev/shm/e2e-planted',
  );
  await context.onNodes(`mkdir -m 0755 -p ${world.onNode}; ln -s /etc ${world.onNode}/v1`);
  await context.apply([...world.agent(), ...world.client()]);
  const refused = await world.refusal('prepare-routes');
  const [client] = await context.podsOf(world.clients, 'api');
  const waits = !client.status.containerStatuses?.some(({ state }) => !state.waiting);
  await context.onNodes(`rm ${world.onNode}/v1`);
  await world.deleteAgentPods();
  const reads = await (await world.clientProbe()).read(context.token, OBJECT);
  return [
    {
      observed:
        "a pod with hostIPC plants a link in the node's /dev/shm: the memory is not below it",
      ok: !/etc/.test(below),
    },
    {
      observed: `a link that root planted in place of a directory: the agent does not start ("${refused}"), and its clients wait`,
      ok: /v1 must be a directory of root/.test(refused) && waits,
    },
    {
      observed: `the link deleted: agent and client start (${reads.result})`,
      ok: reads.result === 'ok',
    },
  ];
}

async function reowned(context: Context, world: World): Promise<Seen[]> {
  const agent = await world.agentProbe();
  await context.onNodes(`chown 0:0 ${world.onNode}/v1/data; chmod 0755 ${world.onNode}/v1/data`);
  const writes = await agent.result('try-create', '/run/routes/new');
  const next = await world.replaceAgent();
  const said = await context.kubectl.logs(world.agents, next.metadata.name, 'prepare-routes');
  const again = await (await world.agentProbe()).result('try-create', '/run/routes/new');
  const live = await world.live(await world.clientProbe());
  return [
    {
      observed: `the directory given to root: the agent cannot write (${writes}); the next agent pod repairs it and says so ("${said.trim().split(' ').slice(1).join(' ')}")`,
      ok: writes === 'EACCES' && /repaired/.test(said) && again === 'ok',
    },
    { observed: `the client that ran all the time ${live ? 'reads on' : 'is cut off'}`, ok: live },
  ];
}

async function deleted(context: Context, world: World): Promise<Seen[]> {
  const client = await world.clientProbe();
  await context.onNodes(`rm -rf ${world.onNode}/v1/data`);
  const gone = await client.result('read', context.token, OBJECT);
  await world.replaceAgent();
  const still = await client.result('read', context.token, OBJECT);
  const fresh = await (await world.replaceClient()).read(context.token, OBJECT);
  return [
    {
      observed: `the directory deleted: a client that opens again finds nothing (${gone}); a new agent pod makes a new directory, which new client pods have (${fresh.result}) and running ones do not (${still})`,
      ok: gone === 'ENOENT' && still === 'ENOENT' && fresh.result === 'ok',
    },
  ];
}

async function recreated(context: Context, world: World): Promise<Seen[]> {
  await context.onNodes(`rm -rf ${world.onNode}/v1/data`);
  await (await world.clientProbe()).endContainer();
  const made = await until('the runtime makes the directory', 60, async () => {
    const found = await context.onNode(`stat -c %u:%g:%a ${world.onNode}/v1/data 2>/dev/null || :`);
    return found.trim() || undefined;
  });
  await world.replaceAgent();
  const client = await world.clientProbe();
  const reads = await client.read(context.token, OBJECT);
  const repaired = await context.onNode(`stat -c %u:%g:%a ${world.onNode}/v1/data`);
  return [
    {
      observed: `the directory deleted, and made again by a restart of a client's container (${made}): the next agent pod repairs it (${repaired.trim()}), and the client reads (${reads.result})`,
      ok: made === '0:0:755' && repaired.trim() === '10001:2000:2750' && reads.result === 'ok',
    },
  ];
}

/** A pod that somebody wrote by hand, which is on the node before the agent. */
async function early(context: Context): Promise<Seen[]> {
  const world = new World(context, 'early', { memory: files({ backing: Backing.tmpfs() }) });
  await world.makeRoom();
  const foreign = `${world.clients}-foreign`;
  await context.makeNamespaces({ [foreign]: 'privileged' });
  const path = `/run/cdk8s-shared-memory/${world.agents}.routes/v1/data`;
  const byHand = await context.adHoc({
    name: 'by-hand',
    namespace: foreign,
    node: context.nodes.home,
    uid: 10002,
    groups: [GROUP],
    volume: { source: { hostPath: { path, type: 'DirectoryOrCreate' } }, mountPath: FOLDER },
  });
  const client = await world.start();
  const reads = await client.read(context.token, OBJECT);
  const finds = await byHand.result('read', context.token, OBJECT);
  const { metadata } = await world.agentPod();
  const said = await context.kubectl.logs(world.agents, metadata.name, 'mount-routes');
  return [
    {
      observed: `a pod with type DirectoryOrCreate has made the mount point of a tmpfs before the agent: the agent replaces it ("${said.trim()}"), and the client reads (${reads.result}); that pod finds nothing (${finds})`,
      ok: reads.result === 'ok' && finds === 'ENOENT' && /replaced/.test(said),
    },
  ];
}
