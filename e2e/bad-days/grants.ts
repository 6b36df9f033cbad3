import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';
import { files, GROUP, OBJECT, World } from './world';
import { Access, Backing } from '../../src';

/**
 * What happens to a grant: its namespace is deleted and made again; a pod of it would have another
 * group own the memory.
 */
export async function grants(context: Context): Promise<Seen[]> {
  return [
    ...(await namespaceAgain(context)),
    ...(context.nodes.enforceSeLinux ? [] : await foreignFsGroup(context)), // it is of a directory
  ];
}

async function namespaceAgain(context: Context): Promise<Seen[]> {
  const world = new World(context, 'grants');
  await world.makeRoom();
  await world.start();
  const volume = `${world.agents}-routes-data-v1-${world.clients}-ro`;
  await context.kubectl.run(['delete', 'namespace', world.clients, '--wait=true']);
  await context.kubectl.run(['create', 'namespace', world.clients]);
  await until(
    'the service account',
    30,
    async () => (await context.kubectl.get('serviceaccounts', world.clients))[0],
  );
  await context.apply(world.client());
  const phase = async () =>
    (await context.kubectl.run(['get', 'pv', volume, '-o', 'jsonpath={.status.phase}'])).trim();
  const released = await until('the volume is released', 30, async () => {
    const now = await phase();
    return now === 'Released' ? now : undefined;
  });
  const remedy =
    '[{"op":"remove","path":"/spec/claimRef/uid"},{"op":"remove","path":"/spec/claimRef/resourceVersion"}]';
  await context.kubectl.run(['patch', 'pv', volume, '--type=json', '-p', remedy]);
  const reads = await (await world.clientProbe()).read(context.token, OBJECT);
  return [
    {
      observed: `a client namespace deleted and made again: its volume stays ${released}, and applying it again does not help; claimRef.uid and claimRef.resourceVersion removed once, it is ${await phase()} and the client reads (${reads.result})`,
      ok: reads.result === 'ok',
    },
  ];
}

async function foreignFsGroup(context: Context): Promise<Seen[]> {
  const world = new World(context, 'fs-group', {
    clients: Access.READ_WRITE,
    memory: files({ backing: Backing.directory() }),
  });
  await world.makeRoom();
  await world.start();
  const leaf = `${world.onNode}/v1/data`;
  const [agent, api] = [
    world.agent().filter(o => o.kind === 'DaemonSet'),
    world.client().filter(o => o.kind === 'Deployment'),
  ];
  await context.kubectl.delete([...agent, ...api]);
  await until(
    'nobody has the volume',
    60,
    async () => (await context.kubectl.pods(world.clients)).length === 0 || undefined,
  );
  const rogue = context.adHocManifest({
    name: 'rogue',
    namespace: world.clients,
    uid: 10003,
    groups: [10003],
    volume: {
      source: { persistentVolumeClaim: { claimName: 'routes-data-v1-rw' } },
      mountPath: '/run/routes',
    },
  });
  Object.assign((rogue.spec as { securityContext: object }).securityContext, { fsGroup: 3000 });
  await context.apply([rogue]);
  await context.runningPod(world.clients, 'rogue', { seconds: 120 });
  const taken = await context.onNode(`stat -c %g ${leaf} ${leaf}/table | xargs`);
  await context.kubectl.delete([rogue]);
  await context.apply([...agent, ...api]);
  const next = await world.agentPod();
  const said = (await context.kubectl.logs(world.agents, next.metadata.name, 'prepare-routes'))
    .trim()
    .split(' ')
    .slice(1)
    .join(' ');
  const cut = await (await world.clientProbe()).result('read', context.token, OBJECT);
  // the remedy: the agent's init step repairs the directory alone
  await context.onNodes(`chgrp -R ${GROUP} ${leaf}`);
  const live = await world.live(await world.clientProbe());
  return [
    {
      observed: `YAML of somebody's own with another fsGroup, on the writing claim, while nobody else has it: the kubelet gives directory and objects to group ${taken.trim()}; the next agent pod repairs the directory ("${said}"), not its objects: clients get ${cut}; given back on the node, they ${live ? 'read on' : 'are still cut off'}`,
      ok: taken.trim() === '3000 3000' && /repaired/.test(said) && cut === 'EACCES' && live,
    },
  ];
}
