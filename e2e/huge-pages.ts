import { Size } from 'cdk8s';
import type { Context } from './context';
import { HUGETLB } from './environment';
import { AGENTS, clients, CLIENTS, ENTRY, FOLDER, LABEL, platform, SIZE } from './huge-pages-app';
import type { Pod } from './kubectl';
import {
  cleaned,
  CLEANUP,
  lookedAt,
  PREFLIGHT,
  refusal,
  usersIn,
  verdict,
  words,
  type Verdict,
} from './node-task-pods';
import type { Seen } from './observation';
import type { Probe } from './probe';
import { until } from './until';

const OBJECT = `${FOLDER}/object`;
const ON_NODE = `/run/cdk8s-shared-memory/${AGENTS}.index`;

/**
 * Memory in huge pages, besides what its technique promises: the limits of its containers, who
 * touches first, what the tasks of a node say of it, and that nothing is left.
 */
export async function hugePages(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const node = context.nodes.home;
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.index`));
  const labels = [LABEL, `cdk8s-shared-memory/${PREFLIGHT}`, `cdk8s-shared-memory/${CLEANUP}`];
  context.whenGone(async () => {
    for (const key of labels) {
      await kubectl.try(['label', 'node', node, `${key}-`]);
    }
  });
  const label = async (key: string, value: '=yes' | '-') =>
    kubectl.run(['label', 'node', node, `${key}${value}`]);

  const free = await freePages(context);
  await context.apply(platform(context));
  await label(labels[1], '=yes');
  const sound = await passing(context);
  await context.apply(platform(context, Size.tebibytes(1)));
  const small = await verdict(context, AGENTS);
  await context.apply(platform(context));
  await label(LABEL, '=yes');
  await context.apply(clients(context));
  const agentPod = await context.runningPod(AGENTS, 'index', { seconds: 120 });
  const clientPod = await context.runningPod(CLIENTS, 'reader', { seconds: 180 });
  const sides = {
    agent: context.probe(agentPod, 'agent'),
    reader: context.probe(clientPod, 'reader'),
    writer: context.probe(await context.runningPod(CLIENTS, 'writer'), 'writer'),
  };
  const seen = [
    preflight('a node with enough of them', sound, true, /ok: huge pages: \d+ of the \d+ of 2Mi/),
    preflight(
      'a contract of 1Ti in huge pages',
      small,
      false,
      /problem: huge pages: the node has \d+ of 2Mi, but the contracts take \d+/,
    ),
    ...(await sharing(context, sides, [agentPod, clientPod])),
    ...(await touching(context, sides)),
    ...(await resized(context, sides.reader)),
  ];
  await label(labels[1], '-');
  return [...seen, ...(await cleaning(context, node, label, free))];
}

/** The verdict on a node that passes: what is fine stands only in the log. */
async function passing(context: Context): Promise<Verdict> {
  const { isReady } = await verdict(context, AGENTS);
  return { isReady, text: await lookedAt(context, AGENTS) };
}

function preflight(what: string, { text, isReady }: Verdict, passes: boolean, said: RegExp): Seen {
  const line = text.split('\n').find(each => said.test(each));
  return {
    observed: `NodePreflight, ${what}: the node ${isReady ? 'passes' : 'does not pass'}: ${(
      line ?? `nothing of huge pages: ${text}`
    )
      .replace(/^\w+: /, '')
      .replaceAll(`${ON_NODE}/`, '')
      .replace(/\d+ of the \d+|has \d+/, pages => pages.replace(/\d+/g, 'N'))}`,
    ok: isReady === passes && line !== undefined,
  };
}

/** The limits, and what each side can do with pages that the agent has allocated, and others. */
async function sharing(
  context: Context,
  { agent, reader }: Readonly<Record<'agent' | 'reader', Probe>>,
  pods: readonly Pod[],
): Promise<Seen[]> {
  const [ofAgent, ofClient] = pods.map(pageLimit);
  const bytes = SIZE.toMebibytes();
  const allocated = await agent.result('-g', 2000, '-m', '0660', '-s', '4m', 'allocate', OBJECT);
  const zeros = await reader.shell(`head -c 3 ${OBJECT} | od -An -tx1`);
  const written = await agent.result('write', context.token, `file:${OBJECT}`);
  const read = await reader.step('read', context.token, `file:${OBJECT}`);
  const refused = [
    await reader.result('try-write', `file:${OBJECT}`),
    await reader.result('try-create', `${FOLDER}/clients`),
    await reader.result('allocate', `${FOLDER}/clients`),
    await reader.result('remove', `file:${OBJECT}`),
  ];
  const beyond = await agent.result('-s', '8m', 'allocate', `${FOLDER}/beyond`);
  const write = await agent.shell(`echo x 2>&1 >> ${OBJECT}`);
  return [
    {
      observed: `the agent's container has the limit hugepages-2Mi: ${ofAgent}, the client's has ${ofClient ?? 'none'}`,
      ok: ofAgent === `${2 * bytes}Mi` && ofClient === undefined,
    },
    {
      observed: `the agent allocates a file of 4 MiB with fallocate: ${allocated}; the client, in a "restricted" namespace, reads by claim (${zeros.trim()}); the agent maps and writes: ${written}; the client maps and reads: ${read.result}, ${read.bytes} bytes`,
      ok:
        allocated === 'ok' &&
        zeros.trim() === '00 00 00' &&
        written === 'ok' &&
        read.result === 'ok' &&
        read.bytes === '4194304',
    },
    {
      observed: `the client writes the file: ${refused[0]}; creates one: ${refused[1]}; allocates one: ${refused[2]}; removes the agent's: ${refused[3]}`,
      ok: refused.every(result => result === 'EROFS'),
    },
    {
      observed: `the agent, whose limit has room, allocates beyond the ${bytes} MiB of the memory: ${beyond}; calls write(): ${/Invalid argument/.exec(write)?.[0] ?? write}`,
      ok: beyond === 'ENOSPC' && /Invalid argument/.test(write),
    },
  ];
}

