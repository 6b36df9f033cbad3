import { Size } from 'cdk8s';
import { files, MEBIBYTE, OBJECT, World } from './bad-days/world';
import type { Context } from './context';
import type { Manifest } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import { AgentNodes, Backing } from '../src';

const LABEL = 'example.com/e2e-size';
const BIG_NODE = 'e2e-big';
const SIZES = { small: 16, big: 32 } as const;

/**
 * Two agents of one contract, each with its own size, on nodes that a label shares out. The second
 * node is an API object: what is seen of it is scheduling.
 */
export async function twoAgents(context: Context): Promise<Seen[]> {
  const node = context.nodes.home;
  const label = async (value: string) =>
    context.kubectl.run(['label', 'node', node, '--overwrite', `${LABEL}${value}`]);
  context.whenGone(async () => {
    await label('-');
  });
  const world = new World(context, 'two-agents', { memory: files({ backing: Backing.tmpfs() }) });
  await world.makeRoom();
  await label('=small');

  const agents = Object.entries(SIZES).flatMap(([size, mebibytes]) =>
    world.agent(
      {},
      {
        name: `routes-${size}`,
        nodes: AgentNodes.labeled(LABEL, size),
        sizes: { data: Size.mebibytes(mebibytes) },
      },
    ),
  );
  await context.apply([
    ...world.agent().filter(o => o.kind !== 'DaemonSet'),
    ...agents,
    ...world.client(),
  ]);
  const client = await world.clientProbe();
  await client.read(context.token, OBJECT);
  await addNode(context); // only now: a client that is scheduled there never runs
  const placed = await until(
    'both agents are placed',
    60,
    async () => {
      const pods = await context.kubectl.pods(world.agents);
      const of = (workload: string) =>
        pods
          .filter(p => p.metadata.name.startsWith(`${workload}-`) && !p.metadata.deletionTimestamp)
          .map(p => p.spec.nodeName);
      const [small, big] = [of('routes-small'), of('routes-big')];
      return small.length === 1 && big.length === 1 && big[0] ? { small, big } : undefined;
    },
    async () => context.describe(world.agents),
  );
  const apart = placed.small[0] === node && placed.big[0] === BIG_NODE;
  const size = async () =>
    (Number(await client.shell("df -Pk /run/routes | awk 'NR == 2 { print $2 }'")) * 1024) /
    MEBIBYTE;
  const before = await size();

  await context.kubectl.run(['delete', 'node', BIG_NODE]);
  await label('=big');
  await until(
    'the node has changed hands',
    120,
    async () =>
      (await context.runningPod(world.agents, 'routes-big', { seconds: 60 })).spec.nodeName ===
        node || undefined,
  );
  const [after, live] = [await size(), await world.live(client)];
  return [
    {
      observed: `two agents of one contract, on nodes that a label shares out: each is ${apart ? 'on its own node' : 'somewhere else'}, and the memory has the size of its agent (${before} MiB)`,
      ok: apart && before === SIZES.small,
    },
    {
      observed: `the node changes hands: the other agent takes the memory over, with its own size (${after} MiB), and the client ${live ? 'reads on' : 'reads nothing new'}`,
      ok: after === SIZES.big && live,
    },
  ];
}

/** A node without a kubelet, ready for as long as the node lifecycle controller waits for one. */
async function addNode(context: Context): Promise<void> {
  const manifest: Manifest = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: BIG_NODE,
      labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': BIG_NODE, [LABEL]: 'big' },
    },
  };
  await context.apply([manifest]);
  const room = { cpu: '4', memory: '8Gi', pods: '110' };
  const now = new Date().toISOString();
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Test',
    message: 'an API object',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  const status = { status: { allocatable: room, capacity: room, conditions: [condition] } };
  await context.kubectl.run([
    'patch',
    'node',
    BIG_NODE,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify(status),
  ]);
}
