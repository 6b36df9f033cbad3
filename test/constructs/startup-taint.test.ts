import { ApiObject, Duration, Size, Testing } from 'cdk8s';
import {
  AgentNodes,
  AgentUpdate,
  NodeAgent,
  StartupTaint,
  type AgentContract,
  type NodeAgentProps,
  type StartupTaintProps,
} from '../../src';
import { removerEdit, type StartupTaintRemover } from '../../src/model/node/startup-taint-remover';
import { apply } from '../../src/wire/apply';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const IMAGE = 'registry.example.com/kubectl:1.33';
const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/routes-agent-not-ready';
const TOLERATION = { effect: 'NoSchedule', key: KEY, operator: 'Exists' };
const flags = () => contract({ name: 'flags', nodes: AgentNodes.all() });

function agent(c = chart(), of = contract(), props: Partial<NodeAgentProps> = {}, id = 'agent') {
  return new NodeAgent(c, id, { contract: of, toolImage: TOOLS, containers: [AGENT], ...props });
}
function vendor(c = chart(), of: AgentContract = contract()) {
  const object = new ApiObject(c, 'vendor', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'vendor', namespace: 'node-agents' },
    spec: {
      selector: { matchLabels: { app: 'v' } },
      template: {
        metadata: { labels: { app: 'v' } },
        spec: {
          containers: [{ name: 'agent', image: 'i:1', resources: { limits: { memory: '384Mi' } } }],
        },
      },
    },
  });
  of.serveFrom(object, { toolImage: TOOLS });
  return object;
}
function tainted(props: Partial<StartupTaintProps> = {}, c = chart()) {
  new StartupTaint(c, 'startup-taint', {
    agents: props.agents ?? [agent(c)],
    image: IMAGE,
    ...props,
  });
  const objects: Rendered[] = Testing.synth(c);
  const of = (kind: string) => objects.filter(o => o.kind === kind);
  const { env: list } = of('Deployment').at(-1).spec.template.spec.containers[0];
  const env = Object.fromEntries(list.map((e: Rendered) => [e.name, e.value]));
  return { objects, of, env };
}

test('agents tolerate the taint, by its key and effect, and clients do not', () => {
  const c = chart();
  const client = deployment(c);
  contract().attachTo(client);
  const { of } = tainted({}, c);
  expect(of('DaemonSet')[0].spec.template.spec.tolerations).toEqual([
    expect.objectContaining({ key: 'example.com/routes-agent' }),
    TOLERATION,
  ]);
  expect(
    of('Deployment').find(o => o.metadata.name !== 'routes-startup-taint')?.spec.template.spec
      .tolerations,
  ).toEqual([expect.objectContaining({ key: 'example.com/routes-agent' })]);
  expect(
    JSON.parse(of('DaemonSet')[0].metadata.annotations['cdk8s-shared-memory/startup-taint']),
  ).toEqual({
    apiVersion: 'cdk8s-shared-memory/v1',
    key: KEY,
    value: 'true',
    effect: 'NoSchedule',
  });
});

test("the contract's mark is the same with it and without", () => {
  const mark = (o: Rendered) => o.metadata.annotations['cdk8s-shared-memory/contract.routes'];
  const c = chart();
  agent(c);
  expect(mark(tainted().of('DaemonSet')[0])).toBe(mark(rendered(c, 'DaemonSet')[0]));
});

test('an agent of somebody else gets the label by which its pods are found', () => {
  const c = chart();
  const { of, env } = tainted({ agents: [vendor(c)] }, c);
  expect(of('DaemonSet')[0].spec.template.metadata.labels).toEqual({
    app: 'v',
    'cdk8s-shared-memory/agent': 'vendor',
  });
  expect(env.AGENTS).toBe('routes|example.com/routes-agent=yes|vendor');
});

test('waves are one agent; agents that share the nodes out are several, of which each node has one', () => {
  const waves = chart();
  const update = AgentUpdate.waves({ label: 'example.com/wave', order: ['canary', 'rest'] });
  const { of, env } = tainted({ agents: [agent(waves, contract(), { update })] }, waves);
  expect(of('DaemonSet').map(o => o.spec.template.spec.tolerations.at(-1))).toEqual([
    TOLERATION,
    TOLERATION,
  ]);
  expect(env.AGENTS).toBe('routes|example.com/routes-agent=yes|routes');
  const parts = chart();
  const part = (size: string) =>
    agent(
      parts,
      contract(),
      { name: `routes-${size}`, nodes: AgentNodes.labeled('example.com/size', size) },
      size,
    );
  expect(tainted({ agents: [part('small'), part('big')] }, parts).env.AGENTS).toBe(
    'routes|example.com/routes-agent=yes|routes-big,routes-small',
  );
});

