import { ApiObject, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  AgentAlerts,
  AgentNamespace,
  AgentNodes,
  AgentUpdate,
  Backing,
  ClientInjection,
  ClientNamespace,
  ClientPolicy,
  ContractGrant,
  NodeAgent,
  NodeCleanup,
  NodeContent,
  NodeGuard,
  NodeMemory,
  NodePreflight,
  Payer,
  Access,
  SharedMemory,
  SidecarAgent,
  StartupTaint,
  type AgentContractProps,
} from '../../../src';
import type { Json, JsonObject } from '../../../src/kube/json';
import { AGENT, chart, contract, TOOLS } from '../../yaml';

const MIB = Size.mebibytes(16);
const tools = { toolImage: TOOLS };
const files = (name: string, backing?: Backing) =>
  SharedMemory.files({ name, size: MIB, mountPath: `/run/${name}`, backing });
const of = (name: string, props: Partial<AgentContractProps> = {}) =>
  contract({ name, namespace: 'agents', memory: [files('table')], ...props });

/** An object of an app, and whether it is there only because of shared memory. */
export interface Made {
  readonly json: JsonObject;
  /** The construct of this library that made it. Absent for an object of somebody else. */
  readonly by?: string;
}

/**
 * Everything that this library renders, and beside it what looks like it and is not: none of that
 * may be named by a command that deletes.
 */
export function everything(): Made[] {
  const c = chart('all');
  served(c);
  withoutAgents(c);
  vendors(c);
  others(c);
  return c.node
    .findAll()
    .filter(ApiObject.isApiObject)
    .map(object => ({
      json: object.toJson() as JsonObject,
      ...(madeByLibrary(object) ? { by: object.node.path } : {}),
    }));
}

/** Constructs of this library have ids that begin with a capital letter here. */
function madeByLibrary({ node }: ApiObject): boolean {
  return /^all\/[A-Z]/.test(node.path);
}

/** Agents of this library, with all that goes with them. */
function served(c: Chart): void {
  const routes = of('routes', { nodes: AgentNodes.dedicated('example.com/routes', 'yes') });
  const ring = of('ring', { memory: [files('ring', Backing.tmpfs())] });
  const verdicts = of('verdicts', {
    memory: [SharedMemory.systemV({ name: 'data', size: MIB })],
  });
  new AgentNamespace(c, 'Namespace', { name: 'agents' });
  const agents = [
    new NodeAgent(c, 'Routes', {
      ...{ contract: routes, ...tools, containers: [{ ...AGENT, name: 'agent' }] },
      update: AgentUpdate.waves({
        label: 'example.com/wave',
        order: ['canary', 'rest'],
        candidate: { agent: { image: 'registry.example.com/routes-agent:2' } },
        through: 'canary',
      }),
    }),
    ...[ring, verdicts].map(
      each =>
        new NodeAgent(c, `Agent-${each.name}`, { contract: each, ...tools, containers: [AGENT] }),
    ),
  ];
  const taint = new StartupTaint(c, 'Taint', { agents: agents.slice(0, 1), image: 'kubectl:1' });
  new AgentAlerts(c, 'Alerts', { agents, startupTaint: taint, name: 'node-agents' });
  new AgentAlerts(c, 'MoreAlerts', { agents: agents.slice(1, 2), namespace: 'monitoring' });
  new NodePreflight(c, 'Preflight', { agents: agents.slice(0, 1), ...tools });
  new NodeCleanup(c, 'Cleanup', { contract: routes, ...tools });
  new ClientPolicy(c, 'Policy', {
    grants: [
      { namespace: 'shop', contract: routes },
      { namespace: 'ledger', contract: verdicts },
    ],
    persistentVolumes: true,
  });
  new ClientNamespace(c, 'Shop', {
    name: 'shop',
    contracts: [routes],
    quota: { pods: 4, limits: Size.gibibytes(1) },
    containerMemory: { defaultLimit: MIB },
  });
  new ClientNamespace(c, 'Ledger', { name: 'ledger', contracts: [verdicts] });
  new ContractGrant(c, 'Grant', { contract: routes, namespace: 'shop' });
  new ContractGrant(c, 'RingGrant', { contract: ring, namespace: 'shop' });
  routes.attachTo(app(c, 'web', 'shop'));
  verdicts.attachTo(app(c, 'book', 'ledger'));
  new ClientInjection(c, 'Join', { contract: ring, namespaces: ['shop'] });
}

