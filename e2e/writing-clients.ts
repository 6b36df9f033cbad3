import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import { HOLD } from './manifests';
import type { Seen } from './observation';
import {
  Access,
  AgentContract,
  AgentNamespace,
  Backing,
  ContractGrant,
  NodeAgent,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
const FOLDER = '/run/routes';
const AGENTS = 'e2e-writing';
const CLIENTS = 'e2e-writing-client';

/**
 * A contract whose clients may write, by claim in a "restricted" namespace: docs/concepts.md,
 * "Writing clients".
 */
export async function writingClients(context: Context): Promise<Seen[]> {
  await context.makeNamespaces({ [CLIENTS]: 'restricted' });
  await context.keepClean(async () => context.removeDirectory(`${AGENTS}.routes`));
  await context.apply(
    context.ready(render(), {
      'routes/agent': ['shm-probe', '-g', '2000', 'serve', context.token, `file:${FOLDER}/agents`],
      writer: HOLD,
      reader: HOLD,
    }),
  );
  const writer = context.probe(await context.runningPod(CLIENTS, 'writer'), 'writer');
  const reader = context.probe(await context.runningPod(CLIENTS, 'reader'), 'reader');
  const agent = context.probe(await context.runningPod(AGENTS, 'routes'), 'agent');
  const creates = await writer.step('-m', '0660', 'write', context.token, `file:${FOLDER}/clients`);
  const back = await agent.result('read', context.token, `file:${FOLDER}/clients`);
  const overwrites = await agent.result('try-write', `file:${FOLDER}/clients`);
  const refused = await writer.result('try-write', `file:${FOLDER}/agents`);
  const readOnly = await reader.result('try-create', `${FOLDER}/other`);
  return [
    {
      observed: `a client with Access.READ_WRITE creates a file of group ${creates.gid}: ${creates.result}`,
      ok: creates.result === 'ok' && creates.gid === '2000',
    },
    {
      observed: `the agent reads it: ${back}; the agent, of another user, writes it, as it is 0660: ${overwrites}`,
      ok: back === 'ok' && overwrites === 'ok',
    },
    {
      observed: `the client writes a file that the agent made 0640: ${refused}`,
      ok: refused === 'EACCES',
    },
    {
      observed: `a client of the same namespace that did not ask to write creates a file: ${readOnly}`,
      ok: readOnly === 'EROFS',
    },
  ];
}

function render(): string {
  const contract = new AgentContract({
    name: 'routes',
    namespace: AGENTS,
    version: 'v1',
    ownerId: 10001,
    groupId: 2000,
    clients: Access.READ_WRITE,
    memory: [
      SharedMemory.files({
        size: Size.mebibytes(16),
        mountPath: FOLDER,
        backing: Backing.directory(),
      }),
    ],
  });
  const app = new App();
  const agents = new Chart(app, 'agents');
  new AgentNamespace(agents, 'namespace', { name: AGENTS });
  new NodeAgent(agents, 'agent', {
    contract,
    toolImage: IMAGE,
    containers: [container('agent', 64)],
  });
  const clients = new Chart(app, 'clients', { namespace: CLIENTS });
  new ContractGrant(clients, 'grant', { contract, namespace: CLIENTS });
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
    contract.attachTo(workload, { access });
    PodSecurity.restricted().attachTo(workload);
  }
  return app.synthYaml();
}

function container(name: string, mebibytes: number): kplus.ContainerProps {
  const memory = { request: Size.mebibytes(mebibytes), limit: Size.mebibytes(mebibytes) };
  return { name, image: IMAGE, resources: { cpu: { request: kplus.Cpu.millis(10) }, memory } };
}
