import { Size } from 'cdk8s';
import { files, MEBIBYTE, OBJECT, World } from './bad-days/world';
import type { Context } from './context';
import { asRoot } from './nodes';
import type { Seen } from './observation';
import type { Probe } from './probe';
import { until } from './until';
import { Backing } from '../src';

const WRITTEN = 32;
const ROOM = 4;

/**
 * Who is charged for the memory under cgroup v2, and whom the kernel kills: by the counters of the
 * containers, and of all pods of the node.
 */
export async function charges(context: Context): Promise<Seen[]> {
  const memory = files({ size: Size.mebibytes(48), backing: Backing.tmpfs() });
  const world = new World(context, 'charges', { memory });
  await world.makeRoom();
  const limit = { request: Size.mebibytes(96), limit: Size.mebibytes(96) };
  const agent = world.agent(
    {},
    {
      containers: [
        { name: 'agent', image: 'registry.example.com/agent:1', resources: { memory: limit } },
      ],
    },
    // beside what it serves, a process of its own: both end if the kernel kills the group
    ['sh', '-c', `sleep 86400 & shm-probe -g 2000 serve ${context.token} ${OBJECT}`],
  );
  const before = await ofAllPods(context);
  await context.apply([...agent, ...world.client()]);
  const client = await world.clientProbe();
  await client.read(context.token, OBJECT);
  const first = await world.agentProbe();
  const uid = (await world.agentPod()).metadata.uid;
  await first.result(
    '-s',
    WRITTEN * MEBIBYTE,
    '-m',
    '0640',
    'write',
    context.token,
    'file:/run/routes/large',
  );
  await client.shell('cat /run/routes/large > /dev/null');
  const [ofAgent, ofClient] = [await shmemOf(first), await shmemOf(client)];

  await world.replaceAgent();
  const second = await world.agentProbe();
  const [ofNext, stillOfClient] = [await shmemOf(second), await shmemOf(client)];
  const ofPods = (await ofAllPods(context)) - before;
  const grouped = (await second.shell('cat /sys/fs/cgroup/memory.oom.group')).trim();

  const killed = await exceed(context, world, second);
  const restarts = (await world.clientPod()).status.containerStatuses?.[0].restartCount;
  const live = await world.live(client);
  const isNew = (await world.agentPod()).metadata.uid !== uid;
  return [
    {
      observed: `the agent writes ${WRITTEN} MiB, a client reads all of it: charged to the agent's container ${about(ofAgent)}, to the client's ${about(ofClient)}`,
      ok: ofAgent >= WRITTEN && ofAgent < WRITTEN + ROOM && ofClient < 1,
    },
    {
      observed: `the agent's pod is replaced: charged to the new agent ${about(ofNext)}, to the client ${about(stillOfClient)}; the slice of all pods still has ${about(ofPods)} more than before: the bytes belong to no pod, and count against what pods may have together`,
      ok:
        isNew &&
        ofNext < ROOM &&
        stillOfClient < 1 &&
        ofPods >= WRITTEN &&
        ofPods < WRITTEN + 2 * ROOM,
    },
    {
      observed: `memory.oom.group of the agent's container is ${grouped}; it exceeds its limit: ${killed}; the client's container has restarted ${restarts} times, and ${live ? 'reads on' : 'reads nothing new'}`,
      ok: grouped === '1' && /^OOMKilled/.test(killed) && restarts === 0 && live,
    },
  ];
}

/** The container takes more than its limit, in memory of its own. */
async function exceed(context: Context, world: World, agent: Probe): Promise<string> {
  const before = await world.agentPod();
  const restarts = before.status.containerStatuses?.[0].restartCount ?? 0;
  await agent.shell('awk \'BEGIN { s = sprintf("%1048576s", ""); for (;;) t = t s }\'');
  return until(
    'the agent is killed and runs again',
    120,
    async () => {
      const pod = await world.agentPod();
      const [status] = pod.status.containerStatuses ?? [];
      const { reason } = (status?.lastState?.terminated ?? {}) as { reason?: string };
      return status !== undefined && status.restartCount > restarts
        ? `${reason ?? 'no reason'}, the whole container, which starts again`
        : undefined;
    },
    async () => context.describe(world.agents),
  );
}

/** The shared memory that is charged to a container, in MiB. */
async function shmemOf(probe: Probe): Promise<number> {
  return mebibytes(
    await probe.shell('awk \'$1 == "shmem" { print $2 }\' /sys/fs/cgroup/memory.stat'),
  );
}

/** The same of all pods of the node together, and of those that are gone. */
async function ofAllPods(context: Context): Promise<number> {
  const script =
    'awk \'$1 == "shmem" { print $2 }\' /sys/fs/cgroup/kubepods.slice/memory.stat /sys/fs/cgroup/kubepods/memory.stat 2>/dev/null || :';
  return mebibytes(await context.onNode(asRoot(script)));
}

function mebibytes(text: string): number {
  const bytes = Number(text.trim().split('\n')[0]);
  if (!Number.isFinite(bytes)) {
    throw new Error(`no number of bytes: ${text}`);
  }
  return bytes / MEBIBYTE;
}

/** The same words in every run. */
function about(value: number): string {
  return value < 1
    ? 'nothing'
    : `${WRITTEN <= value && value < WRITTEN + 2 * ROOM ? `these ${WRITTEN}` : value < ROOM ? 'less than 4' : value.toFixed(1)} MiB`;
}
