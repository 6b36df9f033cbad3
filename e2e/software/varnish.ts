import { podOf, replaced, says } from './pods';
import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';

const [AGENTS, CLIENTS] = ['varnish-agents', 'varnish'];

/** Varnish: its log and its counters in pods of another namespace, which only read. */
export async function varnish(context: Context, yaml: string): Promise<Seen[]> {
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.cache`));
  await context.apply(
    await context.readyWithSoftware(yaml, { 'registry.example.com/varnish:7.1.1': 'varnish' }),
  );
  const [log, counters] = [
    await podOf(context, CLIENTS, 'log'),
    await podOf(context, CLIENTS, 'counters'),
  ];
  const agent = async () => podOf(context, AGENTS, 'cache');
  const requests = async (path: string) =>
    until(`varnishd answers ${path}`, 60, async () => {
      const { stdout } = await context.kubectl.exec(AGENTS, await agent(), 'varnishd', [
        ...['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}'],
        `http://127.0.0.1:6081${path}`,
      ]);
      return stdout === '503' ? stdout : undefined;
    });
  await requests('/hello');
  const seen = await says(context, CLIENTS, log, /ReqURL +c \/hello/);
  const counted = await says(context, CLIENTS, counters, /MAIN\.client_req +[1-9]\d*/);
  const writes = await context.kubectl.exec(CLIENTS, log, 'log', [
    ...['sh', '-c', 'echo x > /run/varnish/v/own; ls -A /run/varnish/v'],
  ]);
  await replaced(context, AGENTS, 'cache');
  // varnishlog shows what happens after it has found the next log
  const again = await until('varnishlog shows a request to the next varnishd', 90, async () => {
    await requests('/again');
    const { stdout } = await context.kubectl.try(['logs', '-n', CLIENTS, log, '--tail', '20']);
    return /ReqURL +c \/again/.exec(stdout)?.[0].replace(/\s+/g, ' ');
  });
  const restarts = (await context.kubectl.pods(CLIENTS)).flatMap(
    ({ status }) => status.containerStatuses?.map(({ restartCount }) => restartCount) ?? [],
  );
  return [
    {
      observed: `varnishlog in a pod of a "restricted" namespace shows a request to varnishd: ${seen}; varnishstat counts it: ${counted.replace(/\d+$/, 'N')}`,
      ok: true,
    },
    {
      observed: `it writes there: ${/Read-only file system/.exec(writes.stderr)?.[0] ?? writes.stderr}; the secret of the command line is ${writes.stdout.includes('_.secret') ? 'there' : 'not there'}`,
      ok: writes.stderr.includes('Read-only file system') && !writes.stdout.includes('_.secret'),
    },
    {
      observed: `the agent is replaced: the same varnishlog goes on with the next one: ${again}, after ${restarts.join(' and ')} restarts`,
      ok: restarts.every(count => count === 0),
    },
  ];
}
