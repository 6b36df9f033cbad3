import { goesOn, plain, podOf, replaced, says } from './pods';
import type { Context } from '../context';
import type { Seen } from '../observation';

const [AGENTS, CLIENTS] = ['vineyard-agents', 'vineyard'];
const GOT = /got 1000000 numbers, the first is \d+, writable: \w+/;

/** vineyard: one pod puts arrays, another gets them without a copy. */
export async function vineyard(context: Context, yaml: string): Promise<Seen[]> {
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.store`));
  await context.apply(
    await context.readyWithSoftware(yaml, { 'registry.example.com/vineyard:0.24.2': 'vineyard' }),
  );
  const [get, put] = [await podOf(context, CLIENTS, 'get'), await podOf(context, CLIENTS, 'put')];
  const got = await says(context, CLIENTS, get, GOT);
  await goesOn(context, CLIENTS, get, GOT);
  const shared = async (namespace: string, pod: string) => {
    const { stdout } = await context.kubectl.exec(namespace, pod, pod.split('-')[0], [
      ...['sh', '-c'],
      'cat /sys/fs/cgroup/memory.stat /sys/fs/cgroup/memory/memory.stat 2>/dev/null | grep -m 1 "^shmem "',
    ]);
    return stdout.trim();
  };
  const paid = await shared(CLIENTS, put);
  await replaced(context, AGENTS, 'store');
  await goesOn(context, CLIENTS, get, GOT);
  const again = await says(context, CLIENTS, get, GOT, { tail: 5 });
  return [
    {
      observed: `vineyard: a pod of a "restricted" namespace gets the array that another one has put, without a copy: ${got.replace(/first is \d+/, 'first is N')}`,
      ok: got.endsWith('writable: False'),
    },
    {
      observed: `the pages belong to the container that puts: memory.stat, ${plain(paid)}`,
      ok: Number(paid.split(' ')[1]) >= 8_000_000,
    },
    {
      observed: `the server is replaced: both connect again, and the next array arrives: ${again.replace(/first is \d+/, 'first is N')}`,
      ok: true,
    },
  ];
}
