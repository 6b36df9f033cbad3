import { goesOn, plain, podOf, replaced, says } from './pods';
import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';

const [AGENTS, CLIENTS] = ['aeron-agents', 'aeron'];
const MESSAGE = /Message to stream 1001 from session .*<<Hello World! \d+>>/;

/** Aeron's media driver on each node, and as a sidecar; the samples publish and subscribe. */
export async function aeron(context: Context, yaml: string): Promise<Seen[]> {
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.aeron`));
  await context.apply(
    await context.readyWithSoftware(yaml, { 'registry.example.com/aeron:1.44.1': 'aeron' }),
  );
  const subscriber = await podOf(context, CLIENTS, 'subscriber');
  const received = await says(context, CLIENTS, subscriber, MESSAGE);
  await goesOn(context, CLIENTS, subscriber, MESSAGE);
  const inPod = await podOf(context, CLIENTS, 'sidecar');
  const beside = await says(context, CLIENTS, inPod, MESSAGE, { container: 'subscriber' });

  await replaced(context, AGENTS, 'aeron');
  const ended = await until('the subscriber has ended', 120, async () => {
    const { stdout, stderr } = await context.kubectl.try([
      ...['logs', '-n', CLIENTS, subscriber, '--previous', '--tail', '100'],
    ]);
    return /\S*(DriverTimeoutException|AeronException|ConductorServiceTimeout)\S*.*/.exec(
      `${stdout}${stderr}`,
    )?.[0];
  });
  const again = await says(context, CLIENTS, subscriber, MESSAGE);
  await goesOn(context, CLIENTS, subscriber, MESSAGE);
  await context.onNodes(
    "for p in /proc/[0-9]*; do ! tr '\\0' ' ' 2>/dev/null < $p/cmdline | grep -q 'java.*driver[.]MediaDriver' || kill -9 ${p#/proc/}; done",
  );
  await goesOn(context, CLIENTS, subscriber, MESSAGE);
  const restarts = async (workload: string) => {
    const [pod] = await context.podsOf(CLIENTS, workload);
    return (pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  };
  const killed = await until('the clients of the sidecar have another driver', 120, async () =>
    (await restarts('sidecar')).every(count => count > 0) ? restarts('sidecar') : undefined,
  );
  await goesOn(context, CLIENTS, inPod, MESSAGE, 'subscriber');
  return [
    {
      observed: `Aeron's sample subscriber, in a pod of its own in a "restricted" namespace, receives what the publisher in another pod sends over the driver of the node: ${plain(received)}`,
      ok: true,
    },
    {
      observed: `with the driver as a sidecar, two containers of one pod do the same: ${plain(beside)}`,
      ok: true,
    },
    {
      observed: `the driver is replaced: the subscriber ends (${plain(ended)}), starts again, and receives from the next driver: ${plain(again)}`,
      ok: true,
    },
    {
      observed: `both drivers are killed with SIGKILL: the clients on the node and those beside the sidecar end, start again, and go on`,
      ok: killed.length === 2,
    },
  ];
}
