import { ApiObject, App, Chart, Size, Testing } from 'cdk8s';
import {
  Access,
  AgentNamespace,
  AgentNodes,
  AgentPriority,
  Backing,
  ClientNamespace,
  ContractGrant,
  NodeAgent,
  NodeContent,
  NodeGuard,
  SharedMemory,
  StartupTaint,
  type AgentContractProps,
} from '../../src';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

function grant(props: Partial<AgentContractProps> = {}, access?: Access) {
  const c = chart('test', 'elsewhere');
  new ContractGrant(c, 'grant', { contract: contract(props), namespace: 'shop', access });
  return { volumes: rendered(c, 'PersistentVolume'), claims: rendered(c, 'PersistentVolumeClaim') };
}
const writable = {
  clients: Access.READ_WRITE,
  memory: [
    SharedMemory.files({
      name: 'table',
      size: Size.mebibytes(1),
      mountPath: '/run/routes',
      backing: Backing.directory(),
    }),
  ],
};

test('a grant for readers is a local volume that is read-only in the kernel, and its claim', () => {
  const { volumes, claims } = grant();
  expect(volumes).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      // cluster-scoped: without the namespace of the chart
      metadata: { name: 'node-agents-routes-table-v1-shop-ro' },
      spec: {
        accessModes: ['ReadOnlyMany'],
        capacity: { storage: '1Mi' },
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          name: 'routes-table-v1-ro',
          namespace: 'shop',
        },
        local: { path: '/run/cdk8s-shared-memory/node-agents.routes/v1/table' },
        mountOptions: ['ro'],
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'example.com/routes-agent', operator: 'In', values: ['yes'] },
                ],
              },
            ],
          },
        },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    },
  ]);
  expect(claims).toEqual([
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'routes-table-v1-ro', namespace: 'shop' },
      spec: {
        accessModes: ['ReadOnlyMany'],
        resources: { requests: { storage: '1Mi' } },
        storageClassName: '',
        volumeName: 'node-agents-routes-table-v1-shop-ro',
      },
    },
  ]);
});

test("the access of a grant is the contract's, or less", () => {
  const shown = (volumes: Rendered[]) =>
    volumes.map(({ metadata, spec }) => [metadata.name, spec.accessModes, spec.mountOptions]);
  const readers = ['node-agents-routes-table-v1-shop-ro', ['ReadOnlyMany'], ['ro']];
  expect(shown(grant(writable).volumes)).toEqual([
    readers,
    ['node-agents-routes-table-v1-shop-rw', ['ReadWriteMany'], undefined],
  ]); // its pods only read where they do not ask for more
  expect(shown(grant(writable, Access.READ_ONLY).volumes)).toEqual([readers]);
});

test('each directory has its claim, and nothing else has', () => {
  const memory = [
    SharedMemory.files({ name: 'a', size: Size.mebibytes(1), mountPath: '/a' }),
    SharedMemory.files({ name: 'b', size: Size.mebibytes(1), mountPath: '/b' }),
    SharedMemory.systemV({ name: 'v', size: Size.mebibytes(1) }),
    SharedMemory.posix({ name: 'p', size: Size.mebibytes(1), backing: Backing.devShm() }),
  ];
  expect(grant({ memory }).claims.map(c => c.metadata.name)).toEqual([
    'routes-a-v1-ro',
    'routes-b-v1-ro',
  ]);
});

test('all nodes are all Linux nodes, in the affinity too', () => {
  expect(
    grant({ nodes: AgentNodes.all() }).volumes[0].spec.nodeAffinity.required.nodeSelectorTerms[0]
      .matchExpressions,
  ).toEqual([{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }]);
});

test('the namespace of agents admits them, and their priority class', () => {
  const c = chart('test', 'elsewhere');
  new AgentNamespace(c, 'namespace', { name: 'node-agents' });
  expect(rendered(c, 'Namespace')[0].metadata).toEqual({
    name: 'node-agents',
    labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
  });
  const [quota] = rendered(c, 'ResourceQuota');
  expect(quota.metadata).toEqual({ name: 'system-node-critical', namespace: 'node-agents' });
  expect(quota.spec).toEqual({
    hard: { pods: '1G' },
    scopeSelector: {
      matchExpressions: [
        { operator: 'In', scopeName: 'PriorityClass', values: ['system-node-critical'] },
      ],
    },
  });
});

test('no quota where no cluster asks for one', () => {
  const quotas = (priority: AgentPriority) => {
    const c = chart('test', 'elsewhere');
    new AgentNamespace(c, 'namespace', { name: 'node-agents', priority });
    return rendered(c, 'ResourceQuota').map(({ metadata, spec }) => [
      metadata.name,
      spec.scopeSelector.matchExpressions[0].values,
    ]);
  };
  expect(quotas(AgentPriority.clusterCritical())).toEqual([
    ['system-cluster-critical', ['system-cluster-critical']],
  ]);
  expect(quotas(AgentPriority.ofClass('agents'))).toEqual([]);
  expect(quotas(AgentPriority.clusterDefault())).toEqual([]);
});