/** A client that writes, without a limit of huge pages: what of them it can touch. */
async function touching(
  context: Context,
  { agent, writer }: Readonly<Record<'agent' | 'writer', Probe>>,
): Promise<Seen[]> {
  const limited = (await writer.shell(HUGETLB)) !== 'none';
  const on = limited
    ? 'the kernel limits huge pages here (hugetlb controller)'
    : 'the kernel does not limit huge pages here (no hugetlb controller)';
  const hole = `${FOLDER}/hole`;
  const touched = await writer.result('try-write', `file:${OBJECT}`);
  await agent.shell(`truncate -s 4M ${hole}; chgrp 2000 ${hole}; chmod 0660 ${hole}`);
  const unmapped = await writer.result('try-write', `file:${hole}`);
  await agent.result('ready', `file:${hole}`); // maps both pages, and reads the first
  const mapped = await writer.result('try-write', `file:${hole}`); // writes the last
  const own = `${FOLDER}/own`;
  const allocates = await writer.result('-s', '2m', 'allocate', own);
  const makes = await writer.result('-s', '2m', 'write', context.token, `file:${own}`);
  await agent.shell(`rm -f ${hole} ${own}`);
  const results = [touched, unmapped, mapped, allocates, makes];
  return [
    {
      observed: `${on}: a client that writes, without a limit of them, writes pages that the agent has touched: ${touched}; maps a hole that the agent has not mapped: ${unmapped}; touches a page that the agent has mapped, but not touched: ${mapped}; allocates a file of its own with fallocate: ${allocates}; maps a new one: ${makes}`,
      ok:
        results.join() === (limited ? 'ok,ENOMEM,SIGBUS,ENOSPC,ENOMEM' : 'ok,ok,ok,ENOSPC,ENOMEM'),
    },
  ];
}

function pageLimit({ spec }: Pod): string | undefined {
  const { containers } = spec as unknown as {
    containers: { resources: { limits?: Readonly<Record<string, string>> } }[];
  };
  return containers[0].resources.limits?.['hugepages-2Mi'];
}

/** Another size in the same version: neither the agent nor the preflight takes what is there. */
async function resized(context: Context, reader: Probe): Promise<Seen[]> {
  const held = await passing(context);
  await context.apply(platform(context, Size.mebibytes(4)));
  const message = await until(
    'the step of the agent refuses',
    120,
    async () =>
      (await context.podsOf(AGENTS, 'index'))
        .flatMap(({ status }) => status.initContainerStatuses ?? [])
        .map(({ state, lastState }) => (state.terminated ?? lastState?.terminated)?.message ?? '')
        .find(text => text.includes('is mounted with')),
    async () => context.describe(AGENTS),
  );
  const changed = await verdict(context, AGENTS);
  const reads = await reader.result('read', context.token, `file:${OBJECT}`);
  await context.apply(platform(context));
  const again = await context.runningPod(AGENTS, 'index', { seconds: 120 });
  const kept = await context.probe(again, 'agent').result('read', context.token, `file:${OBJECT}`);
  const short = message.trim().replaceAll(`${ON_NODE}/`, '');
  return [
    preflight('with the pages of an agent in it', held, true, /ok: .*holds 4096Ki of an earlier/),
    {
      observed: `another size without another version: the agent does not start ("${short}"), and the client reads on (${reads}); with the old size it starts, and has its file: ${kept}`,
      ok: /cannot be resized/.test(message) && reads === 'ok' && kept === 'ok',
    },
    preflight(
      'the same',
      changed,
      false,
      /problem: .*left a hugetlbfs of 8192Ki, not of 4096Ki, and the next one refuses it/,
    ),
  ];
}

