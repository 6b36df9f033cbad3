import { goesOn, plain, podOf, replaced, says } from './pods';
import type { Context } from '../context';
import type { Seen } from '../observation';

const [MEMORY, CLIENTS] = ['iceoryx2-memory', 'iceoryx2'];
const RECEIVED = /received [1-9]\d*, the last is \d+/;

/** iceoryx2: two peers in pods of their own, without a server. */
export async function iceoryx2(context: Context, yaml: string): Promise<Seen[]> {
  await context.keepClean(async () => context.removeDirectory(`${MEMORY}.robots`));
  await context.apply(
    await context.readyWithSoftware(yaml, {
      'registry.example.com/iceoryx2-python:0.10.0': 'iceoryx2',
    }),
  );
  const subscriber = await podOf(context, CLIENTS, 'subscribe');
  const received = await says(context, CLIENTS, subscriber, RECEIVED);
  await goesOn(context, CLIENTS, subscriber, RECEIVED);
  await replaced(context, CLIENTS, 'publish');
  const again = await goesOn(context, CLIENTS, subscriber, RECEIVED);
  await replaced(context, MEMORY, 'robots');
  const without = await goesOn(context, CLIENTS, subscriber, RECEIVED);
  const [pod] = (await context.kubectl.pods(CLIENTS)).filter(
    ({ metadata }) => metadata.name === subscriber,
  );
  const restarts = pod.status.containerStatuses?.[0].restartCount;
  return [
    {
      observed: `iceoryx2: a subscriber in a pod of a "restricted" namespace receives from a publisher in another pod: ${plain(received)}`,
      ok: true,
    },
    {
      observed: `the publisher's pod is replaced: the subscriber goes on with the next one: ${plain(again)}, after ${restarts} restarts`,
      ok: restarts === 0,
    },
    {
      observed: `the pod that made the memory is replaced: both go on: ${plain(without)}`,
      ok: true,
    },
  ];
}
