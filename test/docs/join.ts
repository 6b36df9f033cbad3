import { Include, Size, type Chart } from 'cdk8s';
import {
  Access,
  AgentContract,
  AgentNamespace,
  AgentNodes,
  Backing,
  ClientInjection,
  ClientPolicy,
  ClientUser,
  ContractEnv,
  ContractGrant,
  HugePages,
  NodeContent,
  NodeGuard,
  NodeMemory,
  Payer,
  PodSharedMemory,
  ReadyWhen,
  SharedMemory,
} from 'cdk8s-shared-memory';

/* The code of docs/join.md. */

const toolImage = 'registry.example.com/busybox:1.36';
const nodes = AgentNodes.labeled('example.com/gpu', 'yes');

export function keepsWhatIsThere(engine: Include): void {
  const cache = new AgentContract({
    name: 'cache',
    namespace: 'cache',
    version: 'v1',
    memory: [SharedMemory.posix({ size: Size.gibibytes(4), backing: Backing.devShm() })],
    clients: Access.READ_WRITE,
    nodes,
    ownerId: 10001,
    groupId: 2000,
  });
  cache.attachTo(engine, { workload: 'Deployment/engine', access: Access.READ_WRITE });
}

export function replaces(app: Include): void {
  const results = new AgentContract({
    name: 'results',
    namespace: 'results',
    version: 'v1',
    memory: [SharedMemory.posix({ size: Size.gibibytes(1) })],
    nodes,
    ownerId: 10001,
    groupId: 2000,
  });
  results.attachTo(app, { replaces: ['dshm'] });
}

export function guarded(chart: Chart, client: Include): void {
  const maps = new AgentContract({
    name: 'maps',
    namespace: 'maps',
    version: 'v1',
    memory: [
      SharedMemory.files({
        name: 'tiles',
        mountPath: '/run/maps',
        backing: Backing.existing('/run/maps', {
          contains: NodeContent.FILES,
          guardImage: 'registry.example.com/busybox:1.36',
        }),
      }),
    ],
    servedBy: 'maps-operator',
  });
  new AgentNamespace(chart, 'namespace', { name: 'maps' }); // unless it is there already
  new NodeGuard(chart, 'guard', { contract: maps });
  new ContractGrant(chart, 'shop', { contract: maps, namespace: 'shop' });
  maps.attachTo(client);
}

export function guardedWriters(chart: Chart, client: Include): void {
  const drafts = new AgentContract({
    name: 'drafts',
    namespace: 'maps',
    version: 'v1',
    memory: [
      SharedMemory.files({
        name: 'tiles',
        mountPath: '/run/maps',
        backing: Backing.existing('/run/map-drafts', {
          contains: NodeContent.FILES,
          guardImage: 'registry.example.com/busybox:1.36',
        }),
      }),
    ],
    servedBy: 'maps-operator',
    clients: Access.READ_WRITE,
    ownerId: 1500, // what stat -c '%u %g' /run/map-drafts says on a node
    groupId: 1600,
  });
  new NodeGuard(chart, 'guard', { contract: drafts });
  new ContractGrant(chart, 'shop', { contract: drafts, namespace: 'shop' });
  new ClientPolicy(chart, 'policy', { grants: [{ contract: drafts, namespace: 'shop' }] });
  drafts.attachTo(client, { access: Access.READ_WRITE });
}

export function existing(chart: Chart, client: Include): void {
  const datadog = new AgentContract({
    name: 'datadog',
    namespace: 'datadog',
    version: 'v1',
    memory: [
      SharedMemory.files({
        name: 'sockets',
        size: Size.mebibytes(1),
        mountPath: '/run/datadog', // in the containers
        backing: Backing.existing('/run/datadog', { contains: NodeContent.SOCKETS }), // on the node
      }),
    ],
    readyWhen: ReadyWhen.socket('dsd.socket', { toolImage }),
    servedBy: 'datadog-operator',
    acknowledgements: [{ rule: 'SHM310', reason: 'DogStatsD and the trace agent listen there' }],
  });
  new ContractGrant(chart, 'shop', { contract: datadog, namespace: 'shop' });
  datadog.attachTo(client);
}

export function bigger(trainer: Include): void {
  new PodSharedMemory({ size: Size.gibibytes(8) }).attachToAll(trainer);
}

export function processes(): AgentContract {
  return new AgentContract({
    name: 'bus',
    namespace: 'bus',
    version: 'v1',
    memory: [
      SharedMemory.files({ name: 'ring', size: Size.mebibytes(256), mountPath: '/run/bus' }),
    ],
    nodes,
    ownerId: 10001,
    groupId: 2000,
    clients: Access.READ_WRITE,
    env: { BUS_DIR: ContractEnv.path(), BUS_BYTES: ContractEnv.sizeInBytes() },
    umask: '007',
    clientUser: ClientUser.owner(),
  });
}

export function hugePages(): AgentContract {
  const index = SharedMemory.files({
    size: Size.gibibytes(4),
    mountPath: '/run/vectors',
    hugePages: HugePages.SIZE_2MI,
  });
  return new AgentContract({
    name: 'vectors',
    namespace: 'vectors',
    version: 'v1',
    memory: [index],
    nodes,
    ownerId: 10001,
    groupId: 2000,
  });
}

export function peers(chart: Chart): void {
  const ros = new AgentContract({
    name: 'ros',
    namespace: 'robots',
    version: 'v1',
    memory: [SharedMemory.posix({ size: Size.mebibytes(512) })],
    ownerId: 10001,
    groupId: 2000,
    clients: Access.READ_WRITE,
    chargedTo: Payer.CLIENT,
  });
  new NodeMemory(chart, 'memory', { contract: ros, toolImage });
}

export function byLabel(chart: Chart, routes: AgentContract): void {
  new ClientInjection(chart, 'join', {
    contract: routes,
    namespaces: ['shop'],
    access: Access.READ_ONLY, // the default
  });
}
