import { App, Chart, Size } from 'cdk8s';
import type { Context } from './context';
import type { Manifest } from './manifests';
import { CLEANUP, PREFLIGHT } from './node-task-pods';
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
export const AGENTS = 'e2e-node-tasks';
export const KEY = 0x5350;
export const SEGMENT = `sysv:${KEY}`;
export const OBJECT = 'e2e-node-tasks';
export const SERVED = 'file:/run/ring/object';
export const LABEL = 'example.com/e2e-node-tasks';
export const FOLDER = `/host/run/cdk8s-shared-memory/${AGENTS}.`;
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
/** A tmpfs alone: of such an agent, the kubelet has nothing mounted until its container starts. */
export const ring = () => contract('all', [memory('ring', Backing.tmpfs())]);
/** What no node has room for. */
export const huge = () =>
  contract('huge', [
    memory('table', Backing.directory(), TOO_MUCH),
    SharedMemory.files({
      name: 'log',
      size: TOO_MUCH,
      mountPath: '/node-shm',
      backing: Backing.devShm(),
    }),
  ]);

export function render(
  context: Context,
  { contract: given }: { contract?: AgentContract },
): Manifest[] {
  const of = given ?? all();
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
      ...(given === undefined ? { systemVKeys: [KEY], devShmObjects: [OBJECT] } : {}),
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
