import { ApiObject, Chart, Duration, Include, JsonPatch, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import {
  Access,
  Accounting,
  Acknowledgements,
  AgentAlerts,
  AgentContract,
  AgentNamespace,
  AgentNodes,
  AgentPriority,
  AgentUpdate,
  Backing,
  ClientInjection,
  ClientNamespace,
  ClientPolicy,
  ContractEnv,
  ContractGrant,
  Leftovers,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  Payer,
  PodSecurityLevel,
  PodSharedMemory,
  PolicyAction,
  ReadyWhen,
  Review,
  ReviewApp,
  RulePack,
  Scanner,
  SharedMemory,
  SidecarAgent,
  StartupTaint,
  WorkloadShift,
} from 'cdk8s-shared-memory';

const TOOLS = 'registry.example.com/busybox:1.36';

// The contracts: files that clients write, POSIX and System V memory, and files that they read.
const orders = new AgentContract({
  name: 'orders',
  namespace: 'node-agents',
  version: 'v3',
  memory: [
    SharedMemory.files({
      name: 'queue',
      size: Size.mebibytes(64),
      mountPath: '/run/orders',
      backing: Backing.tmpfs({ executable: false }),
    }),
  ],
  nodes: AgentNodes.labeled('example.com/orders', 'yes'),
  ownerId: 10003,
  groupId: 2002,
  clients: Access.READ_WRITE,
  chargedTo: Payer.CLIENT,
  env: {
    ORDERS_DIR: ContractEnv.path('queue'),
    ORDERS_FILE: ContractEnv.file('queue.bin', { memory: 'queue' }),
    ORDERS_SIZE: ContractEnv.sizeInBytes(),
  },
});
const verdicts = new AgentContract({
  name: 'verdicts',
  namespace: 'node-agents',
  version: 'v2',
  memory: [
    SharedMemory.posix({ name: 'ring', size: Size.mebibytes(64) }),
    SharedMemory.systemV({ name: 'table', size: Size.mebibytes(64) }),
  ],
  ownerId: 10002,
  groupId: 2001,
  readyWhen: ReadyWhen.systemVKey(0x5348, { toolImage: TOOLS }),
  acknowledgements: [
    {
      rule: 'SHM301',
      reason: 'the library calls shmget',
      exportTo: [Scanner.KUBE_LINTER, Scanner.POLARIS, Scanner.CHECKOV],
    },
  ],
});
const routes = new AgentContract({
  name: 'routes',
  namespace: 'node-agents',
  version: 'v1',
  memory: [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
  ],
  nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes'),
  ownerId: 10001,
  groupId: 2000,
  readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }),
});

/** A container with a limit for its memory. */
function container(name: string, mebibytes: number): kplus.ContainerProps {
  const size = Size.mebibytes(mebibytes);
  return {
    name,
    image: `registry.example.com/${name}:1.8.2`,
    securityContext: { user: 20001, group: 20001 },
    resources: { memory: { request: size, limit: size } },
  };
}

class Agents extends Chart {
  public constructor(scope: Construct) {
    super(scope, 'agents', { disableResourceNameHashes: true });
    new AgentNamespace(this, 'namespace', {
      name: 'node-agents',
      priority: AgentPriority.nodeCritical(),
    });
    const agent = new NodeAgent(this, 'routes', {
      contract: routes,
      toolImage: TOOLS,
      priority: AgentPriority.nodeCritical(),
      containers: [
        { name: 'agent', image: 'registry.example.com/routes-agent:1.8.2', ...memory(384) },
      ],
      update: AgentUpdate.waves({
        label: 'example.com/wave',
        order: ['canary', 'early', 'rest'],
        candidate: {
          agent: {
            image: 'registry.example.com/routes-agent:1.9.0',
            args: ['--fast'],
            envVariables: {
              // in the order of the names, which Java has; here it is that of the map
              LEVEL: kplus.EnvValue.fromValue('2'),
              MODE: kplus.EnvValue.fromValue('fast'),
            },
          },
        },
        through: 'canary',
        maxUnavailable: kplus.PercentOrAbsolute.percent(10),
        minReady: Duration.seconds(30),
      }),
    });
    new NodeAgent(this, 'verdicts', {
      contract: verdicts,
      toolImage: TOOLS,
      capabilities: ['IPC_LOCK'],
      devices: { 'example.com/fpga': 1 },
      tolerations: [{ key: 'example.com/fpga', operator: 'Exists', effect: 'NoSchedule' }],
      containers: [
        { name: 'agent', image: 'registry.example.com/verdicts-agent:4.2.0', ...memory(256) },
      ],
      update: AgentUpdate.onDelete(),
    });
    new NodeAgent(this, 'orders', {
      contract: orders,
      toolImage: TOOLS,
      leftovers: Leftovers.sweep({ except: ['queue.lock'] }),
      sizes: { queue: Size.mebibytes(96) },
      containers: [
        { name: 'agent', image: 'registry.example.com/orders-agent:2.0.0', ...memory(256) },
      ],
    });
    const grant = new ContractGrant(this, 'grant-routes', { contract: routes, namespace: 'shop' });
    process.stdout.write(`${grant.claimName()} ${grant.persistentVolumeName('table')}\n`);
    new ContractGrant(this, 'grant-orders', {
      contract: orders,
      namespace: 'shop',
      access: Access.READ_WRITE,
    });
    new ClientNamespace(this, 'shop', {
      name: 'shop',
      contracts: [routes, orders, verdicts],
      podSecurity: PodSecurityLevel.PRIVILEGED,
      containerMemory: { defaultLimit: Size.mebibytes(256), max: Size.gibibytes(2) },
      quota: { pods: 40, limits: Size.gibibytes(16) },
    });
    new ClientInjection(this, 'join', { contract: routes, namespaces: ['shop'] });
    new ClientPolicy(this, 'policy', {
      grants: [
        { contract: routes, namespace: 'shop' },
        { contract: orders, namespace: 'shop', access: Access.READ_WRITE },
        { contract: verdicts, namespace: 'shop' },
      ],
      action: PolicyAction.WARN,
    });
    const startupTaint = new StartupTaint(this, 'startup-taint', {
      agents: [agent],
      image: 'registry.example.com/kubectl:1.33',
      interval: Duration.seconds(10),
    });
    new AgentAlerts(this, 'alerts', {
      agents: [agent],
      startupTaint,
      agentNotReadyFor: Duration.minutes(20),
      severities: { SharedMemoryAgentMissing: 'warning' },
      labels: { release: 'prometheus' },
    });
    new NodePreflight(this, 'preflight', { agents: [agent], toolImage: TOOLS });
    new NodeCleanup(this, 'cleanup', { contract: routes, toolImage: TOOLS });
  }
}

