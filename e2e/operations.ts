import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import { HOLD, type Manifest } from './manifests';
import type { Seen } from './observation';
import { until } from './until';
import {
  Access,
  AgentContract,
  AgentNamespace,
  AgentNodes,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const AGENTS = 'e2e-operations';
const CLIENTS = 'e2e-operations-client';
const SHELLS = 'e2e-operations-node';
const OBJECT = 'file:/run/routes/table';
const KEY = 0x5349;
const SEGMENT = `sysv:${KEY}`;
const ON_NODE = `/run/cdk8s-shared-memory/${AGENTS}.routes/v1/data/shared`;

/**
 * The commands of docs/operations.md, run as they stand there: two pods that have mapped a file,
 * one that has attached a segment, and what nobody uses.
 */
export async function operations(context: Context): Promise<Seen[]> {
  const { kubectl } = context;
  const block = blocks();
  await context.makeNamespaces({ [CLIENTS]: 'restricted', [SHELLS]: 'privileged' });
  await context.keepClean(async () => {
    await context.removeDirectory(`${AGENTS}.routes`);
    await context.removeFromNodes(SEGMENT);
  });
  const serve = (object: string) => [
    'shm-probe',
    '-s',
    '4m',
    '-m',
    '0660',
    '-g',
    '2000',
    'serve',
    context.token,
    object,
  ];
  const commands = {
    'routes/agent': serve(OBJECT),
    'rings/agent': serve(SEGMENT),
    writer: serve(OBJECT),
    reader: HOLD,
  };
  await context.apply(context.ready(render(context.nodes.enforceSeLinux), commands));
  const agent = await context.runningPod(AGENTS, 'routes', { seconds: 120 });
  const ring = await context.runningPod(AGENTS, 'rings', { seconds: 120 });
  const writer = await context.runningPod(CLIENTS, 'writer', { seconds: 240 });
  await context.runningPod(CLIENTS, 'reader', { seconds: 240 });
  await context.probe(agent, 'agent').read(context.token, OBJECT);
  await context.probe(ring, 'agent').read(context.token, SEGMENT);
  await context.probe(agent, 'agent').shell('echo old > /run/routes/old');
  await context.apply([nodeShell(String(writer.spec.nodeName), context)]);
  await context.runningPod(SHELLS, 'node');

  const onNode = async (name: string, file = 'table') => {
    const script = [
      `FILE=${ON_NODE}/${file} KEY=0x${KEY.toString(16)}`,
      block('mapped'),
      block(name),
    ].join('\n');
    const { code, stdout, stderr } = await kubectl.exec(SHELLS, 'node', 'main', [
      'chroot',
      '/host',
      'sh',
      '-euc',
      script,
    ]);
    if (code !== 0) {
      throw new Error(`"${name}" of docs/operations.md ends with ${code}: ${stderr}${stdout}`);
    }
    return stdout
      .trim()
      .split('\n')
      .filter(line => line !== '');
  };
  const onCluster = async (name: string, variable: string) =>
    (
      await shell(`kubectl() { command "\${KUBECTL:-kubectl}" "$@"; }\n${variable}\n${block(name)}`)
    ).split('\n');
  const uids = (lines: string[]) => lines.map(line => line.split(' ')[1]).sort();

  const clients = (await onCluster('clients', 'CONTRACT=routes'))
    .filter(line => line.includes(`${CLIENTS}/`))
    .map(line =>
      line
        .split(' ')
        .slice(1)
        .join(' ')
        .replace(/-[0-9a-z]+-[0-9a-z]+ /, ' '),
    )
    .sort();
  const mapped = await onNode('file');
  const pod = await onCluster('pod', `POD=${writer.metadata.uid}`);
  const attached = await onNode('segment');
  const full = await onNode('full');
  const size =
    full
      .find(
        line => line.endsWith(`${AGENTS}.routes/v1/data`) && line.startsWith('cdk8s-shared-memory'),
      )
      ?.split(/ +/)
      .slice(1, 3) ?? [];
  const inUse = [...(await onNode('free-file')), ...(await onNode('free-segment'))];
  const stays = await context.probe(agent, 'agent').result('read', context.token, OBJECT);
  await onNode('free-file', 'old');
  const old = await context
    .probe(agent, 'agent')
    .shell('[ -e /run/routes/old ] && echo there || echo gone');
  await kubectl.run(['delete', 'daemonset', '-n', AGENTS, 'rings', '--wait=true']);
  await until(
    'the agent of the segment is gone',
    60,
    async () => (await context.podsOf(AGENTS, 'rings')).length === 0,
  );
  await until('the segment has nobody', 30, async () => (await onNode('segment')).length === 2);
  await onNode('free-segment');
  const left = await onNode('segment');

  const same = (lines: string[], ...pods: (typeof agent)[]) =>
    JSON.stringify(uids(lines)) === JSON.stringify(pods.map(p => p.metadata.uid).sort());
  return [
    {
      observed: `which pods use the contract: ${clients.join(', ')}`,
      ok:
        clients.join() ===
        `${CLIENTS}/reader routes-data-v1-ro,${CLIENTS}/writer routes-data-v1-rw`,
    },
    {
      observed: `who has mapped a file: ${mapped.length} processes, of the agent and of the client that writes, and not of the one that only mounts it`,
      ok: same(mapped, agent, writer),
    },
    {
      observed: `which pod that is: ${pod.length === 1 && pod[0].includes(CLIENTS) ? 'its node, namespace and name' : pod.join()}`,
      ok: pod.length === 1 && pod[0].endsWith(writer.metadata.name),
    },
    {
      observed: `who has attached a System V segment: its line of /proc/sysvipc/shm (nattch ${attached[1]?.trim().split(/ +/)[6]}), and the process of the agent`,
      ok: attached[1]?.trim().split(/ +/)[6] === '1' && same(attached.slice(2), ring),
    },
    {
      observed: `how full: the tmpfs of ${size[0]} KiB, of which ${Number(size[1]) >= 4096 ? 'the 4 MiB of the object are used' : `${size[1]} KiB are used`}; ${full.at(-1)?.replace(/\d+/g, 'N')}`,
      ok:
        size[0] === '16384' &&
        Number(size[1]) >= 4096 &&
        Number(size[1]) < 4200 &&
        /^System V: [1-9]\d* KiB, of which [1-9]\d* KiB are in memory$/.test(full.at(-1) ?? ''),
    },
    {
      observed: `a file and a segment that somebody has are not freed (${inUse
        .filter(line => /^in use/.test(line))
        .map(line => line.split(':')[0])
        .join('; ')}), and the agent still reads: ${stays}`,
      ok: inUse.filter(line => /^in use/.test(line)).length === 2 && stays === 'ok',
    },
    {
      observed: `a file that nobody has mapped is ${old}, and a segment without attachments ${left.length === 1 ? 'gone' : 'there'}`,
      ok: old === 'gone' && left.length === 1,
    },
  ];
}

/** The commands of docs/operations.md: the block of shell after each `<!-- run: NAME -->`. */
function blocks(): (name: string) => string {
  const page = readFileSync(join(__dirname, '..', 'docs', 'operations.md'), 'utf8');
  const found = new Map(
    [...page.matchAll(/<!-- run: ([a-z-]+) -->\n```sh\n([^]*?)```/g)].map(([, name, text]) => [
      name,
      text,
    ]),
  );
  return name => {
    const text = found.get(name);
    if (text === undefined) {
      throw new Error(`docs/operations.md has no commands "${name}"`);
    }
    return text;
  };
}

async function shell(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-euc', script]);
  return stdout.trim();
}

/** What `kubectl debug node/NODE --profile=sysadmin` makes. */
function nodeShell(nodeName: string, { images: { image, imagePullPolicy } }: Context): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'node', namespace: SHELLS },
    spec: {
      nodeName,
      hostIPC: true,
      hostNetwork: true,
      hostPID: true,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'main',
          image,
          imagePullPolicy,
          command: HOLD,
          securityContext: { privileged: true },
          volumeMounts: [{ name: 'host-root', mountPath: '/host' }],
        },
      ],
      volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
    },
  };
}

