import { type Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { given, messageOf } from './message';
import { any } from './untyped';
import { vineyard } from './vineyard';
import {
  Access,
  AgentAlerts,
  AgentNamespace,
  ClientInjection,
  ClientNamespace,
  ClientPolicy,
  ContractGrant,
  NodeAgent,
  NodeCleanup,
  NodeGuard,
  NodePreflight,
  SharedMemory,
  StartupTaint,
  WorkloadShift,
} from '../../src';
import { AGENT, chart, contract, TOOLS } from '../yaml';

const agents = (scope: Chart) => [
  new NodeAgent(scope, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
  }),
];
test.each<[string, () => unknown, string[]]>([
  [
    'an AgentNamespace',
    () => new AgentNamespace(chart(), 'n', { name: 'Agents', priority: any(1) }),
    ['SHM001 [test/n] name: given "Agents"', 'SHM007 [test/n] priority: given 1'],
  ],
  [
    'a ClientNamespace',
    () =>
      new ClientNamespace(chart(), 'n', {
        name: 'Shop',
        contracts: [any(1), contract()],
        podSecurity: any('strict'),
        containerMemory: any({ defaultLimit: Size.mebibytes(0), max: 2, min: 3 }),
        quota: { pods: 0, limits: any(4), requests: Size.mebibytes(0) },
      }),
    [
      'SHM001 [test/n] name: given "Shop"',
      'SHM018 [test/n] contracts[0]: given 1',
      'SHM007 [test/n] podSecurity: given strict',
      'SHM007 [test/n containerMemory] options: given ["min"]',
      'SHM003 [test/n] containerMemory.defaultLimit: given 0',
      'SHM003 [test/n] containerMemory.max: given 2',
      'SHM007 [test/n] quota.pods: given 0',
      'SHM003 [test/n] quota.requests: given 0',
      'SHM003 [test/n] quota.limits: given 4',
    ],
  ],
  [
    'a ContractGrant',
    () =>
      new ContractGrant(chart(), 'g', {
        access: Access.READ_WRITE,
        contract: contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }),
        namespace: 'Shop',
      }),
    [
      'SHM001 [test/g] namespace: given "Shop"',
      'SHM012 [test/g] access: given Access.READ_WRITE',
      'SHM007 [test/g] contract: given contract routes, which has no directory to claim',
    ],
  ],
  [
    'a ClientPolicy',
    () =>
      new ClientPolicy(chart(), 'p', {
        action: any('refuse'),
        grants: [
          { namespace: 'Shop', contract: contract(), access: Access.READ_WRITE },
          { namespace: 'node-agents', contract: contract() },
          any({ namespace: 'shop', contarct: contract() }),
          { namespace: 'shop', contract: any(1) },
          { namespace: 'node-agents', contract: contract() },
        ],
        name: 'P',
        persistentVolumes: any('yes'),
      }),
    [
      'SHM001 [test/p] name: given "P"',
      'SHM007 [test/p] action: given "refuse"',
      'SHM001 [test/p] grants[0].namespace: given "Shop"',
      'SHM012 [test/p] grants[0].access: given Access.READ_WRITE',
      'SHM007 [test/p grants[2]] options: given ["contarct"]',
      'SHM018 [test/p] grants[3].contract: given 1',
      'SHM007 [test/p] grants[1].namespace: given "node-agents"',
      'SHM007 [test/p] grants[4]: given "node-agents, routes v1"',
      'SHM007 [test/p] grants[4].namespace: given "node-agents"',
      'SHM007 [test/p] persistentVolumes: given "yes"',
    ],
  ],
  [
    'a ClientInjection',
    () =>
      new ClientInjection(chart(), 'i', {
        access: Access.READ_WRITE,
        contract: contract({ memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }),
        name: 'I',
        namespaces: ['Shop', 'bank', 'bank'],
      }),
    [
      'SHM001 [test/i] namespaces[0]: given "Shop"',
      'SHM007 [test/i] namespaces: given "bank"',
      'SHM007 [test/i] contract: given "contract routes with System V memory"',
      'SHM001 [test/i] name: given "I"',
      'SHM012 [test/i] access: given Access.READ_WRITE',
    ],
  ],
  [
    'a NodePreflight',
    () =>
      new NodePreflight(chart(), 'p', {
        agents: [any(1), any(2)],
        name: 'P',
        nodes: any(3),
        toolImage: '',
      }),
    [
      'SHM029 [test/p] agents[0]: given 1',
      'SHM029 [test/p] agents[1]: given 2',
      'SHM001 [test/p] name: given "P"',
      'SHM015 [test/p] toolImage: given ""',
      'SHM007 [test/p] nodes: given 3',
    ],
  ],
  [
    'a NodeCleanup',
    () =>
      new NodeCleanup(chart('test', 'shop'), 'c', {
        contract: contract(),
        devShmObjects: ['x'],
        name: 'C',
        nodes: any(3),
        systemVKeys: [1],
        toolImage: '',
      }),
    [
      'SHM007 [test/c] systemVKeys: given [1]',
      'SHM007 [test/c] devShmObjects: given ["x"]',
      'SHM001 [test/c] name: given "C"',
      'SHM015 [test/c] toolImage: given ""',
      'SHM007 [test/c] nodes: given 3',
      'SHM007 [test/c] contract.namespace: given "node-agents"',
    ],
  ],
  [
    'a NodeGuard',
    () =>
      new NodeGuard(chart('test', 'shop'), 'g', {
        contract: vineyard({ clientsWait: false }),
        name: 'G',
      }),
    [
      'SHM007 [test/g] contract: given contract routes, which has no directory to guard',
      'SHM001 [test/g] name: given "G"',
      'SHM007 [test/g] contract.namespace: given "node-agents"',
    ],
  ],
  [
    'a StartupTaint',
    () => {
      const c = chart();
      return new StartupTaint(c, 's', {
        agents: agents(c),
        image: '',
        interval: Duration.millis(5),
        key: 'a b',
        memoryLimit: Size.mebibytes(1),
        name: 'S',
      });
    },
    [
      'SHM030 [test/s] interval: given 5 ms',
      'SHM001 [test/s] name: given "S"',
      'SHM002 [test/s] key: given "a b"',
      'SHM015 [test/s] image: given ""',
      'SHM013 [test/s] memoryLimit: given "1Mi"',
    ],
  ],
  [
    'a StartupTaint without agents',
    () => new StartupTaint(chart(), 's', { agents: [], image: '', memoryLimit: any(1) }),
    [
      'SHM007 [test/s] agents: given []',
      'SHM003 [test/s] memoryLimit: given 1',
      'SHM015 [test/s] image: given ""',
    ],
  ],
  [
    'an AgentAlerts',
    () => {
      const c = chart();
      return new AgentAlerts(c, 'a', {
        agents: agents(c),
        agentNotReadyFor: any(1),
        alertLabels: { severity: 'x', 'a b': 'y' },
        almostFullPercent: 100,
        clientWaitingFor: Duration.millis(5),
        labels: { 'a b': 'x', c: 'd e' },
        name: 'A',
        namespace: 'N',
        severities: { Missing: 'x', Full: 'y' },
        startupTaint: any(2),
      });
    },
    [
      'SHM001 [test/a] name: given "A"',
      'SHM001 [test/a] namespace: given "N"',
      'SHM007 [test/a] severities: given "Missing"',
      'SHM007 [test/a] severities: given "Full"',
      'SHM007 [test/a] almostFullPercent: given 100',
      'SHM007 [test/a] startupTaint: given 2',
      'SHM002 [test/a] labels: given {"a b":"x"}',
      'SHM002 [test/a] labels: given {"c":"d e"}',
      'SHM002 [test/a] alertLabels: given "severity"',
      'SHM002 [test/a] alertLabels: given "a b"',
      'SHM030 [test/a] agentNotReadyFor: given 1',
      'SHM030 [test/a] clientWaitingFor: given 5 ms',
    ],
  ],
  [
    'a WorkloadShift',
    () => {
      const c = chart();
      const job = new kplus.Job(c, 'job', { containers: [AGENT] });
      return new WorkloadShift(c, 's', {
        contract: any(1),
        from: job,
        replicas: 0,
        shifted: 101,
        to: job,
      });
    },
    [
      'SHM018 [test/s] contract: given 1',
      'SHM007 [test/s] replicas: given 0',
      'SHM007 [test/s] shifted: given 101',
      'SHM008 [test/s] from: given a Job',
      'SHM008 [test/s] to: given a Job',
    ],
  ],
])('fails with all that is wrong in %s', (_, make, lines) => {
  expect(given(messageOf(make))).toEqual(lines);
});

test('fails once if a grant is there twice, although each of its names is taken', () => {
  const c = chart();
  const both = { clients: Access.READ_WRITE };
  new ContractGrant(c, 'one', { contract: contract(both), namespace: 'shop' });
  expect(
    given(
      messageOf(() => new ContractGrant(c, 'two', { contract: contract(both), namespace: 'shop' })),
    ),
  ).toEqual([
    'SHM011 [test/two] claim: given shop/routes-table-v1-ro, which test/one already makes',
  ]);
});
