import { podOf, says } from './pods';
import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';

const [AGENTS, CLIENTS] = ['python-agents', 'python'];
const OPENS = "from multiprocessing import shared_memory; shared_memory.SharedMemory(name='ring')";

/** NumPy on a file of the agent, and multiprocessing.shared_memory that clients write. */
export async function pythonSharedMemory(context: Context, yaml: string): Promise<Seen[]> {
  for (const contract of ['table', 'ring']) {
    await context.keepClean(async () => context.removeDirectory(`${AGENTS}.${contract}`));
  }
  await context.apply(
    await context.readyWithSoftware(yaml, { 'registry.example.com/python-numpy:3.11': 'python' }),
  );
  const python = async (pod: string, program: string) => {
    const { code, stderr } = await context.kubectl.exec(CLIENTS, pod, 'python', [
      ...['python3', '-c', program],
    ]);
    const lines = stderr.split('\n').filter(line => !line.startsWith('command terminated'));
    return code === 0 ? 'works' : (lines.filter(line => line.trim() !== '').pop() ?? '');
  };
  const [reader, writer] = [
    await podOf(context, CLIENTS, 'reader'),
    await podOf(context, CLIENTS, 'writer'),
  ];
  const ring = await podOf(context, AGENTS, 'ring');
  const read = await says(context, CLIENTS, reader, /1000000 numbers, the last is [2-9]\d*/);
  const wrote = await says(context, AGENTS, ring, /slots: \[0, [2-9]\d*, 0, 0\]/);

  // A client that does not know about the resource tracker, and the next one.
  const naive = await context.kubectl.exec(CLIENTS, writer, 'python', ['python3', '-c', OPENS]);
  const refused = /\/ring'?: (\[Errno \d+\] .*)/.exec(naive.stderr)?.[1] ?? naive.stderr.trim();
  const next = await python(writer, OPENS);
  const memory = "import numpy; numpy.memmap('/run/table/table.bin', dtype='i8', mode='r+')";
  const writes = await python(reader, memory);
  const lock = await python(reader, 'import multiprocessing; multiprocessing.Lock()');
  const own = await python(writer, 'import multiprocessing; multiprocessing.Lock()');

  const table = await podOf(context, AGENTS, 'table');
  await context.kubectl.run(['delete', 'pod', '-n', AGENTS, ring, table, '--now']);
  const after = await podOf(context, AGENTS, 'ring');
  const goesOn = await says(
    context,
    AGENTS,
    after,
    /slots: \[0, [3-9]\d*, 0, 0\]|slots: \[0, \d{2,}, 0, 0\]/,
  );
  const before = Number(/\d+$/.exec(read)?.[0]);
  const anew = await until('the reader maps the new file', 60, async () => {
    const { stdout } = await context.kubectl.try(['logs', '-n', CLIENTS, reader, '--tail', '3']);
    const numbers = [...stdout.matchAll(/the last is (\d+)/g)].map(([, number]) => Number(number));
    return numbers.length === 3 && numbers[0] < numbers[2] && numbers[2] < 60 + before
      ? 'its numbers begin anew, and move'
      : undefined;
  });
  return [
    {
      observed: `numpy.memmap in a pod of a "restricted" namespace reads the agent's file: ${read.replace(/\d+$/, 'N')}`,
      ok: true,
    },
    {
      observed: `multiprocessing.shared_memory: a client of another user writes its slot, and the agent sees it: ${wrote.replace(/, [2-9]\d*,/, ', N,')}`,
      ok: true,
    },
    {
      observed: `a client that does not unregister the memory ends: Python wants to remove it: ${refused}; the next client opens it: ${next}`,
      ok: next === 'works' && naive.stderr.includes('/ring'),
    },
    {
      observed: `the reader maps the file to write: ${writes}; makes a multiprocessing.Lock(): ${lock}; the writer makes one: ${own}`,
      ok: /Errno 30|Errno 13/.test(writes) && lock === 'works' && own === 'works',
    },
    {
      observed: `the agents are replaced: the writer goes on into the memory of the next one: ${goesOn.replace(/, \d+,/, ', N,')}; the reader maps the new file: ${anew}`,
      ok: true,
    },
  ];
}
