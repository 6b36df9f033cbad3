import { App, Chart, Size } from 'cdk8s';
import type { Context } from './context';
import type { ApiObject, Pod } from './kubectl';
import type { Manifest } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import {
  Access,
  AgentContract,
  AgentNamespace,
  AgentNodes,
  Backing,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  SharedMemory,
  type NodeAgentProps,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const AGENTS = 'e2e-node-tasks';
const KEY = 0x5350;
const SEGMENT = `sysv:${KEY}`;
const OBJECT = 'e2e-node-tasks';
const SERVED = 'file:/run/ring/object';
const LABEL = 'example.com/e2e-node-tasks';
const FOLDER = `/host/run/cdk8s-shared-memory/${AGENTS}.`;
const [PREFLIGHT, CLEANUP] = ['preflight', 'cleanup'];
const TOO_MUCH = Size.gibibytes(1024);

const memory = (name: string, backing: Backing, size = Size.mebibytes(4)) =>
  SharedMemory.files({ name, size, mountPath: `/run/${name}`, backing });

function contract(name: string, memories: SharedMemory[], ownerId = 10001): AgentContract {
  return new AgentContract({
    name,
    namespace: AGENTS,
    version: 'v1',
    memory: memories,
    ownerId,
    groupId: 2000,
    nodes: AgentNodes.labeled(LABEL, 'yes'),
    clients: Access.READ_WRITE,
  });
}

/** Everything that a contract can ask of a node: each kind of memory. */
const all = () =>
  contract('all', [
    memory('table', Backing.directory()),
    memory('ring', Backing.tmpfs()),
    SharedMemory.systemV({ name: 'flags', size: Size.mebibytes(4) }),
    SharedMemory.files({
      name: 'log',
      size: Size.mebibytes(4),
      mountPath: '/node-shm',
      backing: Backing.devShm(),
    }),
  ]);
/** What no node has room for. */
const huge = () =>
  contract('huge', [
    memory('table', Backing.directory(), TOO_MUCH),
    SharedMemory.files({
      name: 'log',
      size: TOO_MUCH,
      mountPath: '/node-shm',
      backing: Backing.devShm(),
    }),
  ]);

/** A defect on the node: how it comes, how it goes, and what the preflight says of it, in part. */
interface Defect {
  readonly what: string;
  readonly plant: string;
  readonly mend: string;
  readonly said: RegExp;
  readonly stops: boolean;
}

interface Rolled extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation: number };
  readonly status: { readonly observedGeneration?: number };
}

const sysctl = (name: string, value: string) => `echo ${value} > /proc/sys/${name}`;
/**
 * The mount that holds the contracts' directories, in the mount namespace of the kubelet, which is
 * the node's.
 */
const propagation = (kind: string) =>
  `nsenter -t "$(pidof kubelet)" -m -- sh -c 'at=/run/cdk8s-shared-memory; grep -q " $at " /proc/mounts || at=/run; mount --make-${kind} "$at"'`;

function defects(before: ReadonlyMap<string, string>): Defect[] {
  const limit = (name: string, value: string, said: RegExp, stops = true): Defect => ({
    what: name.replace('/', '.'),
    plant: sysctl(name, value),
    mend: sysctl(name, before.get(name) ?? ''),
    said,
    stops,
  });
  const left = (what: string, script: string, said: RegExp, stops = true): Defect => ({
    what,
    plant: `mkdir -p ${FOLDER}all; ${script}`,
    mend: `rm -rf ${FOLDER}all`,
    said,
    stops,
  });
  return [
    limit(
      'kernel/shmmax',
      '4096',
      /problem: kernel\.shmmax is 4096 bytes, the largest segment 4096Ki/,
    ),
    limit('kernel/shmall', '1', /problem: kernel\.shmall is 1 pages/),
    limit('kernel/shmmni', '0', /problem: kernel\.shmmni is 0/),
    limit('kernel/msgmni', '0', /warning: kernel\.msgmni is 0/, false),
    limit('fs/protected_regular', '2', /warning: fs\.protected_regular is on/, false),
    {
      what: 'RemoveIPC of systemd',
      plant:
        'mkdir -p /host/run/systemd/system /host/run/systemd/logind.conf.d; echo "RemoveIPC=yes" > /host/run/systemd/logind.conf.d/zz-e2e.conf',
      mend: 'rm -f /host/run/systemd/logind.conf.d/zz-e2e.conf; rmdir -p /host/run/systemd/system /host/run/systemd/logind.conf.d 2>/dev/null || :',
      said: /warning: RemoveIPC of systemd-logind is yes/,
      stops: false,
    },
    left(
      'a directory of another agent',
      `echo other/agent > ${FOLDER}all/.owner; chmod 0644 ${FOLDER}all/.owner`,
      /problem: .*e2e-node-tasks\.all is served by other\/agent, not by e2e-node-tasks\/all/,
    ),
    left(
      'a link in place of a memory',
      `mkdir ${FOLDER}all/v1; ln -s /etc ${FOLDER}all/v1/table`,
      /problem: .*v1\/table is not a directory/,
    ),
    left(
      'leftovers beyond the size',
      `mkdir -p ${FOLDER}all/v1/table; dd if=/dev/zero of=${FOLDER}all/v1/table/old bs=1M count=6 2>/dev/null`,
      /problem: .*v1\/table holds \d+Ki, more than its size 4096Ki/,
    ),
    left(
      'a memory of another version',
      `mkdir -p ${FOLDER}all/v0/table`,
      /warning: .*e2e-node-tasks\.all\/v0: left by another version/,
      false,
    ),
    {
      what: 'a private mount at /run',
      plant: propagation('private'),
      mend: propagation('shared'),
      said: /not a shared (or slave )?mount/,
      stops: true,
    },
  ];
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

function render(
  context: Context,
  { contract: of = all() }: { contract?: AgentContract },
): Manifest[] {
  const app = new App();
  const chart = new Chart(app, 'chart');
  new AgentNamespace(chart, 'namespace', { name: AGENTS });
  const limit = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  const props: NodeAgentProps = {
    contract: of,
    toolImage: IMAGE,
    containers: [
      {
        name: 'agent',
        image: IMAGE,
        resources: {
          memory:
            of.name === 'all' ? limit : { request: limit.request, limit: Size.gibibytes(2049) },
        },
      },
    ],
  };
  new NodePreflight(chart, PREFLIGHT, {
    agents: [new NodeAgent(chart, 'agent', props)],
    toolImage: IMAGE,
    name: PREFLIGHT,
  });
  if (of.name === 'all') {
    new NodeCleanup(chart, CLEANUP, {
      contract: of,
      toolImage: IMAGE,
      name: CLEANUP,
      systemVKeys: [KEY],
      devShmObjects: [OBJECT],
    });
  }
  return context.ready(app.synthYaml(), {
    agent: [
      'shm-probe',
      '-s',
      '1m',
      '-m',
      '0660',
      '-g',
      '2000',
      'serve',
      context.token,
      SERVED,
      SEGMENT,
    ],
  });
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
