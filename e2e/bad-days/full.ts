import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';
import { files, World } from './world';
import { Backing, Leftovers } from '../../src';

/**
 * An agent that makes a new object of so many MiB at each start, and never deletes one; it may use
 * 64 MiB.
 */
function hoarder(mebibytes: number): string[] {
  return [
    'sh',
    '-c',
    `dd if=/dev/zero of=/run/routes/object-$(cat /proc/sys/kernel/random/uuid) bs=1M count=${mebibytes} || exit 1; trap "exit 0" TERM; sleep 86400 & wait`,
  ];
}

/** Memory that fills up: objects that are left over, and a writer that does not stop. */
export async function full(context: Context): Promise<Seen[]> {
  return [
    ...(context.nodes.enforceSeLinux ? [] : await inDirectory(context)),
    ...(await inTmpfs(context)),
  ];
}

async function inDirectory(context: Context): Promise<Seen[]> {
  const world = new World(context, 'full-directory');
  await world.makeRoom();
  await context.apply(world.agent({}, {}, hoarder(40)));
  const agent = await world.agentProbe();
  await agent.endContainer();
  const state = await stuck(context, world);
  await world.deleteAgentPods();
  const refused = await world.refusal('measure-routes');
  await context.onNodes(`rm -f ${world.onNode}/v1/data/*`);
  await world.deleteAgentPods();
  await world.agentPod();
  await context.apply(world.agent({}, { leftovers: Leftovers.sweep() }, hoarder(40)));
  await until(
    'the agent that sweeps',
    120,
    async () =>
      (await context.kubectl.get<Pod>('pods', world.agents)).some(
        p =>
          p.spec.initContainers?.some(c => c.name === 'sweep-routes') &&
          p.status.containerStatuses?.some(s => s.ready),
      ) || undefined,
    async () => context.describe(world.agents),
  );
  await world.replaceAgent();
  const objects = await context.onNode(`ls ${world.onNode}/v1/data | wc -l`);
  return [
    {
      observed: `an agent of 64 MiB that makes 40 MiB anew at each start: after one restart of its container it no longer starts (${state}), as the pages stay charged to its pod`,
      ok: state !== '',
    },
    {
      observed: `its pod deleted: the next one refuses to start over the leftovers ("${refused}"); the files deleted on the node, it starts`,
      ok: /holds NKi, more than its size 16384Ki/.test(refused),
    },
    {
      observed: `with Leftovers.sweep() each new pod starts by itself, with ${objects.trim()} object in the memory`,
      ok: objects.trim() === '1',
    },
  ];
}

/** The kubelet's word for a container that cannot start within the memory of its pod. */
async function stuck(context: Context, world: World): Promise<string> {
  return until(
    'the agent no longer starts',
    120,
    async () => {
      const statuses = (await context.podsOf(world.agents, 'routes')).flatMap(
        ({ status }) => status.containerStatuses ?? [],
      );
      // Between two attempts the kubelet of 1.37 may still say what the last one ended with.
      const isStuck = statuses.some(
        ({ state, restartCount }) =>
          /^(CrashLoopBackOff|RunContainerError)$/.test(state.waiting?.reason ?? '') ||
          (state.terminated && restartCount > 2),
      );
      return isStuck ? 'CrashLoopBackOff or RunContainerError' : undefined;
    },
    async () => context.describe(world.agents),
  );
}

async function inTmpfs(context: Context): Promise<Seen[]> {
  const world = new World(context, 'full-tmpfs', { memory: files({ backing: Backing.tmpfs() }) });
  await world.makeRoom();
  await context.apply(world.agent({}, {}, hoarder(10)));
  const pod = await world.agentPod();
  await (await world.agentProbe()).endContainer();
  await stuck(context, world);
  // Between two attempts there may be no log to be had: every attempt writes one.
  const enospc = await until(
    'the agent says why it ends',
    90,
    async () => {
      const logs = await Promise.all(
        [[], ['--previous']].map(async more =>
          context.kubectl.try([
            'logs',
            '-n',
            world.agents,
            pod.metadata.name,
            '-c',
            'agent',
            ...more,
          ]),
        ),
      );
      return logs.some(({ stdout }) => /No space left on device/.test(stdout)) || undefined;
    },
    async () => context.describe(world.agents),
  );
  const [{ status }] = await context.podsOf(world.agents, 'routes');
  const oom = JSON.stringify(status).includes('OOMKilled');
  await context.apply(world.agent({}, { leftovers: Leftovers.sweep() }, hoarder(10)));
  await world.deleteAgentPods();
  await world.agentPod(180);
  await world.replaceAgent();
  return [
    {
      observed: `the same on a tmpfs of 16 MiB, which is within the agent's limit: it gets ENOSPC, and is ${oom ? '' : 'not '}OOM-killed`,
      ok: enospc && !oom,
    },
    { observed: 'with Leftovers.sweep() each new pod starts by itself there, too', ok: true },
  ];
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly initContainers?: { readonly name: string }[] };
  readonly status: { readonly containerStatuses?: { readonly ready: boolean }[] };
}