/**
 * Cleaned up while agent and clients run; while a process outside the contract has a file mapped;
 * and after that.
 */
async function cleaning(
  context: Context,
  node: string,
  label: (key: string, value: '=yes' | '-') => Promise<unknown>,
  free: number,
): Promise<Seen[]> {
  const agentPod = await context.runningPod(AGENTS, 'index', { seconds: 120 });
  const clientPod = await context.runningPod(CLIENTS, 'reader');
  const agent = context.probe(agentPod, 'agent');
  await agent.shell(`shm-probe serve ${context.token} file:${OBJECT} >/dev/null 2>&1 &`);
  await until('it is served', 10, async () => agent.isLive(context.token, `file:${OBJECT}`));
  const stranger = await context.adHoc({
    name: 'stranger',
    namespace: AGENTS,
    node,
    uid: 4242,
    groups: [2000],
    volume: { source: { hostPath: { path: '/run', type: 'Directory' } }, mountPath: '/node-run' },
  });
  await label(`cdk8s-shared-memory/${CLEANUP}`, '=yes');
  const isAbout = (pod: Pod) => (text: string) => text.includes(`pod ${pod.metadata.uid}`);
  const running = await refusal(context, AGENTS, isAbout(agentPod));
  const there = await leftovers(context);
  const live = await agent.isLive(context.token, `file:${OBJECT}`);

  const object = `${ON_NODE}/v1/${ENTRY}/shared/object`.replace('/run/', '/node-run/');
  await stranger.shell(`shm-probe serve ${context.token} file:${object} >/dev/null 2>&1 &`);
  await until('it is mapped', 10, async () => (await stranger.shell('pidof shm-probe')) !== '');
  await until(
    'it is removed',
    10,
    async () => (await agent.result('remove', `file:${OBJECT}`)) === 'ok',
  );
  await label(LABEL, '-');
  for (const name of ['reader', 'writer']) {
    await context.kubectl.run(['delete', 'deployment', '-n', CLIENTS, name, '--wait=true']);
  }
  const mapped = await refusal(
    context,
    AGENTS,
    text => text.includes('uid 4242') && !/uid 10001|uid 20001|kubelet/.test(text),
  );
  const stillThere = await leftovers(context);
  await stranger.shell('kill $(pidof shm-probe)');
  const said = await cleaned(context, AGENTS);
  const left = await leftovers(context);
  const freed = await freePages(context);
  await label(`cdk8s-shared-memory/${CLEANUP}`, '-');
  const isThere = ({ mounts, files }: Leftovers) => mounts === 2 && files > 0;
  const users = usersIn(running, node);
  return [
    {
      observed: `while agent and clients run, NodeCleanup refuses, and the agent ${live ? 'serves on' : 'is disturbed'}: ${[...new Set(users)].sort().join('; ')}`,
      ok:
        live &&
        isThere(there) &&
        isAbout(clientPod)(running) &&
        users.some(line => /uid 10001, shm-probe.*maps a file of it/.test(line)),
    },
    {
      observed: `all have left, but a process of another user has a file mapped, which is removed: NodeCleanup refuses and names it: ${usersIn(mapped, node).join('; ')}`,
      ok:
        isThere(stillThere) &&
        /process \d+ \(uid 4242, shm-probe, pod [-0-9a-f]+\): .*maps a file of it/.test(mapped),
    },
    {
      observed: `that process has ended: ${said.map(line => words(line, node)).join('; ')}; ${left.mounts} mounts and ${left.files} files are left, and ${freed === free ? 'all huge pages are free again' : `${free - freed} huge pages are not free`}`,
      ok: left.mounts === 0 && left.files === 0 && freed === free && said.length === 4,
    },
  ];
}

interface Leftovers {
  readonly mounts: number;
  readonly files: number;
}

async function leftovers(context: Context): Promise<Leftovers> {
  const text = await context.onNode(
    `grep -c ' /host${ON_NODE}/' /proc/mounts || :; find /host${ON_NODE} -mindepth 1 | wc -l`,
  );
  const [mounts, files] = text.trim().split('\n').map(Number);
  return { mounts, files };
}

async function freePages(context: Context): Promise<number> {
  const text = await context.onNode('awk \'$1 == "HugePages_Free:" { print $2 }\' /proc/meminfo');
  return Number(text.trim());
}