test('agents of several contracts wait behind one taint, which has a key of its own', () => {
  const c = chart();
  const { of, env } = tainted(
    {
      agents: [agent(c), agent(c, flags(), {}, 'flags')],
      key: 'example.com/pool-not-ready',
      name: 'pool',
      interval: Duration.minutes(1),
    },
    c,
  );
  expect(env).toEqual({
    AGENTS: 'flags|kubernetes.io/os=linux|flags routes|example.com/routes-agent=yes|routes',
    GOGC: '25',
    HOME: '/tmp',
    INTERVAL: '60',
    KEY: 'example.com/pool-not-ready',
    NAMESPACE: 'node-agents',
  });
  expect(of('DaemonSet').map(o => o.spec.template.spec.tolerations.at(-1).key)).toEqual([
    'example.com/pool-not-ready',
    'example.com/pool-not-ready',
  ]);
});

test('what takes the taint away passes Pod Security "restricted", and can start where all nodes are new', () => {
  const {
    metadata,
    spec: {
      template: { spec: pod },
      replicas,
    },
  } = tainted().of('Deployment')[0];
  expect([metadata, replicas]).toEqual([
    { name: 'routes-startup-taint', namespace: 'node-agents' },
    1,
  ]);
  expect(pod.tolerations).toEqual([TOLERATION]);
  expect(pod.securityContext).toEqual({
    runAsGroup: 65534,
    runAsNonRoot: true,
    runAsUser: 65534,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const [{ image, securityContext, resources, volumeMounts }] = pod.containers;
  expect(securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  });
  expect([image, resources, volumeMounts]).toEqual([
    IMAGE,
    { limits: { memory: '256Mi' }, requests: { cpu: '10m', memory: '64Mi' } },
    [{ mountPath: '/tmp', name: 'tmp' }],
  ]);
});

test('its service account may list pods here, and list and patch nodes; a policy narrows that down to the one taint', () => {
  const { of } = tainted();
  expect(of('Role')[0].rules).toEqual([{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
  expect(of('ClusterRole')[0].rules).toEqual([
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch'] },
  ]);
  const subjects = [
    { kind: 'ServiceAccount', name: 'routes-startup-taint', namespace: 'node-agents' },
  ];
  expect([...of('RoleBinding'), ...of('ClusterRoleBinding')].map(o => o.subjects)).toEqual([
    subjects,
    subjects,
  ]);
  const [policy] = of('ValidatingAdmissionPolicy');
  expect(policy.spec.matchConditions).toEqual([
    {
      name: 'of-the-startup-taint',
      expression:
        "request.userInfo.username == 'system:serviceaccount:node-agents:routes-startup-taint'",
    },
  ]);
  expect(policy.spec.validations[1].expression).toContain(
    `filter(t, !(t.key == '${KEY}' && t.effect == 'NoSchedule'))`,
  );
  expect(of('ValidatingAdmissionPolicyBinding')[0].spec).toEqual({
    policyName: 'node-agents-routes-startup-taint',
    validationActions: ['Deny', 'Audit'],
  });
});

test('all objects pass the strict schema, and cluster-scoped ones have no namespace', () => {
  const { objects } = tainted({}, chart('test', 'node-agents'));
  expect(objects.flatMap(o => schemaErrors(o, '1.31'))).toEqual([]);
  expect(
    objects
      .filter(o => o.metadata.namespace === undefined)
      .map(o => o.kind)
      .sort(),
  ).toEqual([
    'ClusterRole',
    'ClusterRoleBinding',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ]);
});

test.each<[string, Partial<StartupTaintProps>, string]>([
  [
    'no agents',
    { agents: [] },
    'SHM007 [test/startup-taint] agents: given []; allowed a list of one or more agents; fix: write agents: [agent]',
  ],
  [
    'an agent that serves nothing',
    { agents: [deployment(chart())] },
    'SHM029 [test/startup-taint] agents[0]: given test/api, which serves no contract; allowed a NodeAgent, or a workload that contract.serveFrom() was called with before;',
  ],
  [
    'what is no construct',
    { agents: [undefined as never] },
    'SHM029 [test/startup-taint] agents[0]: given nothing;',
  ],
  [
    'agents of two namespaces',
    { agents: [agent(), agent(chart(), contract({ namespace: 'other' }))] },
    'SHM007 [test/startup-taint] agents: given agents of the namespaces node-agents, other; allowed agents of one namespace;',
  ],
  [
    'no image',
    { image: undefined as never },
    'SHM015 [test/startup-taint] image: given nothing; allowed an image with kubectl, sh, sleep, timeout, expr and rm;',
  ],
  ['an image that is none', { image: 'a b' }, 'SHM015 [test/startup-taint] image: given "a b";'],
  [
    'a key that Kubernetes refuses',
    { key: 'a/b/c' },
    'SHM002 [test/startup-taint] key: given "a/b/c"; allowed a taint key;',
  ],
  [
    "the key of the nodes' own taint",
    { key: 'example.com/routes-agent' },
    'SHM007 [test/startup-taint] key: given "example.com/routes-agent"; allowed a key other than that of the taint of contract routes',
  ],
  [
    'a name that Kubernetes refuses',
    { name: 'Startup' },
    'SHM001 [test/startup-taint] name: given "Startup";',
  ],
  [
    'no interval',
    { interval: Duration.seconds(0) },
    'SHM030 [test/startup-taint] interval: given 0 ms; allowed a Duration of whole seconds, at least one;',
  ],
  [
    'half a second',
    { interval: Duration.millis(1500) },
    'SHM030 [test/startup-taint] interval: given 1500 ms;',
  ],
  ['a number', { interval: 10 as never }, 'SHM030 [test/startup-taint] interval: given 10;'],
  [
    'too little memory',
    { memoryLimit: Size.mebibytes(63) },
    'SHM013 [test/startup-taint] memoryLimit: given "63Mi"; allowed at least 64Mi, which kubectl alone needs;',
  ],
  [
    'an option that is not there',
    { taint: 'x' } as never,
    'SHM007 [test/startup-taint] options: given ["taint"];',
  ],
  [
    'several contracts and no name',
    { agents: [agent(), agent(chart(), flags())], key: 'example.com/x' },
    'SHM001 [test/startup-taint] name: given nothing; allowed a DNS label of at most 63 characters, because the agents serve several contracts: flags, routes; fix:',
  ],
  [
    'several contracts and no key',
    { agents: [agent(), agent(chart(), flags())], name: 'x' },
    'SHM002 [test/startup-taint] key: given nothing; allowed a taint key, because the agents serve several contracts: flags, routes; fix:',
  ],
])('fails with %s', (_, props, message) => {
  expect(messageOf(() => tainted(props))).toContain(message);
});

test('fails in a chart of another namespace', () => {
  expect(messageOf(() => tainted({ agents: [agent()] }, chart('test', 'elsewhere')))).toContain(
    'SHM007 [test/startup-taint] agents: given "node-agents"; allowed agents of "elsewhere", the namespace of the chart;',
  );
});

test('fails with a second StartupTaint of the same agents, of a name, of a key', () => {
  const c = chart();
  const one = agent(c);
  new StartupTaint(c, 'one', { agents: [one], image: IMAGE });
  const make = (id: string, props: Partial<StartupTaintProps>) =>
    new StartupTaint(c, id, { agents: [one], image: IMAGE, ...props });
  const second = (id: string, props: Partial<StartupTaintProps>) =>
    messageOf(() => make(id, props));
  expect(second('two', {})).toContain(
    'SHM011 [test/two] Deployment: given node-agents/routes-startup-taint, which test/one already makes;',
  );
  expect(second('three', { name: 'other' })).toContain(
    'SHM011 [test/three] startup taint: given startup-taint.cluster-autoscaler.kubernetes.io/routes-agent-not-ready, which test/one already makes;',
  );
  expect(second('four', { name: 'another', key: 'example.com/x' })).toContain(
    'SHM010 [test/agent] options: given StartupTaint a second time, with other options (StartupTaint: test/',
  );
});

test('the fields of the remover that need a reason have one, and it names nothing else', () => {
  const remover = tainted().of('Deployment').at(-1);
  const taint = { key: KEY, effect: 'NoSchedule' };
  const edit = removerEdit('StartupTaint', { interval: 10, taint } as StartupTaintRemover);
  const { reasons, problems, json } = apply(remover, [edit]);
  const pod = '/spec/template/spec';
  expect([problems, json]).toEqual([[], remover]);
  expect([...reasons.keys()].sort()).toEqual([
    '',
    `${pod}/automountServiceAccountToken`,
    `${pod}/containers/0/readinessProbe`,
    `${pod}/tolerations`,
    `${pod}/volumes`,
  ]);
});

test('the remover has a priority class only if the user chose one', () => {
  const spec = (props: Partial<StartupTaintProps>) =>
    tainted(props).of('Deployment').at(-1).spec.template.spec;
  expect('priorityClassName' in spec({})).toBe(false);
  expect(spec({ priorityClassName: 'infra' }).priorityClassName).toBe('infra');
});
