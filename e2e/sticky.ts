import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import { HOLD } from './manifests';
import type { Seen } from './observation';
import type { Probe } from './probe';
import {
  Access,
  AgentContract,
  AgentNamespace,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const AGENTS = 'e2e-sticky';
const CLIENTS = 'e2e-sticky-client';
const FOLDER = '/run/table';
const GROUP = 2000;
/**
 * Where each memory is in the containers, how the probe calls an object in it, and what the sticky
 * bit makes of a removal: shm_unlink of glibc says EACCES where the kernel says EPERM.
 */
const MEMORIES = [
  { what: 'SharedMemory.files()', folder: FOLDER, kind: `file:${FOLDER}`, refused: 'EPERM' },
  { what: 'SharedMemory.posix()', folder: '/dev/shm', kind: 'posix:', refused: 'EACCES' },
] as const;

/**
 * `sticky: true`: two clients of different users write into what the agent made, and neither can
 * take away what is not its own. All in a "restricted" namespace, by claim.
 */
export async function sticky(context: Context): Promise<Seen[]> {
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.table`));
  const objects = MEMORIES.map(({ kind }) => `${kind}/agents`);
  await context.apply(
    context.ready(render(context.nodes.enforceSeLinux), {
      'table/agent': ['shm-probe', '-m', '0660', 'serve', context.token, ...objects],
      first: HOLD,
      second: HOLD,
    }),
  );
  const first = context.probe(await context.runningPod(CLIENTS, 'first'), 'first');
  const second = context.probe(await context.runningPod(CLIENTS, 'second'), 'second');
  const agent = context.probe(await context.runningPod(AGENTS, 'table'), 'agent');
  const seen: Seen[] = [];
  for (const each of MEMORIES) {
    seen.push(...(await inOne(context, { agent, first, second }, each)));
  }
  return seen;
}

async function inOne(
  context: Context,
  { agent, first, second }: Readonly<Record<'agent' | 'first' | 'second', Probe>>,
  { what, folder, kind, refused }: (typeof MEMORIES)[number],
): Promise<Seen[]> {
  const agents = `${kind}/agents`;
  const own = `${kind}/own`;
  const made = await first.read(context.token, agents);
  const directory = await agent.shell(`stat -c '%a of %u:%g' ${folder}`);
  const writes = await first.result('try-write', agents);
  const removes = await first.result('remove', agents);
  const renames = await rename(first, folder, 'agents');
  const replaces = await first.shell(
    `echo x > ${folder}/new; mv -f ${folder}/new ${folder}/agents 2>/dev/null && echo replaced || echo refused; rm -f ${folder}/new`,
  );
  const creates = await first.step('-m', '0660', 'write', context.token, own);
  const others = [
    await second.result('try-write', own),
    await second.result('remove', own),
    await rename(second, folder, 'own'),
  ];
  const renamesOwn = await rename(first, folder, 'own');
  const removesOwn = await first.result('remove', `${own}.moved`);
  await first.result('-m', '0660', 'write', context.token, own);
  const agentRemoves = await agent.result('remove', own);
  const live = await second.isLive(context.token, agents);
  return [
    {
      observed: `${what}, sticky: the directory is ${directory}; what the agent makes has mode ${made.mode} and group ${made.gid}, and a client writes it: ${writes}`,
      ok:
        directory === `3770 of 10001:${GROUP}` &&
        made.mode === '0660' &&
        made.gid === String(GROUP) &&
        writes === 'ok',
    },
    {
      observed: `${what}, sticky: the client removes the agent's object: ${removes}; renames it: ${renames}; renames another object over it: ${replaces}; the agent ${live ? 'serves on' : 'is disturbed'}`,
      ok: removes === refused && renames === 'EPERM' && replaces === 'refused' && live,
    },
    {
      observed: `${what}, sticky: the client makes an object of its own: ${creates.result}, group ${creates.gid}; renames it: ${renamesOwn}; removes it: ${removesOwn}`,
      ok:
        creates.result === 'ok' &&
        creates.gid === String(GROUP) &&
        renamesOwn === 'ok' &&
        removesOwn === 'ok',
    },
    {
      observed: `${what}, sticky: a client of another user writes that object, as it is 0660: ${others[0]}; removes it: ${others[1]}; renames it: ${others[2]}; the agent, which owns the directory, removes it: ${agentRemoves}`,
      ok: others.join() === `ok,${refused},EPERM` && agentRemoves === 'ok',
    },
  ];
}

/** Gives an object another name in its folder. */
async function rename(probe: Probe, folder: string, name: string): Promise<string> {
  const said = await probe.shell(`mv ${folder}/${name} ${folder}/${name}.moved`);
  return said === '' ? 'ok' : /Operation not permitted/.test(said) ? 'EPERM' : said;
}

function render(seLinux: boolean): string {
  const size = Size.mebibytes(16);
  const contract = new AgentContract({
    name: 'table',
    namespace: AGENTS,
    version: 'v1',
    seLinux,
    ownerId: 10001,
    groupId: GROUP,
    clients: Access.READ_WRITE,
    memory: [
      SharedMemory.files({ name: 'table', size, mountPath: FOLDER, sticky: true }),
      SharedMemory.posix({ name: 'ring', size, sticky: true }),
    ],
  });
  const app = new App();
  const agents = new Chart(app, 'agents');
  new AgentNamespace(agents, 'namespace', { name: AGENTS });
  new NodeAgent(agents, 'agent', {
    contract,
    toolImage: IMAGE,
    containers: [container('agent')],
  });
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  new ContractGrant(clients, 'grant', { contract, namespace: CLIENTS });
  for (const [index, name] of ['first', 'second'].entries()) {
    const user = 20001 + index;
    const workload = new kplus.Deployment(clients, name, {
      metadata: { name },
      replicas: 1,
      containers: [{ ...container(name), securityContext: { user, group: user } }],
    });
    contract.attachTo(workload, { access: Access.READ_WRITE });
    PodSecurity.restricted().attachTo(workload);
  }
  return app.synthYaml();
}

function container(name: string): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  return { name, image: IMAGE, resources: { cpu: { request: kplus.Cpu.millis(10) }, memory } };
}