/** Contracts that no agent of this library serves. */
function withoutAgents(c: Chart): void {
  const store = of('store', {
    servedBy: 'the operator of the store',
    nodes: AgentNodes.dedicated('example.com/store', 'yes'),
    memory: [
      files(
        'objects',
        Backing.existing('/run/store', { contains: NodeContent.FILES, guardImage: TOOLS }),
      ),
    ],
  });
  new NodeGuard(c, 'Guard', { contract: store });
  new ContractGrant(c, 'StoreGrant', { contract: store, namespace: 'shop' });
  store.attachTo(app(c, 'report', 'shop'));

  const peers = of('peers', { clients: Access.READ_WRITE, chargedTo: Payer.CLIENT });
  new NodeMemory(c, 'Memory', { contract: peers, ...tools });
  new ContractGrant(c, 'PeersGrant', {
    ...{ contract: peers, namespace: 'shop', access: Access.READ_WRITE },
  });
  peers.attachTo(app(c, 'peer', 'shop'), { access: Access.READ_WRITE });

  const beside = of('beside');
  new SidecarAgent({
    contract: beside,
    containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
  }).attachTo(app(c, 'alone', 'shop'));
}

/** An agent that does not come from this library, in a namespace that is there for agents. */
function vendors(c: Chart): void {
  const mesh = of('mesh', { namespace: 'mesh' });
  new AgentNamespace(c, 'MeshNamespace', { name: 'mesh' });
  const labels = { app: 'mesh' };
  const agent = new ApiObject(c, 'mesh', {
    ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'mesh', namespace: 'mesh' } },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { 'kubernetes.io/arch': 'amd64' }, // stays: it is the kubelet's
          containers: [container('agent', 10001)],
        },
      },
    },
  } as never);
  mesh.serveFrom(agent, tools);
  new ContractGrant(c, 'MeshGrant', { contract: mesh, namespace: 'shop' });
  mesh.attachTo(app(c, 'mesh-client', 'shop'));
}

/** What has nothing to do with the contracts, whatever it looks like. */
function others(c: Chart): void {
  const add = (id: string, json: object) => new ApiObject(c, id, json as never);
  add('rule', {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' },
    metadata: { name: 'pools', namespace: 'monitoring' },
    spec: { groups: [{ name: 'a', rules: [{ alert: 'SharedMemoryPoolExhausted', expr: '1' }] }] },
  });
  add('mixed', {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' },
    metadata: { name: 'all-alerts', namespace: 'monitoring' },
    spec: {
      groups: [
        { name: 'a', rules: [{ alert: 'SharedMemoryAgentMissing', expr: 'up == 0' }] },
        {
          name: 'b',
          rules: [
            { alert: 'DiskFull', expr: '1' },
            { record: 'up:sum', expr: 'sum(up)' },
            { alert: 'SharedMemoryClaimLost', expr: '1' },
          ],
        },
      ],
    },
  });
  add('quota', {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota' },
    ...{ metadata: { name: 'most', namespace: 'elsewhere' }, spec: { hard: { pods: '9' } } },
  });
  const policies = { apiVersion: 'admissionregistration.k8s.io/v1' };
  add('policy', {
    ...{ ...policies, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'no-host-pid' } },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods'] },
        ],
      },
      validations: [{ expression: '!object.spec.?hostPID.orValue(false)' }],
    },
  });
  add('binding', {
    ...{ ...policies, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'no-host-pid' } },
    spec: { policyName: 'no-host-pid', validationActions: ['Deny'] },
  });
  add('volume', {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'data' } },
    spec: { local: { path: '/mnt/data' }, claimRef: { namespace: 'shop', name: 'data' } },
  });
  add('claim', {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
    ...{ metadata: { name: 'data', namespace: 'shop' }, spec: { volumeName: 'data' } },
  });
  add('account', {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web', namespace: 'shop' } },
  });
}

function app(c: Chart, name: string, namespace: string): ApiObject {
  const labels = { app: name };
  return new ApiObject(c, name, {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace } },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container(name, 20001)] } },
    },
  } as never);
}

function container(name: string, runAsUser: number): JsonObject {
  const memory = { memory: '64Mi' };
  return {
    ...{ name, image: `registry.example.com/${name}:1` },
    securityContext: { runAsUser },
    resources: { limits: memory, requests: memory },
  } as Record<string, Json>;
}
