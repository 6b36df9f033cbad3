import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context';
import type { Seen } from './observation';
import { until } from './until';

const AGENTS = 'shared-memory-demo';
const APPS = 'shared-memory-demo-apps';

/**
 * What `cdk8s-shared-memory demo` prints, applied as it is but for the image, and the commands of
 * its first lines.
 */
export async function demo(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const file = context.nodes.enforceSeLinux ? 'demo-selinux.yaml' : 'demo.yaml';
  const yaml = readFileSync(join(__dirname, '..', 'assets', file), 'utf8');
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.clock`));
  await context.apply(context.ready(yaml, {}));
  const commands = [...yaml.matchAll(/^# {3}kubectl (rollout status|logs) ([^#\n]*)/gm)].map(
    ([, verb, rest]) => [...verb.split(' '), ...rest.trim().split(/ +/)],
  );
  const run = async (words: string, isDone: (text: string) => boolean) => {
    const command = commands.find(each => each.join(' ').includes(words));
    if (command === undefined) {
      throw new Error(`the first lines of the demo have no command about ${words}`);
    }
    return until(
      `kubectl ${command.join(' ')}`,
      180,
      async () => {
        const { code, stdout } = await kubectl.try(command);
        return code === 0 && isDone(stdout) ? stdout.trim() : undefined;
      },
      async () => context.describe(APPS),
    );
  };
  const rolledOut = (text: string) => text.includes('successfully rolled out');
  await run('daemonset/clock', rolledOut);
  await run('deployment/reader', rolledOut);
  const reader = await run('logs -n shared-memory-demo-apps deployment/reader', text =>
    text.includes('Read-only file system'),
  );
  const said = /the agent says .*\d\d:\d\d:\d\d/.exec(reader)?.[0];
  const later = await run(
    'logs -n shared-memory-demo-apps deployment/reader',
    text => said !== undefined && text.includes('the agent says') && !text.includes(said),
  );
  const outsider = await run('deployment/outsider', text => text.includes('Permission denied'));
  return [
    {
      observed: `the demo, by the commands of its first lines: the reader says ${said === undefined ? 'nothing of the agent' : 'the time of the agent, which moves'}, and that it cannot write: ${/Read-only file system/.exec(reader)?.[0]}`,
      ok: said !== undefined && later !== reader,
    },
    {
      observed: `a pod that mounts the same claim without the group: ${/Permission denied/.exec(outsider)?.[0]}`,
      ok: !outsider.includes('the agent says T') && /Permission denied/.test(outsider),
    },
  ];
}
