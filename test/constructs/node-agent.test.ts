import { ApiObject, App, Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import {
  Access,
  AgentNodes,
  AgentPriority,
  AgentUpdate,
  Backing,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
  type NodeAgentProps,
} from '../../src';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

function agent(
  contractProps: Partial<AgentContractProps> = {},
  props: Partial<NodeAgentProps> = {},
): Rendered {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract(contractProps),
    toolImage: TOOLS,
    containers: [AGENT],
    ...props,
  });
  return rendered(c, 'DaemonSet')[0];
}
const posix = (backing?: Backing) => [SharedMemory.posix({ size: Size.mebibytes(64), backing })];
const systemV = [SharedMemory.systemV({ size: Size.mebibytes(64) })];

test('name, namespace and selector come from the contract', () => {
  const { metadata, spec } = agent();
  expect([metadata.name, metadata.namespace]).toEqual(['routes', 'node-agents']);
  expect(spec.selector).toEqual({
    matchLabels: { 'cdk8s-shared-memory/agent': 'routes', 'cdk8s-shared-memory/wave': 'base' },
  });
  expect(spec.template.metadata.labels).toEqual({
    ...spec.selector.matchLabels,
    'cdk8s.io/metadata.addr': 'routes',
  });
});

test('nothing depends on where the construct is', () => {
  const c = chart();
  new NodeAgent(new Construct(new Construct(c, 'deep'), 'er'), 'moved', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  expect(rendered(c, 'DaemonSet')[0]).toEqual(agent());
});

test('it has few privileges', () => {
  const pod = agent().spec.template.spec;
  expect(pod.securityContext).toEqual({
    fsGroupChangePolicy: 'Always',
    runAsGroup: 2000,
    runAsNonRoot: true,
    runAsUser: 10001,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(pod.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
  });
  expect([pod.automountServiceAccountToken, pod.hostIPC, pod.hostPID, pod.hostNetwork]).toEqual([
    false,
    undefined,
    undefined,
    undefined,
  ]);
});

test('it is updated one node after the other, and never two are on a node', () => {
  const { spec } = agent();
  expect(spec.updateStrategy).toEqual({
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
  });
  expect([
    spec.minReadySeconds,
    spec.template.spec.priorityClassName,
    spec.template.spec.terminationGracePeriodSeconds,
  ]).toEqual([10, 'system-node-critical', 30]);
});

test('a directory is prepared by root with CHOWN alone, measured by the owner, and mounted by subPath', () => {
  const pod = agent().spec.template.spec;
  expect(pod.volumes).toEqual([
    {
      name: 'routes-shared-memory',
      hostPath: { path: '/run/cdk8s-shared-memory/node-agents.routes', type: 'DirectoryOrCreate' },
    },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([
    { name: 'routes-shared-memory', mountPath: '/run/routes', subPath: 'v1/table' },
  ]);
  const [prepare, measure] = pod.initContainers;
  expect([prepare.name, prepare.securityContext]).toEqual([
    'prepare-routes',
    {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['CHOWN'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: 0,
      runAsNonRoot: false,
      runAsUser: 0,
    },
  ]);
  expect(Object.fromEntries(prepare.env.map((e: Rendered) => [e.name, e.value]))).toEqual({
    AGENT: 'node-agents/routes',
    DIRECTORY: '/run/cdk8s-shared-memory/node-agents.routes',
    MEMORIES: 'table:2750',
    OWNER: '10001:2000',
    VERSION: 'v1',
  });
  expect([
    measure.name,
    measure.securityContext.runAsUser,
    measure.securityContext.runAsGroup,
    measure.securityContext.capabilities,
  ]).toEqual(['measure-routes', 10001, 2000, { drop: ['ALL'] }]);
  expect(measure.env[1]).toEqual({ name: 'MEMORIES', value: 'table:262144' });
});

test('where clients write, the group may write', () => {
  const memory = [
    SharedMemory.files({
      size: Size.mebibytes(1),
      mountPath: '/run/routes',
      backing: Backing.directory(),
    }),
  ];
  const [prepare] = agent({ clients: Access.READ_WRITE, memory }).spec.template.spec.initContainers;
  expect(prepare.env.find((e: Rendered) => e.name === 'MEMORIES').value).toBe('data:2770');
});

test("the node's /dev/shm needs no init step", () => {
  const pod = agent({ memory: posix(Backing.devShm()) }, { toolImage: undefined }).spec.template
    .spec;
  expect(pod.initContainers).toBeUndefined();
  expect(pod.volumes).toEqual([
    { name: 'node-dev-shm', hostPath: { path: '/dev/shm', type: 'Directory' } },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([{ name: 'node-dev-shm', mountPath: '/dev/shm' }]);
});

test('System V memory is hostIPC and nothing else', () => {
  const pod = agent({ memory: systemV }, { toolImage: undefined }).spec.template.spec;
  expect([pod.hostIPC, pod.volumes, pod.initContainers]).toEqual([true, undefined, undefined]);
});

test('a contract of System V memory alone may leave the user to the image', () => {
  const { securityContext } = agent(
    { memory: systemV, ownerId: undefined, groupId: undefined },
    { toolImage: undefined },
  ).spec.template.spec;
  expect(securityContext).toEqual({
    fsGroupChangePolicy: 'Always',
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  });
});

test.each([
  [AgentNodes.all(), { 'kubernetes.io/os': 'linux' }, undefined],
  [AgentNodes.labeled('k', 'v'), { k: 'v' }, undefined],
  [
    AgentNodes.dedicated('k', 'v'),
    { k: 'v' },
    [{ effect: 'NoSchedule', key: 'k', operator: 'Equal', value: 'v' }],
  ],
])('nodes are chosen by label, and tolerated by taint', (nodes, selector, tolerations) => {
  const pod = agent({ nodes }).spec.template.spec;
  expect([pod.nodeSelector, pod.tolerations]).toEqual([selector, tolerations]);
});

test('the mark says what this side relies on', () => {
  expect(agent().metadata.annotations).toEqual({
    'cdk8s-shared-memory/contract.routes':
      '{"apiVersion":"cdk8s-shared-memory/v1","namespace":"node-agents","version":"v1","side":"agent","access":"readWrite","group":2000,"payer":"agent",' +
      '"memory":[{"name":"table","api":"files","size":"256Mi","mountPath":"/run/routes","backing":"directory"}],"containers":["agent"]}',
  });
});

test('one of several containers serves; all are hardened, and own init containers run last', () => {
  const pod = agent(
    {},
    {
      containers: [{ ...AGENT, name: 'metrics' }, AGENT],
      container: 'agent',
      initContainers: [{ ...AGENT, name: 'warm-up' }],
    },
  ).spec.template.spec;
  expect(
    pod.containers.map((c: Rendered) => [
      c.name,
      c.volumeMounts?.length,
      c.securityContext.capabilities.drop,
    ]),
  ).toEqual([
    ['metrics', undefined, ['ALL']],
    ['agent', 1, ['ALL']],
  ]);
  expect(
    pod.initContainers.map((c: Rendered) => [c.name, c.securityContext.capabilities.drop]),
  ).toEqual([
    ['prepare-routes', ['ALL']],
    ['measure-routes', ['ALL']],
    ['warm-up', ['ALL']],
  ]);
});

test('the properties of the user arrive', () => {
  const c = chart();
  const account = kplus.ServiceAccount.fromServiceAccountName(c, 'account', 'routes');
  new NodeAgent(c, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
    name: 'routes-agent',
    serviceAccount: account,
    automountServiceAccountToken: true,
    metadata: { labels: { team: 'network' } },
    podMetadata: { labels: { team: 'network' }, annotations: { a: 'b' } },
    priority: AgentPriority.ofClass('own'),
    update: AgentUpdate.rolling({ minReady: Duration.minutes(1) }),
    terminationGracePeriod: Duration.seconds(5),
    volumes: [kplus.Volume.fromEmptyDir(c, 'scratch', 'scratch')],
  });
  const [{ metadata, spec }] = rendered(c, 'DaemonSet');
  expect([metadata.name, metadata.labels, spec.minReadySeconds]).toEqual([
    'routes-agent',
    { team: 'network' },
    60,
  ]);
  expect(spec.selector.matchLabels['cdk8s-shared-memory/agent']).toBe('routes-agent');
  expect([spec.template.metadata.labels.team, spec.template.metadata.annotations]).toEqual([
    'network',
    { a: 'b' },
  ]);
  const pod = spec.template.spec;
  expect([
    pod.serviceAccountName,
    pod.automountServiceAccountToken,
    pod.priorityClassName,
    pod.terminationGracePeriodSeconds,
  ]).toEqual(['routes', true, 'own', 5]);
  expect(pod.volumes.map((v: Rendered) => v.name)).toEqual(['scratch', 'routes-shared-memory']);
  expect(pod.initContainers[0].env).toContainEqual({
    name: 'AGENT',
    value: 'node-agents/routes-agent',
  });
});

test('users reach the DaemonSet by the usual ways', () => {
  const c = new Chart(new App(), 'c');
  const made = new NodeAgent(c, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  expect(made.daemonSets).toHaveLength(1);
  expect(ApiObject.of(made)).toBe(ApiObject.of(made.daemonSets[0]));
});

test.each([
  ['nodeCritical', AgentPriority.nodeCritical(), 'system-node-critical'],
  ['clusterCritical', AgentPriority.clusterCritical(), 'system-cluster-critical'],
  ['clusterDefault', AgentPriority.clusterDefault(), undefined],
])('the priority %s', (_, priority, expected) => {
  expect(agent({}, { priority }).spec.template.spec.priorityClassName).toBe(expected);
});

test.each([['system-own'], ['Own'], ['']])(
  'fails with a priority class %p, which no user can make',
  name => {
    expect(() => AgentPriority.ofClass(name)).toThrow(
      /^SHM001 \[AgentPriority\] name: given ".*"; allowed the name of a PriorityClass/,
    );
  },
);

test('fails with a priority that is not one', () => {
  expect(() => agent({}, { priority: 'system-node-critical' as never })).toThrow(
    'SHM007 [test/agent] priority: given "system-node-critical"; allowed AgentPriority.nodeCritical()',
  );
});

test('an agent for a dedicated part of the nodes tolerates the taint of that part too', () => {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract({ nodes: AgentNodes.dedicated('example.com/routes-agent', 'yes') }),
    nodes: AgentNodes.dedicated('example.com/size', 'big'),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  const pod = rendered(c, 'DaemonSet')[0].spec.template.spec;
  expect(pod.tolerations).toEqual([
    { effect: 'NoSchedule', key: 'example.com/routes-agent', operator: 'Equal', value: 'yes' },
    { effect: 'NoSchedule', key: 'example.com/size', operator: 'Equal', value: 'big' },
  ]);
  expect(pod.nodeSelector).toEqual({
    'example.com/routes-agent': 'yes',
    'example.com/size': 'big',
  });
});
