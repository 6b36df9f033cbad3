import { Size } from 'cdk8s';
import {
  AgentNodes,
  Backing,
  NodeAgent,
  NodePreflight,
  ReadyWhen,
  SharedMemory,
  type AgentContract,
  type NodeAgentProps,
  type NodePreflightProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const files = () =>
  SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' });
const tmpfs = () =>
  SharedMemory.files({
    name: 'ring',
    size: Size.mebibytes(32),
    mountPath: '/run/ring',
    backing: Backing.tmpfs(),
  });
const systemV = (name = 'flags', size = 16) =>
  SharedMemory.systemV({ name, size: Size.mebibytes(size) });
const devShm = () =>
  SharedMemory.posix({ name: 'log', size: Size.mebibytes(8), backing: Backing.devShm() });

function agent(of: AgentContract, c = chart(), props: Partial<NodeAgentProps> = {}, id = of.name) {
  return new NodeAgent(c, id, { contract: of, toolImage: TOOLS, containers: [AGENT], ...props });
}
function preflight(
  of: AgentContract | AgentContract[],
  props: Partial<NodePreflightProps> = {},
): Rendered {
  const c = chart();
  const agents = [of].flat().map(each => agent(each, c));
  new NodePreflight(c, 'preflight', { agents, toolImage: TOOLS, ...props });
  return rendered(c, 'DaemonSet').at(-1);
}
const pod = (daemonSet: Rendered) => daemonSet.spec.template.spec;
const envOf = ({ env }: Rendered) =>
  Object.fromEntries(env.map((e: Rendered) => [e.name, e.value ?? e.valueFrom.fieldRef.fieldPath]));
const env = (daemonSet: Rendered) => envOf(pod(daemonSet).initContainers[0]);
const mounts = (container: Rendered) =>
  (container.volumeMounts ?? []).map(
    (m: Rendered) =>
      `${m.mountPath}${m.readOnly ? ' ro' : ''}${m.mountPropagation ? ` ${m.mountPropagation}` : ''}`,
  );
const hostPaths = (daemonSet: Rendered) =>
  (pod(daemonSet).volumes ?? []).map((v: Rendered) => `${v.hostPath.path} ${v.hostPath.type}`);

test('runs on nodes with a label of its own, whatever their taints are', () => {
  const daemonSet = preflight(contract({ memory: [files()] }));
  expect(daemonSet.metadata).toMatchObject({ name: 'routes-preflight', namespace: 'node-agents' });
  expect(pod(daemonSet).nodeSelector).toEqual({ 'cdk8s-shared-memory/routes-preflight': 'yes' });
  expect(pod(daemonSet).tolerations).toEqual([{ operator: 'Exists' }]);
  expect(daemonSet.spec.updateStrategy).toEqual({
    rollingUpdate: { maxUnavailable: '100%' },
    type: 'RollingUpdate',
  });
  expect(JSON.parse(daemonSet.metadata.annotations['cdk8s-shared-memory/node-task'])).toEqual({
    apiVersion: 'cdk8s-shared-memory/v1',
    task: 'preflight',
    contracts: ['routes'],
    nodes: { key: 'cdk8s-shared-memory/routes-preflight', value: 'yes' },
  });
});

test('is nobody, without capabilities and token, and only reads', () => {
  const all = pod(preflight(contract({ memory: [files(), tmpfs(), systemV(), devShm()] })));
  for (const { securityContext, volumeMounts = [] } of [...all.initContainers, ...all.containers]) {
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: 65534,
      runAsNonRoot: true,
      runAsUser: 65534,
    });
    expect(volumeMounts.every((mount: Rendered) => mount.readOnly)).toBe(true);
  }
  expect([all.automountServiceAccountToken, all.securityContext]).toEqual([
    false,
    { seccompProfile: { type: 'RuntimeDefault' }, supplementalGroups: [2000] },
  ]);
  expect([all.hostPID, all.hostNetwork]).toEqual([undefined, undefined]);
});

test('files in a directory: what is needed of the node, and nothing else', () => {
  const daemonSet = preflight(contract({ memory: [files()] }));
  expect(env(daemonSet)).toEqual({
    NODE: 'spec.nodeName',
    BUDGET: '65536',
    RUN: '65536',
    CONTRACTS: 'node-agents.routes v1 node-agents/routes',
    MEMORIES: 'node-agents.routes/v1/table directory 65536',
  });
  expect(hostPaths(daemonSet)).toEqual(['/run Directory', '/sys Directory']);
  expect(pod(daemonSet).initContainers.map((c: Rendered) => c.name)).toEqual(['preflight']);
  expect(pod(daemonSet).hostIPC).toBeUndefined();
});

test('a tmpfs: a container that the runtime refuses where mounts do not propagate', () => {
  const daemonSet = preflight(contract({ memory: [tmpfs()] }));
  expect(env(daemonSet)).toMatchObject({
    BUDGET: '32768',
    RUN: '0',
    MEMORIES: 'node-agents.routes/v1/ring tmpfs 32768',
  });
  const [, propagation] = pod(daemonSet).initContainers;
  expect([propagation.name, ...mounts(propagation)]).toEqual([
    'propagation',
    '/node/run ro HostToContainer',
  ]);
});

test('System V memory: hostIPC, which is acknowledged with its reason, and no directory but those of systemd', () => {
  const daemonSet = preflight(
    contract({
      memory: [systemV(), systemV('more', 40)],
      readyWhen: ReadyWhen.systemVKey(1, { toolImage: TOOLS }),
    }),
  );
  expect(env(daemonSet)).toEqual({
    NODE: 'spec.nodeName',
    BUDGET: '57344',
    SEGMENTS: '2 40960 57344',
    USERS: '10001',
  });
  expect([pod(daemonSet).hostIPC, hostPaths(daemonSet)]).toEqual([
    true,
    ['/run Directory', '/etc Directory'],
  ]);
  expect(daemonSet.metadata.annotations['cdk8s-shared-memory/acknowledge.SHM301']).toMatch(
    /^NodePreflight: the kernel keeps the limits and the usage of System V memory/,
  );
});

