import { spawnSync } from 'node:child_process';
import type { Context } from '../context';
import type { Seen } from '../observation';
import { until, withPatience } from '../until';
import { files, OBJECT, World } from './world';
import { Backing } from '../../src';

/**
 * The node restarts: what was in memory is gone, and everything starts at once. $RESTART_NODE does
 * it, as no test can know how.
 */
export async function node(context: Context): Promise<Seen[]> {
  const restart = process.env.RESTART_NODE;
  if (!restart) {
    throw new Error(
      'RESTART_NODE is not set: a command that restarts the node and waits for it, see e2e/README.md',
    );
  }
  const world = new World(context, 'node', { memory: files({ backing: Backing.tmpfs() }) });
  await world.makeRoom();
  const client = await world.start();
  await client.read(context.token, OBJECT);
  const { status, stderr } = spawnSync('sh', ['-c', restart], {
    encoding: 'utf8',
    env: { ...process.env, NODE: context.nodes.home },
    timeout: withPatience(300) * 1000,
  });
  if (status !== 0) {
    throw new Error(`RESTART_NODE ended with ${status}: ${stderr}`);
  }
  const after = await until(
    'the client reads again',
    300,
    async () => {
      const probe = await world.clientProbe().catch(() => undefined);
      const step = await probe?.step('read', context.token, OBJECT).catch(() => undefined);
      // all containers have ended: it is a new one, and the count of starts says which memory it
      // reads
      return step?.result === 'ok' ? { probe, step } : undefined;
    },
    async () => context.describe(world.clients),
  );
  const live = after.probe !== undefined && (await world.live(after.probe));
  const mounts = await context.onNode(`grep -c " ${world.onNode}/v1/data tmpfs " /proc/mounts`);
  return [
    {
      observed: `the node restarts: the memory starts anew (starts ${after.step.starts}), mounted once (${mounts.trim()}), and the client, which was started at the same time as the agent, reads it by itself`,
      ok: after.step.starts === '1' && mounts.trim() === '1' && live,
    },
  ];
}
