import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Chart, Include, Size, Testing } from 'cdk8s';
import * as kplus27 from 'cdk8s-plus-27';
import * as kplus33 from 'cdk8s-plus-33';
import {
  AgentNodes,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
  type ServeFromOptions,
} from '../../src';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const OPTIONS: ServeFromOptions = { container: 'agent', toolImage: TOOLS };

/** A vendor's DaemonSet as it stands in a YAML file. */
function vendor(securityContext: object = {}, podSecurityContext: object = {}) {
  const container = (name: string, more: object = {}) => ({
    name,
    image: `registry.example.com/${name}:1`,
    resources: { limits: { memory: '512Mi' } },
    ...more,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'vendor-agent',
      namespace: 'node-agents',
      labels: { 'app.kubernetes.io/name': 'vendor-agent' },
    },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'vendor-agent' } },
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'vendor-agent' } },
        spec: {
          securityContext: podSecurityContext,
          initContainers: [container('fetch')],
          containers: [container('agent', { securityContext }), container('exporter')],
        },
      },
    },
  };
}

function served(
  object: object,
  options: Partial<ServeFromOptions> = {},
  props: Partial<AgentContractProps> = {},
): Rendered {
  const c = chart();
  contract(props).serveFrom(new ApiObject(c, 'vendor', object as never), {
    ...OPTIONS,
    ...options,
  });
  return rendered(c, 'DaemonSet')[0];
}
const failure = (
  object: object,
  options: Partial<ServeFromOptions> = {},
  props: Partial<AgentContractProps> = {},
) => {
  try {
    served(object, options, props);
  } catch (e) {
    return (e as Error).message;
  }
  return 'nothing was thrown';
};

test('it gets what serving takes, and keeps all else: name, selector, labels, other containers', () => {
  const before = vendor();
  const after = served(before);
  expect(after.metadata).toMatchObject(before.metadata);
  expect(after.spec.selector).toEqual(before.spec.selector);
  expect(after.spec.template.metadata).toEqual(before.spec.template.metadata);
  const pod = after.spec.template.spec;
  expect(pod.initContainers.map((c: Rendered) => c.name)).toEqual([
    'prepare-routes',
    'measure-routes',
    'fetch',
  ]);
  expect(pod.containers[1]).toEqual(before.spec.template.spec.containers[1]);
  expect(pod.containers[0]).toEqual({
    ...before.spec.template.spec.containers[0],
    securityContext: { runAsUser: 10001 },
    volumeMounts: [{ mountPath: '/run/routes', name: 'routes-shared-memory', subPath: 'v1/table' }],
  });
  expect([pod.nodeSelector, pod.tolerations.length, pod.priorityClassName]).toEqual([
    { 'example.com/routes-agent': 'yes' },
    1,
    undefined,
  ]);
  expect(
    JSON.parse(after.metadata.annotations['cdk8s-shared-memory/contract.routes']),
  ).toMatchObject({ side: 'agent', containers: ['agent'] });
});

test('NodeAgent is a DaemonSet with defaults that serves in the same way', () => {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: contract(), toolImage: TOOLS, containers: [AGENT] });
  const plain = new kplus27.DaemonSet(c, 'plain', {
    metadata: { name: 'routes', namespace: 'node-agents' },
    containers: [{ ...AGENT, securityContext: { user: 10001 } }],
  });
  contract({
    name: 'other',
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(256), mountPath: '/run/routes' }),
    ],
  }).serveFrom(plain, { toolImage: TOOLS });
  const [agent, other] = rendered(c, 'DaemonSet').map(d => d.spec.template.spec);
  const renamed = JSON.parse(
    JSON.stringify([agent.initContainers, agent.volumes, agent.nodeSelector, agent.tolerations])
      .replaceAll('routes-', 'other-')
      .replaceAll('-routes', '-other')
      .replaceAll('.routes', '.other'),
  );
  const key = 'example.com/other-agent';
  expect(
    JSON.parse(
      JSON.stringify([
        other.initContainers,
        other.volumes,
        other.nodeSelector,
        other.tolerations,
      ]).replaceAll('example.com/routes-agent', key),
    ),
  ).toEqual(renamed);
});

test.each<[string, (c: Chart) => ApiObject | Include | kplus33.DaemonSet]>([
  [
    'an Include',
    c => {
      const file = join(mkdtempSync(join(tmpdir(), 'vendor-')), 'vendor.yaml');
      writeFileSync(file, JSON.stringify(vendor()));
      return new Include(c, 'vendor', { url: file });
    },
  ],
  [
    'cdk8s-plus-33',
    c =>
      new kplus33.DaemonSet(c, 'vendor', {
        metadata: { name: 'vendor-agent', namespace: 'node-agents' },
        containers: [
          {
            name: 'agent',
            image: 'registry.example.com/agent:1',
            resources: { memory: { limit: Size.mebibytes(512) } },
            securityContext: { user: 10001 },
          },
        ],
      }),
  ],
  [
    'a custom kind',
    c =>
      new ApiObject(c, 'vendor', { ...vendor(), apiVersion: 'apps.kruise.io/v1alpha1' } as never),
  ],
])('%s serves', (_, make) => {
  const c = chart();
  contract().serveFrom(make(c), OPTIONS);
  expect(rendered(c, 'DaemonSet')[0].spec.template.spec.initContainers[0].name).toBe(
    'prepare-routes',
  );
});

test('the user that the pod or the container has already is not written twice', () => {
  expect(
    served(vendor({}, { runAsUser: 10001 })).spec.template.spec.containers[0].securityContext,
  ).toEqual({});
});