function render(seLinux: boolean): string {
  const [version, namespace, ids] = ['v1', AGENTS, { ownerId: 10001, groupId: 2000 }];
  const routes = new AgentContract({
    name: 'routes',
    namespace,
    version,
    ...ids,
    seLinux,
    clients: Access.READ_WRITE,
    memory: [SharedMemory.files({ size: Size.mebibytes(16), mountPath: '/run/routes' })],
    nodes: AgentNodes.all(),
  });
  const rings = new AgentContract({
    name: 'rings',
    namespace,
    version,
    ...ids,
    seLinux,
    memory: [SharedMemory.systemV({ size: Size.mebibytes(16) })],
  });
  const app = new App();
  const agents = new Chart(app, 'agents');
  new AgentNamespace(agents, 'namespace', { name: AGENTS });
  for (const contract of [routes, rings]) {
    new NodeAgent(agents, contract.name, {
      contract,
      toolImage: IMAGE,
      containers: [container('agent', 64)],
    });
  }
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  new ContractGrant(clients, 'grant', { contract: routes, namespace: CLIENTS });
  for (const [name, access] of [
    ['writer', Access.READ_WRITE],
    ['reader', Access.READ_ONLY],
  ] as const) {
    const containers = [{ ...container(name, 32), securityContext: { user: 10002, group: 10002 } }];
    const workload = new kplus.Deployment(clients, name, {
      metadata: { name },
      replicas: 1,
      containers,
    });
    routes.attachTo(workload, { access });
    PodSecurity.restricted().attachTo(workload);
  }
  return app.synthYaml();
}

function container(name: string, mebibytes: number): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(mebibytes), limit: Size.mebibytes(mebibytes) };
  return { name, image: IMAGE, resources: { cpu: { request: kplus.Cpu.millis(10) }, memory } };
}
