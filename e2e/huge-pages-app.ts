import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Context } from './context';
import { HOLD, type Manifest } from './manifests';
import { CLEANUP, PREFLIGHT } from './node-task-pods';
import {
  Access,
  AgentContract,
  AgentNamespace,
  AgentNodes,
  ContractGrant,
  HugePages,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  PodSecurity,
  SharedMemory,
} from '../src';

const IMAGE = 'registry.example.com/replaced-by-the-test:1';
export const AGENTS = 'e2e-huge-pages';
export const CLIENTS = 'e2e-huge-pages-client';
export const LABEL = 'example.com/e2e-huge-pages';
export const FOLDER = '/run/index';
export const SIZE = Size.mebibytes(8);
/** The memory in the contract's directory on the node. */
export const ENTRY = 'index.hugepages-2Mi';

const container = (name: string): kplus.ContainerProps => {
  const memory = { request: Size.mebibytes(64), limit: Size.mebibytes(64) };
  return { name, image: IMAGE, resources: { cpu: { request: kplus.Cpu.millis(10) }, memory } };
};
const files = (name: string, size: Size) =>
  SharedMemory.files({
    name,
    size,
    mountPath: `/run/${name}`,
    hugePages: HugePages.SIZE_2MI,
  });

function contractOf(size: Size): AgentContract {
  return new AgentContract({
    name: 'index',
    namespace: AGENTS,
    version: 'v1',
    // the agent's limit holds both, so each file system is full before the limit is reached
    memory: [files('index', size), files('other', SIZE)],
    ownerId: 10001,
    groupId: 2000,
    nodes: AgentNodes.labeled(LABEL, 'yes'),
    clients: Access.READ_WRITE,
  });
}

/** The agent and the tasks of its nodes, for a contract whose first memory has that size. */
export function platform(context: Context, size = SIZE): Manifest[] {
  const contract = contractOf(size);
  const app = new App();
  const chart = new Chart(app, 'chart');
  new AgentNamespace(chart, 'namespace', { name: AGENTS });
  const agent = new NodeAgent(chart, 'agent', {
    contract,
    toolImage: IMAGE,
    containers: [container('agent')],
  });
  new NodePreflight(chart, PREFLIGHT, { agents: [agent], toolImage: IMAGE, name: PREFLIGHT });
  new NodeCleanup(chart, CLEANUP, { contract, toolImage: IMAGE, name: CLEANUP });
  return context.ready(app.synthYaml(), { agent: HOLD });
}

/**
 * A client that reads and one that writes, in a "restricted" namespace, by claim. The agent pays,
 * so they have no limit of huge pages.
 */
export function clients(context: Context): Manifest[] {
  const contract = contractOf(SIZE);
  const app = new App();
  const chart = new Chart(app, 'clients', { namespace: CLIENTS });
  new ContractGrant(chart, 'grant', { contract, namespace: CLIENTS });
  for (const [name, access] of [
    ['reader', Access.READ_ONLY],
    ['writer', Access.READ_WRITE],
  ] as const) {
    const workload = new kplus.Deployment(chart, name, {
      metadata: { name },
      replicas: 1,
      containers: [{ ...container(name), securityContext: { user: 20001, group: 20001 } }],
    });
    contract.attachTo(workload, { access });
    PodSecurity.restricted().attachTo(workload);
  }
  return context.ready(app.synthYaml(), { reader: HOLD, writer: HOLD });
}