describe('the quotas of a namespace follow the agents of the app', () => {
  const classes = (build: (c: Chart) => void) => {
    const c = new Chart(new App(), 'test');
    build(c);
    return rendered(c, 'ResourceQuota').map(({ metadata, spec }) => [
      metadata.namespace,
      metadata.name,
      ...spec.scopeSelector.matchExpressions[0].values,
    ]);
  };
  const agents = (c: Chart, priority?: AgentPriority, namespace = 'node-agents') =>
    new NodeAgent(c, `agent-${namespace}`, {
      contract: contract({ namespace }),
      toolImage: TOOLS,
      containers: [AGENT],
      priority,
    });
  const cluster = AgentPriority.clusterCritical();
  const [NODE, CLUSTER] = ['node', 'cluster'].map(each => [
    'node-agents',
    `system-${each}-critical`,
    `system-${each}-critical`,
  ]);
  const namespace = (c: Chart, priority?: AgentPriority) =>
    new AgentNamespace(c, 'namespace', { name: 'node-agents', priority });

  test('whichever is made first', () => {
    const first = (c: Chart) => {
      agents(c, cluster);
      namespace(c);
    };
    const last = (c: Chart) => {
      namespace(c);
      agents(c, cluster);
    };
    expect([first, last].map(classes)).toEqual([
      [NODE, CLUSTER],
      [NODE, CLUSTER],
    ]);
  });

  test('each class has one, however many agents have it', () => {
    expect(
      classes(c => {
        namespace(c, cluster);
        agents(c, cluster);
      }),
    ).toEqual([CLUSTER]);
  });

  test('not those of another namespace, and no class of the user', () => {
    expect(
      classes(c => {
        namespace(c, AgentPriority.ofClass('agents'));
        agents(c, AgentPriority.ofClass('agents'));
        agents(c, cluster, 'other-agents');
      }),
    ).toEqual([]);
    expect(
      classes(c => {
        namespace(c, AgentPriority.ofClass('agents'));
        agents(c);
      }),
    ).toEqual([NODE]);
  });

  test('the guard has a class of its own, and the pod that removes a taint may have one', () => {
    const image = 'registry.example.com/tools:1';
    const guarded = contract({
      memory: [
        SharedMemory.files({
          name: 'tiles',
          mountPath: '/run/maps',
          backing: Backing.existing('/run/maps', {
            contains: NodeContent.FILES,
            guardImage: image,
          }),
        }),
      ],
      servedBy: 'maps-operator',
      ownerId: undefined,
      groupId: undefined,
    });
    expect(
      classes(c => {
        namespace(c, AgentPriority.clusterDefault());
        new NodeGuard(c, 'guard', { contract: guarded });
      }),
    ).toEqual([NODE]);
    const taint = (priorityClassName?: string) =>
      classes(c => {
        namespace(c);
        new StartupTaint(c, 'taint', { agents: [agents(c)], image, priorityClassName });
      });
    expect(taint('system-cluster-critical')).toEqual([NODE, CLUSTER]);
    expect(taint()).toEqual([NODE]);
  });
});

test('a namespace renders before what was put into it first', () => {
  const c = chart();
  new ApiObject(c, 'elsewhere', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'other' },
  });
  new ContractGrant(c, 'grant', { contract: contract(), namespace: 'shop' });
  new ApiObject(c, 'agents-config', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'b', namespace: 'node-agents' },
  });
  new ClientNamespace(c, 'shop', { name: 'shop', contracts: [contract()] });
  new AgentNamespace(c, 'agents', { name: 'node-agents', priority: AgentPriority.ofClass('x') });
  expect(
    (Testing.synth(c) as Rendered[]).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  ).toEqual([
    'ConfigMap a',
    'PersistentVolume node-agents-routes-table-v1-shop-ro',
    'Namespace shop',
    'PersistentVolumeClaim routes-table-v1-ro',
    'Namespace node-agents',
    'ConfigMap b',
  ]);
});

test('the namespace of another chart makes no chart depend on another', () => {
  const app = new App({ outdir: '/nonexistent' });
  const options = { disableResourceNameHashes: true };
  const grants = new Chart(app, 'grants', options);
  new ContractGrant(grants, 'grant', { contract: contract(), namespace: 'shop' });
  const platform = new Chart(app, 'platform', options);
  new ClientNamespace(platform, 'shop', { name: 'shop', contracts: [contract()] });
  expect(grants.node.dependencies).toEqual([]);
  expect(grants.node.findAll().flatMap(each => each.node.dependencies)).toEqual([]);
});
