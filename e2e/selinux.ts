import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import { HOLD } from './manifests';
import { cleaned, CLEANUP, PREFLIGHT, verdict, words } from './node-task-pods';
import type { Seen } from './observation';
import type { Probe } from './probe';
import { until } from './until';
import {
  Access,
  AgentContract,
  AgentNamespace,
  ContractGrant,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const AGENTS = 'e2e-selinux';
const CLIENTS = 'e2e-selinux-client';
const FOLDER = '/run/table';
const OBJECT = `file:${FOLDER}/agents`;
const SEGMENT = 'sysv:0x5351';
const CLIENTS_SEGMENT = 'sysv:0x5352';

/**
 * Nodes where SELinux is enforcing: what a contract says that does not know of them, and one that
 * does, with two readers and two writers by claim in a "restricted" namespace.
 */
export async function seLinuxNodes(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const node = context.nodes.home;
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  for (const name of ['unaware', 'table', 'flags']) {
    await context.keepClean(async () => context.removeDirectory(`${AGENTS}.${name}`));
  }
  await context.keepClean(async () => context.removeFromNodes(SEGMENT, CLIENTS_SEGMENT));
  const label = async (name: string, value: '=yes' | '-') =>
    kubectl.try(['label', 'node', node, `cdk8s-shared-memory/${name}${value}`]);
  context.whenGone(async () => {
    await label(PREFLIGHT, '-');
    await label(CLEANUP, '-');
  });
  const serve = (object: string) => ['shm-probe', '-m', '0660', 'serve', context.token, object];
  await context.apply(
    context.ready(render(), {
      'unaware/agent': serve(`file:/run/unaware/agents`),
      'table/agent': serve(OBJECT),
      'flags/agent': ['shm-probe', '-g', '2000', ...serve(SEGMENT).slice(1)],
      ...Object.fromEntries(['reader', 'second', 'writer', 'other', 'flagger'].map(n => [n, HOLD])),
    }),
  );
  const seen = [await unaware(context)];
  const of = async (namespace: string, workload: string, name = workload) =>
    context.probe(await context.runningPod(namespace, workload, { seconds: 180 }), name);
  const sides = {
    agent: await of(AGENTS, 'table', 'agent'),
    reader: await of(CLIENTS, 'reader'),
    second: await of(CLIENTS, 'second'),
    writer: await of(CLIENTS, 'writer'),
    other: await of(CLIENTS, 'other'),
  };
  seen.push(...(await labels(context, sides)), ...(await sharing(context, sides)));
  seen.push(await rogue(context, sides));
  seen.push(
    await segments(context, await of(AGENTS, 'flags', 'agent'), await of(AGENTS, 'flagger')),
  );
  await label(PREFLIGHT, '=yes');
  const checked = await verdict(context, AGENTS);
  await label(PREFLIGHT, '-');
  seen.push({
    observed: `NodePreflight of a contract that says seLinux: true: ${words(checked.text, node).replaceAll('\n', '; ')}`,
    ok: checked.isReady && !/SELinux/.test(checked.text),
  });
  return [...seen, await cleaning(context, label)];
}

/** A contract that does not say seLinux: true. */
async function unaware(context: Context): Promise<Seen> {
  const message = await until(
    'the step of the agent fails',
    120,
    async () => {
      const [pod] = await context.podsOf(AGENTS, 'unaware');
      const [status] = pod?.status.initContainerStatuses ?? [];
      return (status?.state.terminated ?? status?.lastState?.terminated)?.message;
    },
    async () => context.describe(AGENTS),
  );
  const said = message
    .trim()
    .replace(/s0:c\d+,c\d+/g, 's0:cN,cN')
    .replaceAll('\n', '; ');
  return {
    observed: `without seLinux: true, the agent does not start: ${said}`,
    ok: /Permission denied/.test(said) && /has seLinux: true/.test(said),
  };
}

/** How the kernel labels what each side is and makes. */
async function labels(
  context: Context,
  { agent, reader, writer }: Readonly<Record<'agent' | 'reader' | 'writer', Probe>>,
): Promise<Seen[]> {
  const of = async (probe: Probe) =>
    (await probe.shell("tr -d '\\0' < /proc/self/attr/current")).trim();
  const [ofAgent, ofReader, ofWriter] = [await of(agent), await of(reader), await of(writer)];
  const options = await context.onNode(
    `awk '$2 ~ "${AGENTS}.table/v1/data$" { print $4 }' /proc/1/mounts`,
  );
  const option = /context=[^,]*/.exec(options)?.[0] ?? 'no context';
  return [
    {
      observed: `the agent is ${ofAgent}, a client that reads is ${ofReader.replace(/c\d+/g, 'cN')}, one that writes is ${ofWriter}; the tmpfs is mounted with ${option}`,
      ok:
        /container_t:s0$/.test(ofAgent) &&
        /container_t:s0:c\d+,c\d+$/.test(ofReader) &&
        /container_t:s0$/.test(ofWriter) &&
        option.endsWith('container_file_t:s0'),
    },
  ];
}

async function sharing(
  context: Context,
  sides: Readonly<Record<'agent' | 'reader' | 'second' | 'writer' | 'other', Probe>>,
): Promise<Seen[]> {
  const { token } = context;
  const { agent, reader, second, writer, other } = sides;
  const read = [
    (await reader.read(token, OBJECT)).result,
    await second.result('read', token, OBJECT),
  ];
  const refused = await reader.result('try-create', `${FOLDER}/own`);
  const writes = await writer.result('try-write', OBJECT);
  const made = `file:${FOLDER}/made`;
  const creates = await writer.result('-m', '0660', 'write', token, made);
  const back = [
    await agent.result('read', token, made),
    await reader.result('read', token, made),
    await other.result('try-write', made),
  ];
  return [
    {
      observed: `two clients in a "restricted" namespace read by claim what the agent made: ${read.join(', ')}; they create: ${refused}`,
      ok: read.join() === 'ok,ok' && refused === 'EROFS',
    },
    {
      observed: `a client that writes, by claim, writes the agent's object: ${writes}; makes its own: ${creates}; the agent reads it: ${back[0]}, another client: ${back[1]}; another client that writes writes it: ${back[2]}`,
      ok: [writes, creates, ...back].every(result => result === 'ok'),
    },
  ];
}

/** YAML of somebody's own on the writing claim, without a level: the runtime would relabel it. */
async function rogue(
  context: Context,
  { reader, writer }: Readonly<Record<'reader' | 'writer', Probe>>,
): Promise<Seen> {
  const pod = await context.adHoc({
    name: 'rogue',
    namespace: CLIENTS,
    uid: 20001,
    groups: [2000],
    volume: {
      source: { persistentVolumeClaim: { claimName: 'table-data-v1-rw' } },
      mountPath: FOLDER,
    },
  });
  const own = await pod.result('try-write', OBJECT);
  const others = [
    await reader.result('read', context.token, OBJECT),
    await writer.result('try-write', OBJECT),
  ];
  return {
    observed: `a pod of the namespace with the writing claim and no level writes: ${own}; the others go on: ${others.join(', ')}`,
    ok: [own, ...others].every(result => result === 'ok'),
  };
}

/** System V memory: the label of a segment is that of the process that made it. */
async function segments(context: Context, agent: Probe, client: Probe): Promise<Seen> {
  const { token } = context;
  const reads = (await client.read(token, SEGMENT)).result;
  const writes = await client.result('try-write', SEGMENT);
  const made = await client.result('-m', '0660', '-g', '2000', 'write', token, CLIENTS_SEGMENT);
  const back = await agent.result('read', token, CLIENTS_SEGMENT);
  return {
    observed: `System V: a client that writes reads the agent's segment: ${reads}; writes it: ${writes}; makes its own: ${made}; the agent reads that: ${back}`,
    ok: [reads, writes, made, back].every(result => result === 'ok'),
  };
}

async function cleaning(
  context: Context,
  label: (name: string, value: '=yes' | '-') => Promise<unknown>,
): Promise<Seen> {
  const { kubectl } = context;
  await kubectl.run(['delete', 'deployments', '-n', CLIENTS, '--all', '--wait=true']);
  await kubectl.run(['delete', 'pod', '-n', CLIENTS, 'rogue', '--wait=true']);
  await kubectl.run(['delete', 'daemonset', '-n', AGENTS, 'table', '--cascade=foreground']);
  await label(CLEANUP, '=yes');
  const said = await cleaned(context, AGENTS);
  const left = await context.onNode(
    `ls /host/run/cdk8s-shared-memory/${AGENTS}.table 2>/dev/null; grep -c '${AGENTS}.table/' /proc/mounts || :`,
  );
  return {
    observed: `NodeCleanup of such a contract: ${said.map(line => words(line, context.nodes.home)).join('; ')}; mounts left on the node: ${left.trim()}`,
    ok: left.trim() === '0',
  };
}

function render(): string {
  const shared = { namespace: AGENTS, version: 'v1', ownerId: 10001, groupId: 2000 };
  const contract = (name: string, memory: SharedMemory, isAware: boolean) =>
    new AgentContract({
      ...shared,
      name,
      clients: Access.READ_WRITE,
      memory: [memory],
      ...(isAware ? { seLinux: true } : {}),
    });
  const size = Size.mebibytes(4);
  const files = (mountPath: string) => SharedMemory.files({ size, mountPath });
  const contracts = {
    unaware: contract('unaware', files('/run/unaware'), false),
    table: contract('table', files(FOLDER), true),
    flags: contract('flags', SharedMemory.systemV({ size }), true),
  };
  const app = new App();
  const agents = new Chart(app, 'agents', { namespace: AGENTS });
  new AgentNamespace(agents, 'namespace', { name: AGENTS });
  const nodeAgents = Object.entries(contracts).map(([name, each]) => {
    const containers = [container('agent', 10001)];
    return new NodeAgent(agents, name, { contract: each, toolImage: IMAGE, containers });
  });
  new NodePreflight(agents, 'preflight', {
    name: PREFLIGHT,
    agents: [nodeAgents[1]],
    toolImage: IMAGE,
  });
  new NodeCleanup(agents, 'cleanup', {
    name: CLEANUP,
    contract: contracts.table,
    toolImage: IMAGE,
  });
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  new ContractGrant(clients, 'grant', { contract: contracts.table, namespace: CLIENTS });
  for (const [name, access] of [
    ['reader', Access.READ_ONLY],
    ['second', Access.READ_ONLY],
    ['writer', Access.READ_WRITE],
    ['other', Access.READ_WRITE],
  ] as const) {
    const workload = deployment(clients, name);
    contracts.table.attachTo(workload, { access });
    PodSecurity.restricted().attachTo(workload);
  }
  contracts.flags.attachTo(deployment(agents, 'flagger'), { access: Access.READ_WRITE });
  return app.synthYaml();
}

function deployment(chart: Chart, name: string): kplus.Deployment {
  return new kplus.Deployment(chart, `client-${name}`, {
    metadata: { name },
    replicas: 1,
    containers: [container(name, 20001)],
  });
}

function container(name: string, user: number): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  return {
    name,
    image: IMAGE,
    resources: { cpu: { request: kplus.Cpu.millis(10) }, memory },
    securityContext: { user, group: user === 10001 ? 2000 : user },
  };
}
