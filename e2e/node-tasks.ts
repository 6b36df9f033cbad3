import type { Context } from './context';
import { podSpec } from './manifests';
import {
  cleaned,
  CLEANUP,
  linesOf,
  PREFLIGHT,
  refusal,
  usersIn,
  verdict,
  words,
} from './node-task-pods';
import {
  AGENTS,
  FOLDER,
  huge,
  KEY,
  LABEL,
  OBJECT,
  render,
  ring,
  SEGMENT,
  SERVED,
} from './node-tasks-app';
import type { Seen } from './observation';
import { defects } from './planted-defects';
import { until } from './until';

/**
 * NodePreflight finds each planted defect, says nothing of a node without; NodeCleanup refuses
 * while somebody has the memory, and leaves nothing.
 */
export async function nodeTasks(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const node = context.nodes.home;
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
  const values = await context.onNode(names.map(name => `cat /proc/sys/${name}`).join('\n'));
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
  const sound = await verdict(context, AGENTS);
  seen.push({
    observed: `a node without a defect: ${words(sound.text, node).replaceAll('\n', '; ')}`,
    ok: sound.isReady && /passed/.test(sound.text) && !/problem/.test(sound.text),
  });
  const known = new Set(linesOf(sound.text, 'warning'));
  for (const { what, plant, mend, said, stops } of defects(before)) {
    await context.onNodes(plant);
    try {
      const found = await verdict(context, AGENTS);
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
  const mended = await verdict(context, AGENTS);
  seen.push({
    observed: `all mended: the node ${mended.isReady && mended.text === sound.text ? 'passes as before' : `is not as before: ${mended.text}`}`,
    ok: mended.isReady && mended.text === sound.text,
  });
  await context.apply(render(context, { contract: huge() }));
  const small = await verdict(context, AGENTS);
  const short = small.text
    .split('\n')
    .filter(line => /^problem: (memory|\/run|\/dev\/shm)/.test(line))
    .map(line => line.split(/[: ]/)[2]);
  seen.push({
    observed: `a contract that no node has room for: the node does not pass, for want of room in ${short.join(', ')}`,
    ok: !small.isReady && short.join() === 'memory,/run,/dev/shm',
  });
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${PREFLIGHT}-`]);
  return [
    ...seen,
    ...(await cleaning(context, node)),
    ...(await cleaningBeforeStart(context, node)),
  ];
}

/**
 * The agent serves a directory, a tmpfs, a segment and an object. It is cleaned up while it runs;
 * after it has left, while somebody else still has the memory; and after that. All the time a pod
 * of the agent's user runs, which has none of it.
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
  const stranger = { namespace: AGENTS, node, groups: [2000] };
  const same = await context.adHoc({ ...stranger, name: 'same-user', uid: 10001, hostIPC: true });
  const other = await context.adHoc({
    ...stranger,
    name: 'other-user',
    uid: 4242,
    hostIPC: true,
    volume: { source: { hostPath: { path: '/run', type: 'Directory' } }, mountPath: '/node-run' },
  });
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${CLEANUP}=yes`]);
  const agentHasIt = `pod ${agent.metadata.uid}`;
  const refused = await refusal(context, AGENTS, text => text.includes(agentHasIt));
  const there = await leftovers(context);
  const isLive = await context.probe(agent, 'agent').isLive(context.token, SERVED);

  // the agent leaves, but a process of another user has a file and the segment
  await other.shell(
    `shm-probe serve ${context.token} file:/node-run/cdk8s-shared-memory/${AGENTS}.all/v1/ring/shared/object ${SEGMENT} >/dev/null 2>&1 &`,
  );
  await kubectl.run(['label', 'node', node, `${LABEL}-`]);
  const mapped = await refusal(
    context,
    AGENTS,
    text => text.includes('uid 4242') && !text.includes(agentHasIt),
  );
  const stillThere = await leftovers(context);

  // that process ends, and the cleanup tries again by itself
  await other.shell('kill $(pidof shm-probe)');
  const said = await cleaned(context, AGENTS);
  const user = (await same.shell('id -u')).trim();
  const left = await leftovers(context);
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${CLEANUP}-`]);
  const isAllThere = ({ mounts, files, segment, object }: Leftovers) =>
    mounts === 1 && files > 3 && segment && object;
  return [
    {
      observed: `while the agent runs, NodeCleanup refuses and names its pod, which ${isLive ? 'serves on' : 'is disturbed'}: ${usersIn(refused, node).join('; ')}`,
      ok: isLive && isAllThere(there),
    },
    {
      observed: `the agent has left, but a process of another user has a file mapped and the segment attached: NodeCleanup refuses and names it: ${usersIn(mapped, node).join('; ')}`,
      ok:
        /process \d+ \(uid 4242, shm-probe, pod [-0-9a-f]+\): .*maps a file of it/.test(mapped) &&
        mapped.includes(`segment ${KEY}: nattch is 1;`) &&
        isAllThere(stillThere),
    },
    {
      observed: `that process has ended; a pod of the agent's user, with none of the memory, ${user === '10001' ? 'runs on' : 'is gone'}: ${said.map(line => words(line, node)).join('; ')}`,
      ok: said.length === 5 && user === '10001',
    },
    {
      observed: `on the node there are ${left.mounts} mounts and ${left.files} files of the contract, the segment is ${left.segment ? 'there' : 'gone'}, the object in /dev/shm is ${left.object ? 'there' : 'gone'}`,
      ok: left.mounts === 0 && left.files === 0 && !left.segment && !left.object,
    },
  ];
}