function memory(mebibytes: number): Pick<kplus.ContainerProps, 'resources'> {
  const size = Size.mebibytes(mebibytes);
  return { resources: { memory: { request: size, limit: size } } };
}

class Shop extends Chart {
  public constructor(scope: Construct) {
    super(scope, 'shop', { namespace: 'shop', disableResourceNameHashes: true });

    // workloads of cdk8s-plus
    const api = new kplus.Deployment(this, 'api', { containers: [container('api', 512)] });
    AgentContract.fromFile('routes.contract.json').attachTo(api);
    orders.attachTo(api, { access: Access.READ_WRITE, accounting: Accounting.ADD_TO_LIMITS });
    const trainer = new kplus.Job(this, 'trainer', { containers: [container('trainer', 2048)] });
    new PodSharedMemory({ size: Size.gibibytes(1) }).attachTo(trainer);
    const alone = new kplus.Deployment(this, 'alone', { containers: [container('alone', 512)] });
    new SidecarAgent({
      contract: routes,
      containers: [
        {
          name: 'agent',
          image: 'registry.example.com/routes-agent:1.8.2',
          startup: kplus.Probe.fromCommand(['test', '-e', '/run/routes/table.bin']),
          ...memory(384),
        },
      ],
    }).attachTo(alone);

    // an object in the words of Kubernetes
    const raw = new ApiObject(this, 'raw', { apiVersion: 'apps/v1', kind: 'StatefulSet' });
    raw.addJsonPatch(
      JsonPatch.add('/spec', {
        serviceName: 'raw',
        selector: { matchLabels: { app: 'raw' } },
        template: {
          metadata: { labels: { app: 'raw' } },
          spec: { containers: [{ name: 'raw', image: 'registry.example.com/raw:1' }] },
        },
      }),
    );
    verdicts.attachTo(raw, { containers: ['raw'] });

    // plain YAML
    const included = new Include(this, 'included', { url: 'workload.yaml' });
    routes.attachTo(included, { workload: 'Deployment/web', containers: ['web'] });

    // a workload that moves away from its built-in agent
    const twin = (id: string) =>
      new kplus.Deployment(this, id, {
        podMetadata: { labels: { app: 'twin' } },
        containers: [container('twin', 256)],
      });
    new WorkloadShift(this, 'shift', {
      contract: routes,
      from: twin('old'),
      to: twin('new'),
      replicas: 8,
      shifted: 25,
    });
    Acknowledgements.of(this).add({
      rule: 'SHM203',
      reason: 'the trainer is alone on its node',
      until: '2099-12-31',
    });
  }
}

routes.toFile('routes.contract.json');
process.stdout.write(verdicts.explain());
process.stdout.write(
  `${AgentContract.fromJson(routes.toJson()).compatibleWith(orders).text}\n${routes.name} ${routes.version}\n`,
);

const app = new ReviewApp({ outdir: 'everything', pack: RulePack.STRICT });
new Agents(app);
new Shop(app);
app.synth();

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'odd' },
  spec: {
    hostIPC: true,
    hostUsers: false,
    containers: [{ name: 'odd', image: 'registry.example.com/odd:1' }],
  },
};
const { findings } = Review.of([pod], { pack: RulePack.STRICT, today: '2026-01-01' });
for (const { rule, severity, kind, name, path, message, acknowledged } of findings) {
  const open = acknowledged === undefined ? 'open' : 'acknowledged';
  process.stdout.write(`${rule} ${severity} ${kind}/${name} ${path} ${open}: ${message}\n`);
}
