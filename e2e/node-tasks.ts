import type { Context } from './context';
import type { ApiObject, Pod } from './kubectl';
import {
  AGENTS,
  CLEANUP,
  FOLDER,
  huge,
  KEY,
  LABEL,
  OBJECT,
  PREFLIGHT,
  render,
  SEGMENT,
  SERVED,
} from './node-tasks-app';
import type { Seen } from './observation';
import { defects } from './planted-defects';
import { until } from './until';

interface Rolled extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation: number };
  readonly status: { readonly observedGeneration?: number };
}

/**
 * NodePreflight finds each planted defect, says nothing of a node without; NodeCleanup refuses
 * while somebody has the memory, and leaves nothing.
 */
export async function nodeTasks(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const [
    {
      metadata: { name: node },
    },
  ] = await kubectl.get('nodes');
  const clean = async () => {
    await context.removeDirectory(`${AGENTS}.all`);
    await context.removeDirectory(`${AGENTS}.huge`);
    await context.removeFromNodes(SEGMENT, `posix:/${OBJECT}`);
  };
  await context.keepClean(clean);
  context.whenGone(async () => {
    for (const key of [
      LABEL,
      `cdk8s-shared-memory/${PREFLIGHT}`,
      `cdk8s-shared-memory/${CLEANUP}`,
    ]) {
      await kubectl.try(['label', 'node', node, `${key}-`]);
    }
  });
  const names = [
    'kernel/shmmax',
    'kernel/shmall',
    'kernel/shmmni',
    'kernel/msgmni',
    'fs/protected_regular',
  ];
  const [values] = await context.onNodes(names.map(name => `cat /proc/sys/${name}`).join('\n'));
  const before = new Map(
    values
      .trim()
      .split('\n')
      .map((value, i) => [names[i], value]),
  );

  const platform = render(context, {});
  await context.apply(platform);
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${PREFLIGHT}=yes`]);
  const seen: Seen[] = [];
  const sound = await verdict(context);
  seen.push({
    observed: `a node without a defect: ${words(sound.text, node).replaceAll('\n', '; ')}`,
    ok: sound.isReady && /passed/.test(sound.text) && !/problem/.test(sound.text),
  });
  const known = new Set(linesOf(sound.text, 'warning'));
  for (const { what, plant, mend, said, stops } of defects(before)) {
    await context.onNodes(plant);
    try {
      const found = await verdict(context);
      const line = found.text.split('\n').find(each => said.test(each)) ?? `nothing: ${found.text}`;
      const others = linesOf(found.text, 'warning', 'problem').filter(
        each => !said.test(each) && !known.has(each),
      );
      seen.push({
        observed: `${what}: ${found.isReady ? 'the node passes, with a warning' : 'the node does not pass'}: ${words(line, node)}${others.length === 0 ? '' : `; and ${others.join('; ')}`}`,
        ok: said.test(line) && found.isReady === !stops && others.length === 0,
      });
    } finally {
      await context.onNodes(mend);
    }
  }
  const mended = await verdict(context);
  seen.push({
    observed: `all mended: the node ${mended.isReady && mended.text === sound.text ? 'passes as before' : `is not as before: ${mended.text}`}`,
    ok: mended.isReady && mended.text === sound.text,
  });
  await context.apply(render(context, { contract: huge() }));
  const small = await verdict(context);
  const short = small.text
    .split('\n')
    .filter(line => /^problem: (memory|\/run|\/dev\/shm)/.test(line))
    .map(line => line.split(/[: ]/)[2]);
  seen.push({
    observed: `a contract that no node has room for: the node does not pass, for want of room in ${short.join(', ')}`,
    ok: !small.isReady && short.join() === 'memory,/run,/dev/shm',
  });
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${PREFLIGHT}-`]);
  return [...seen, ...(await cleaning(context, node))];
}

/**
 * The agent serves a directory, a tmpfs, a segment and an object; it is cleaned up while it runs,
 * and after it has left.
 */
