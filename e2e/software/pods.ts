import type { Context } from '../context';
import { until } from '../until';

/** The name of a running pod of a workload. */
export async function podOf(
  context: Context,
  namespace: string,
  workload: string,
): Promise<string> {
  return (await context.runningPod(namespace, workload, { seconds: 180 })).metadata.name;
}

/** What a pod says, when it says it. */
export async function says(
  context: Context,
  namespace: string,
  pod: string,
  words: RegExp,
  { container, tail }: { container?: string; tail?: number } = {},
): Promise<string> {
  return until(`${namespace}/${pod} says ${words}`, 90, async () => {
    const log = await logOf(context, namespace, pod, { container, tail });
    return words.exec(log)?.[0].replace(/\s+/g, ' ').trim();
  });
}

async function logOf(
  { kubectl }: Context,
  namespace: string,
  pod: string,
  { container, tail = 50 }: { container?: string; tail?: number },
): Promise<string> {
  const { stdout } = await kubectl.try([
    ...['logs', '-n', namespace, pod, '--tail', String(tail)],
    ...(container === undefined ? [] : ['-c', container]),
  ]);
  return stdout;
}

/** What a pod says twice, with another number: whether it goes on. */
export async function goesOn(
  context: Context,
  namespace: string,
  pod: string,
  words: RegExp,
  container?: string,
): Promise<string> {
  const last = async () => {
    const log = await logOf(context, namespace, pod, { container });
    return [...log.matchAll(new RegExp(words, 'g'))].pop()?.[0];
  };
  const before = await last();
  return until(`${namespace}/${pod} goes on after ${before}`, 90, async () => {
    const now = await last();
    return now === undefined || now === before ? undefined : now;
  });
}

/** Deletes the pods of an agent, and waits for the next one. */
export async function replaced(
  context: Context,
  namespace: string,
  workload: string,
): Promise<string> {
  const before = await podOf(context, namespace, workload);
  await context.kubectl.run(['delete', 'pod', '-n', namespace, before, '--now']);
  return until(`another pod of ${namespace}/${workload}`, 180, async () => {
    const now = await podOf(context, namespace, workload);
    return now === before ? undefined : now;
  });
}

/** Numbers that differ from run to run, without them. */
export function plain(text: string): string {
  return text.replace(/\d+/g, 'N');
}
