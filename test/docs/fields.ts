import { Size, type Chart, type Include } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  Accounting,
  AgentContract,
  AgentNamespace,
  AgentNodes,
  Backing,
  ClientUser,
  ContractGrant,
  NodeAgent,
  NodeMemory,
  Payer,
  PodSharedMemory,
  ReadyWhen,
  SharedMemory,
} from 'cdk8s-shared-memory';

/* The code of docs/for-*.md. */

const toolImage = 'registry.example.com/busybox:1.36';

export function machineLearning(
  chart: Chart,
  trainer: kplus.Job,
  evaluator: kplus.Job,
  worker: kplus.Deployment,
): void {
  new PodSharedMemory({ size: Size.gibibytes(8) }).attachTo(trainer);

  new PodSharedMemory({ size: Size.gibibytes(8) }).attachTo(evaluator, {
    accounting: Accounting.ADD_TO_LIMITS, // a limit of 6Gi for the processes becomes 14Gi
  });

  const features = new AgentContract({
    name: 'features',
    namespace: 'features',
    version: 'v3', // of the layout of the table
    memory: [
      SharedMemory.files({
        name: 'table',
        size: Size.gibibytes(16),
        mountPath: '/run/features',
        backing: Backing.tmpfs(), // capped, and not in the /run of the node
      }),
    ],
    nodes: AgentNodes.labeled('example.com/features', 'yes'),
    ownerId: 10031,
    groupId: 2031,
    umask: '027', // files of the agent: its group may read them, and nobody else
    readyWhen: ReadyWhen.file('table.bin', { toolImage }),
  });
  new NodeAgent(chart, 'features', {
    contract: features,
    toolImage,
    containers: [
      {
        name: 'loader',
        image: 'registry.example.com/feature-loader:2.4.0',
        command: ['/usr/bin/loader', '--out', '/run/features'],
        // it touches the pages first, so it pays for all of them
        resources: { memory: { request: Size.gibibytes(18), limit: Size.gibibytes(18) } },
      },
    ],
  });
  new ContractGrant(chart, 'inference', { contract: features, namespace: 'inference' });
  features.attachTo(worker);
}

export function databases(chart: Chart, postgres: kplus.StatefulSet, api: kplus.Deployment): void {
  new PodSharedMemory({ size: Size.mebibytes(256) }).attachTo(postgres);

  const rates = new AgentContract({
    name: 'rates',
    namespace: 'rates',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'rows', size: Size.mebibytes(512), mountPath: '/run/rates' }),
    ],
    ownerId: 10041,
    groupId: 2041,
    umask: '027',
    readyWhen: ReadyWhen.file('snapshot', { toolImage }),
  });
  new NodeAgent(chart, 'replica', {
    contract: rates,
    toolImage,
    containers: [
      {
        name: 'replica',
        image: 'registry.example.com/rates-replica:1.2.0',
        command: ['/usr/bin/replica', '--snapshots', '/run/rates'],
        // it pays for two snapshots at once: the one that is read, and the next
        resources: { memory: { request: Size.mebibytes(640), limit: Size.mebibytes(640) } },
      },
    ],
  });
  new ContractGrant(chart, 'checkout', { contract: rates, namespace: 'checkout' });
  rates.attachTo(api);
}

export function tradingAndRobotics(
  chart: Chart,
  strategy: kplus.Deployment,
  planner: kplus.DaemonSet,
): void {
  const market = new AgentContract({
    name: 'market',
    namespace: 'market-data',
    version: 'v7',
    memory: [
      SharedMemory.files({ name: 'bus', size: Size.mebibytes(512), mountPath: '/run/market' }),
    ],
    clients: Access.READ_WRITE, // Aeron: subscribers, too, write into the driver's files
    nodes: AgentNodes.dedicated('example.com/market-data', 'yes'),
    ownerId: 10001,
    groupId: 2000,
    umask: '007', // with 022, clients wait for the driver, and say nothing
    readyWhen: ReadyWhen.file('md/cnc.dat', { toolImage }),
  });
  market.attachTo(strategy, { access: Access.READ_WRITE });

  const robot = new AgentContract({
    name: 'robot',
    namespace: 'robot',
    version: 'v1',
    memory: [
      SharedMemory.posix({ name: 'data', size: Size.mebibytes(32) }), // /dev/shm/iox2_*
      SharedMemory.files({ name: 'nodes', size: Size.mebibytes(4), mountPath: '/tmp/iceoryx2' }),
    ],
    clients: Access.READ_WRITE,
    chargedTo: Payer.CLIENT, // there is no server that would touch the pages
    ownerId: 10001,
    groupId: 2000,
    clientUser: ClientUser.owner(), // iceoryx2 makes its files with mode 0600
  });
  new NodeMemory(chart, 'memory', { contract: robot, toolImage });
  robot.attachTo(planner, { access: Access.READ_WRITE });
}

export function infrastructureAgents(
  platform: Chart,
  vendor: Include,
  web: kplus.Deployment,
): void {
  const routes = new AgentContract({
    name: 'routes',
    namespace: 'node-agents',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
    ],
    ownerId: 10001,
    groupId: 2000,
    readyWhen: ReadyWhen.file('table', { toolImage }),
  });
  new AgentNamespace(platform, 'namespace', { name: 'node-agents' });
  new NodeAgent(platform, 'agent', {
    contract: routes,
    toolImage,
    containers: [
      {
        name: 'agent',
        image: 'registry.example.com/routes-agent:1.8.2',
        resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } },
      },
    ],
  });
  new ContractGrant(platform, 'shop', { contract: routes, namespace: 'shop' });
  routes.attachTo(web);

  const verdicts = new AgentContract({
    name: 'verdicts',
    namespace: 'node-agents',
    version: 'v1',
    memory: [SharedMemory.files({ size: Size.mebibytes(64), mountPath: '/run/verdicts' })],
    ownerId: 10002,
    groupId: 2001,
  });
  verdicts.serveFrom(vendor, { container: 'agent', toolImage });
}