async function cleaning(context: Context, node: string): Promise<Seen[]> {
  const { kubectl } = context;
  await context.apply(render(context, {}));
  await kubectl.run(['label', 'node', node, `${LABEL}=yes`]);
  const agent = await context.runningPod(AGENTS, 'all', { seconds: 120 });
  await context.probe(agent, 'agent').read(context.token, SERVED);
  await context
    .probe(agent, 'agent')
    .shell(
      'echo x > /run/table/old; mkdir -m 0700 /run/table/closed; echo x > /run/table/closed/file; echo x > /node-shm/e2e-node-tasks',
    );
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${CLEANUP}=yes`]);
  const refused = await until(
    'the cleanup refuses',
    60,
    async () =>
      (await taskPod(context, CLEANUP))?.status.initContainerStatuses?.flatMap(
        ({ state, lastState }) => state.terminated?.message ?? lastState?.terminated?.message ?? [],
      )[0],
    async () => context.describe(AGENTS),
  );
  const there = await leftovers(context);
  const isLive = await context.probe(agent, 'agent').isLive(context.token, SERVED);
  // the agent leaves, and the cleanup tries again by itself
  await kubectl.run(['label', 'node', node, `${LABEL}-`]);
  const pod = await until(
    'the cleanup is done',
    240,
    async () => {
      const found = await taskPod(context, CLEANUP);
      return found && isReady(found) ? found : undefined;
    },
    async () => context.describe(AGENTS),
  );
  const said =
    pod.status.initContainerStatuses?.flatMap(
      ({ state }) => state.terminated?.message?.trim().split('\n') ?? [],
    ) ?? [];
  const left = await leftovers(context);
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${CLEANUP}-`]);
  return [
    {
      observed: `while the agent runs, NodeCleanup refuses and names its pod, which ${isLive ? 'serves on' : 'is disturbed'}: ${words(refused.replace(agent.metadata.uid, 'UID').replace(/ process-.*?(?=;)/, ''), node).slice(0, 120)}`,
      ok:
        isLive &&
        refused.includes(`is still in use: ${agent.metadata.uid} (`) &&
        there.mounts === 1 &&
        there.files > 3 &&
        there.segment &&
        there.object,
    },
    {
      observed: `the agent has left: ${said.map(line => words(line, node)).join('; ')}`,
      ok: said.length === 5,
    },
    {
      observed: `on the node there are ${left.mounts} mounts and ${left.files} files of the contract, the segment is ${left.segment ? 'there' : 'gone'}, the object in /dev/shm is ${left.object ? 'there' : 'gone'}`,
      ok: left.mounts === 0 && left.files === 0 && !left.segment && !left.object,
    },
  ];
}

interface Verdict {
  readonly isReady: boolean;
  readonly text: string;
}

/**
 * What a new pod of the preflight says: of its steps in their order, or the runtime of a step that
 * it does not start.
 */
async function verdict(context: Context): Promise<Verdict> {
  await until(
    'the DaemonSet has been seen',
    30,
    async () =>
      (await context.kubectl.get<Rolled>('daemonsets', AGENTS)).every(
        ({ metadata, status }) => status.observedGeneration === metadata.generation,
      ) || undefined,
  );
  await context.kubectl.run([
    'delete',
    'pods',
    '-n',
    AGENTS,
    '-l',
    `app.kubernetes.io/name=${PREFLIGHT}`,
    '--wait=true',
  ]);
  return until(
    'the preflight has a verdict',
    90,
    async () => {
      const pod = await taskPod(context, PREFLIGHT);
      const statuses = pod?.status.initContainerStatuses ?? [];
      const failed = statuses.some(
        ({ state: { terminated, waiting }, lastState }) =>
          lastState?.terminated || waiting?.message || (terminated && terminated.exitCode !== 0),
      );
      const text = statuses
        .flatMap(
          ({ state, lastState }) =>
            state.terminated?.message ??
            lastState?.terminated?.message ??
            state.waiting?.message ??
            [],
        )
        .map(each => each.trim())
        .join('\n');
      return pod && (isReady(pod) || failed) ? { isReady: isReady(pod), text } : undefined;
    },
    async () => context.describe(AGENTS),
  );
}

async function taskPod(context: Context, name: string): Promise<Pod | undefined> {
  return (await context.podsOf(AGENTS, name))[0];
}

function isReady({ status }: Pod): boolean {
  return (
    status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ??
    false
  );
}

function linesOf(text: string, ...kinds: string[]): string[] {
  return text.split('\n').filter(line => kinds.some(kind => line.startsWith(`${kind}: `)));
}

/** The same on every node and in every run. */
function words(text: string, node: string): string {
  return text
    .replaceAll(node, 'NODE')
    .replaceAll('/run/cdk8s-shared-memory/', '')
    .replace(/\d+Ki/g, 'NKi')
    .trim();
}

interface Leftovers {
  readonly files: number;
  readonly mounts: number;
  readonly segment: boolean;
  readonly object: boolean;
}

async function leftovers(context: Context): Promise<Leftovers> {
  const [text] = await context.onNodes(
    [
      `find ${FOLDER}all -mindepth 1 | wc -l`,
      `grep -c ' ${FOLDER}all/' /proc/mounts || :`,
      `awk '$1 == ${KEY}' /proc/sysvipc/shm | wc -l`,
      `ls /dev/shm/${OBJECT} 2>/dev/null | wc -l`,
    ].join('\n'),
  );
  const [files, mounts, segment, object] = text.trim().split('\n').map(Number);
  return { files, mounts, segment: segment === 1, object: object === 1 };
}
