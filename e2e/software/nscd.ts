import { podOf, replaced } from './pods';
import type { Context } from '../context';
import type { Seen } from '../observation';
import { until } from '../until';

const [AGENTS, CLIENTS] = ['nscd-agents', 'nscd'];
/** Looks a user up with the libc of the container, and says what it has mapped for it. */
const LOOK_UP =
  '@user = getpwnam("orders"); print join(":", @user[0, 2, 3, 7, 8]), "\\n"; open F, "/proc/self/maps"; print grep { m{/nscd/} } <F>';

/** glibc's nscd: unmodified pods look users up in the memory of the agent. */
export async function nscd(context: Context, yaml: string): Promise<Seen[]> {
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.names`));
  await context.apply(
    await context.readyWithSoftware(yaml, {
      'registry.example.com/nscd:2.36': 'nscd',
      'registry.example.com/debian:12': 'debian',
    }),
  );
  const web = await podOf(context, CLIENTS, 'shop-web');
  const run = async (...command: string[]) => {
    const { stdout, stderr } = await context.kubectl.exec(CLIENTS, web, 'web', command);
    return `${stdout}${stderr}`.trim();
  };
  const own = await run('sh', '-c', 'grep -c orders /etc/passwd || :');
  const [user, ...maps] = (await run('perl', '-e', LOOK_UP)).split('\n');
  const map = /^\S+ (\S+) .* (\S*nscd\S* \(deleted\))$/.exec(maps[0] ?? '');

  await replaced(context, AGENTS, 'names');
  const again = await until('the client asks the new agent', 30, async () => {
    const line = await run('getent', 'passwd', 'orders');
    return line.startsWith('orders:') ? line : undefined;
  });
  await context.kubectl.run([
    ...['delete', 'daemonset', '-n', AGENTS, 'names', '--cascade=foreground', '--wait'],
  ]);
  const getent = ['getent', 'passwd', 'orders', 'root'];
  const without = await context.kubectl.exec(CLIENTS, web, 'web', getent);
  return [
    {
      observed: `nscd of glibc: a pod of an unmodified Debian, in a "restricted" namespace, looks up a user that its /etc/passwd does not have (${own} lines): ${user}`,
      ok: own === '0' && user.startsWith('orders:4242:4242'),
    },
    {
      observed: `its libc reads the memory that nscd passed over the socket: mapped ${map?.[1]}, ${map?.[2].replace(/db\w+/, 'dbXXXXXX')}`,
      ok: map?.[1] === 'r--s',
    },
    {
      observed: `the agent is replaced: the same pod asks the next one: ${again}`,
      ok: again.startsWith('orders:x:4242:4242'),
    },
    {
      observed: `without an agent, its libc falls back to its own files: ${without.stdout.trim().split('\n').join(', ')}, and exit code ${without.code} for the other`,
      ok: without.stdout.startsWith('root:') && without.code === 2,
    },
  ];
}