test('a system user, whose objects systemd leaves alone: nothing of systemd is read', () => {
  const daemonSet = preflight(contract({ memory: [systemV()], ownerId: 999 }));
  expect([env(daemonSet).USERS, hostPaths(daemonSet)]).toEqual([undefined, []]);
});

test("the node's /dev/shm is measured, and acknowledged with its reason", () => {
  const daemonSet = preflight(contract({ memory: [devShm()] }));
  expect(env(daemonSet)).toEqual({
    NODE: 'spec.nodeName',
    BUDGET: '8192',
    DEV_SHM: '8192',
    USERS: '10001',
  });
  expect(hostPaths(daemonSet)).toEqual([
    '/run Directory',
    '/etc Directory',
    '/sys Directory',
    '/dev/shm Directory',
  ]);
  expect(daemonSet.metadata.annotations['cdk8s-shared-memory/acknowledge.SHM303']).toBe(
    "NodePreflight: measures the node's /dev/shm; mounted read-only",
  );
});

test('descriptors: the kernel that seals them', () => {
  const memory = [
    SharedMemory.descriptors({ name: 'ring', size: Size.mebibytes(4), mountPath: '/run/ring' }),
  ];
  expect(env(preflight(contract({ memory })))).toMatchObject({
    KERNEL: '5.1',
    RUN: '0',
    BUDGET: '4096',
  });
});

test('several contracts: one sum of their sizes, all their groups, and a name', () => {
  const daemonSet = preflight(
    [
      contract({ memory: [files()] }),
      contract({ name: 'flags', groupId: 3000, memory: [files()] }),
    ],
    { name: 'pool-preflight' },
  );
  expect(env(daemonSet)).toMatchObject({
    BUDGET: '131072',
    CONTRACTS: 'node-agents.flags v1 node-agents/flags\nnode-agents.routes v1 node-agents/routes',
  });
  expect(pod(daemonSet).securityContext.supplementalGroups).toEqual([2000, 3000]);
  expect(pod(daemonSet).nodeSelector).toEqual({ 'cdk8s-shared-memory/pool-preflight': 'yes' });
});

test('agents that share the nodes out: the largest size, as a candidate may become a node of any of them', () => {
  const c = chart();
  const part = (size: string, mebibytes: number) =>
    agent(
      contract(),
      c,
      {
        name: `routes-${size}`,
        nodes: AgentNodes.labeled('example.com/size', size),
        sizes: { table: Size.mebibytes(mebibytes) },
      },
      size,
    );
  new NodePreflight(c, 'preflight', {
    agents: [part('big', 300), part('small', 100)],
    toolImage: TOOLS,
  });
  expect(env(rendered(c, 'DaemonSet').at(-1))).toMatchObject({
    BUDGET: '307200',
    CONTRACTS: 'node-agents.routes v1 node-agents/routes by example.com/size',
  });
});

test("nodes of one's own choice", () => {
  expect(
    pod(preflight(contract(), { nodes: AgentNodes.labeled('example.com/candidate', 'yes') }))
      .nodeSelector,
  ).toEqual({ 'example.com/candidate': 'yes' });
});

test('passes the strict schema of Kubernetes', () => {
  expect(
    schemaErrors(preflight(contract({ memory: [files(), tmpfs(), systemV(), devShm()] }))),
  ).toEqual([]);
});

test.each<[string, (c: ReturnType<typeof chart>) => Partial<NodePreflightProps>, RegExp]>([
  [
    'nothing that serves',
    c => ({ agents: [deployment(c)] }),
    /^SHM029 .* agents\[0\]: given test\/api, which serves no contract;/,
  ],
  [
    'no image',
    c => ({ agents: [agent(contract(), c)], toolImage: undefined }),
    /^SHM015 .* toolImage: given nothing; allowed an image with sh, awk/,
  ],
  [
    'several contracts without a name',
    c => ({ agents: [agent(contract(), c), agent(contract({ name: 'flags' }), c)] }),
    /^SHM001 .* name: given nothing; allowed a DNS label .* several contracts: flags, routes;/,
  ],
  [
    'a name that is none',
    c => ({ agents: [agent(contract(), c)], name: 'Pool_Preflight' }),
    /^SHM001 .* name: given "Pool_Preflight"/,
  ],
  [
    'an option that there is not',
    c => ({ agents: [agent(contract(), c)], image: TOOLS }) as never,
    /^SHM007 .* options: given \["image"\]/,
  ],
])('fails: %s', (_, props, message) => {
  const c = chart();
  expect(
    messageOf(
      () => new NodePreflight(c, 'preflight', { agents: [], toolImage: TOOLS, ...props(c) }),
    ),
  ).toMatch(message);
});

test('fails: two of one name, and a chart of another namespace', () => {
  const c = chart();
  const agents = [agent(contract(), c)];
  new NodePreflight(c, 'preflight', { agents, toolImage: TOOLS });
  expect(messageOf(() => new NodePreflight(c, 'again', { agents, toolImage: TOOLS }))).toMatch(
    /^SHM011 \[test\/again\] DaemonSet: given node-agents\/routes-preflight, which test\/preflight already makes;/,
  );
  const other = chart('other', 'shop');
  expect(
    messageOf(() => new NodePreflight(other, 'preflight', { agents, toolImage: TOOLS })),
  ).toMatch(
    /^SHM007 .* contract\.namespace: given "node-agents"; allowed "shop", the namespace of the chart/,
  );
});