test('root stays root where the workload says so', () => {
  expect(served(vendor({ runAsUser: 0 })).spec.template.spec.containers[0].securityContext).toEqual(
    { runAsUser: 0 },
  );
  expect(
    served(vendor({}, { runAsUser: 0 })).spec.template.spec.containers[0].securityContext,
  ).toEqual({});
});

test.each([
  [
    'root that may not write what belongs to others',
    vendor({ runAsUser: 0, capabilities: { drop: ['ALL'] } }),
    'given 0, written by the workload itself; allowed absent or 10001, or 0 for a container that keeps the capability DAC_OVERRIDE, for container agent of contract routes',
  ],
  [
    'another user',
    vendor({ runAsUser: 5 }),
    'containers[0].securityContext.runAsUser: given 5, written by the workload itself; allowed absent or 10001, or 0',
  ],
  [
    'another user of the pod',
    vendor({}, { runAsUser: 5 }),
    'template.spec.securityContext.runAsUser: given 5, written by the workload itself; allowed absent or 10001, or 0',
  ],
  [
    'two agents on a node during an update',
    { ...vendor(), spec: { ...vendor().spec, updateStrategy: { rollingUpdate: { maxSurge: 1 } } } },
    '[test/vendor] SHM010 spec.updateStrategy.rollingUpdate.maxSurge: given 1, written by the workload itself; allowed absent or 0, for contract routes: the old and the new agent of a node would write the same memory at the same time; fix: write maxSurge: 0, with maxUnavailable: 1',
  ],
  [
    'another namespace',
    { ...vendor(), metadata: { name: 'vendor-agent', namespace: 'vendor' } },
    'SHM007 [test/vendor] metadata.namespace: given "vendor"; allowed "node-agents", the namespace of contract routes;',
  ],
  [
    'a Deployment',
    { ...vendor(), kind: 'Deployment' },
    '[test/vendor] SHM008 spec.template.spec: given a Deployment, of which two pods can be on one node;',
  ],
])('fails with %s', (_, object, message) => {
  expect(failure(object)).toContain(message);
});

test('fails without a toolImage, and where the container is not named', () => {
  expect(failure(vendor(), { toolImage: undefined })).toContain(
    'SHM015 [test/vendor] toolImage: given nothing;',
  );
  expect(failure(vendor(), { container: undefined })).toContain('SHM009');
  expect(failure(vendor(), { container: 'main' })).toContain('SHM009');
});

test('two agents share the nodes of a contract out, each with its own size; they take a node over from each other', () => {
  const c = chart();
  const on = (size: string, mebibytes: number) =>
    new NodeAgent(c, size, {
      contract: contract(),
      toolImage: TOOLS,
      containers: [AGENT],
      name: `routes-${size}`,
      nodes: AgentNodes.labeled('example.com/size', size),
      sizes: { table: Size.mebibytes(mebibytes) },
    });
  on('big', 320);
  on('small', 64);
  const pods = rendered(c, 'DaemonSet').map(d => d.spec.template.spec);
  expect(pods.map(p => p.nodeSelector)).toEqual([
    { 'example.com/routes-agent': 'yes', 'example.com/size': 'big' },
    { 'example.com/routes-agent': 'yes', 'example.com/size': 'small' },
  ]);
  const env = (p: Rendered, step: number, name: string) =>
    p.initContainers[step].env.find((e: Rendered) => e.name === name).value;
  expect(pods.map(p => env(p, 1, 'MEMORIES'))).toEqual(['table:327680', 'table:65536']);
  expect(pods.map(p => env(p, 0, 'AGENT'))).toEqual(
    Array(2).fill('node-agents/routes by example.com/size'),
  );
  expect(
    rendered(c, 'DaemonSet').map(
      d => JSON.parse(d.metadata.annotations['cdk8s-shared-memory/contract.routes']).memory[0].size,
    ),
  ).toEqual(['320Mi', '64Mi']);
});

test('a NodeAgent takes a live DaemonSet over: its name and selector are given literally', () => {
  const c = chart();
  const selectorLabels = { app: 'routes-agent' };
  new NodeAgent(c, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
    name: 'routes-agent',
    selectorLabels,
  });
  const [{ metadata, spec }] = rendered(c, 'DaemonSet');
  expect([metadata.name, spec.selector]).toEqual(['routes-agent', { matchLabels: selectorLabels }]);
  expect(spec.template.metadata.labels).toMatchObject({
    app: 'routes-agent',
    'cdk8s-shared-memory/agent': 'routes-agent',
  });
});

test('namespaces of the node are on both sides, with the DNS policy that finds Services', () => {
  const c = chart();
  const host = contract({ hostPid: true, hostNetwork: true });
  new NodeAgent(c, 'agent', { contract: host, toolImage: TOOLS, containers: [AGENT] });
  host.attachTo(
    new kplus27.Deployment(c, 'api', { containers: [{ image: 'registry.example.com/api:1' }] }),
  );
  host.attachTo(
    new ApiObject(c, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: [{ name: 'main' }] },
    } as never),
  );
  const objects: Rendered[] = Testing.synth(c);
  const marks = objects.map(o =>
    JSON.parse(o.metadata.annotations['cdk8s-shared-memory/contract.routes']),
  );
  expect(marks.map(m => [m.side, m.hostPid, m.hostNetwork])).toEqual([
    ['agent', true, true],
    ['client', true, true],
    ['client', true, true],
  ]);
  const pods = objects.map(o => o.spec.template?.spec ?? o.spec);
  expect(pods.map(p => [p.hostPID, p.hostNetwork, p.dnsPolicy, p.hostIPC])).toEqual(
    Array(3).fill([true, true, 'ClusterFirstWithHostNet', undefined]),
  );
});