/**
 * The init steps of an agent are done, but its container cannot start, because the node does not
 * have its image: nothing has the memory, but the agent will. CRI-O keeps no process for such a
 * pod.
 */
async function cleaningBeforeStart(context: Context, node: string): Promise<Seen[]> {
  const { kubectl } = context;
  const runtime = '{.status.nodeInfo.containerRuntimeVersion}';
  if (/^cri-o/.test(await kubectl.run(['get', 'node', node, '-o', `jsonpath=${runtime}`]))) {
    return [];
  }
  const platform = render(context, { contract: ring() });
  const agent = platform.find(
    ({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'all',
  );
  const [container] = (agent && podSpec(agent))?.containers ?? [];
  Object.assign(container, { image: 'cdk8s-shared-memory-nobody-has:1', imagePullPolicy: 'Never' });
  await context.apply(platform);
  await kubectl.run(['label', 'node', node, `${LABEL}=yes`]);
  const pod = await until('the init steps of the agent are done', 120, async () =>
    (await context.podsOf(AGENTS, 'all')).find(({ status }) =>
      status.containerStatuses?.some(({ state }) => state.waiting?.reason === 'ErrImageNeverPull'),
    ),
  );
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${CLEANUP}=yes`]);
  const about = `pod ${pod.metadata.uid}`;
  const refused = await refusal(context, AGENTS, text => text.includes(about));
  const there = await leftovers(context);
  await kubectl.run(['label', 'node', node, `${LABEL}-`]);
  await cleaned(context, AGENTS);
  const left = await leftovers(context);
  await kubectl.run(['label', 'node', node, `cdk8s-shared-memory/${CLEANUP}-`]);
  return [
    {
      observed: `the init steps of an agent are done, and its container has not started: NodeCleanup refuses and names its pod: ${usersIn(refused, node).join('; ')}; after it is gone, ${left.mounts} mounts and ${left.files} files of the contract are left`,
      ok:
        refused.includes('whose agent can be about to start') &&
        there.mounts === 1 &&
        left.mounts === 0 &&
        left.files === 0,
    },
  ];
}

interface Leftovers {
  readonly files: number;
  readonly mounts: number;
  readonly segment: boolean;
  readonly object: boolean;
}

async function leftovers(context: Context): Promise<Leftovers> {
  const text = await context.onNode(
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
