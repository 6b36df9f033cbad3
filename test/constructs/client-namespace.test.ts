import { Size } from 'cdk8s';
import {
  Access,
  Backing,
  ClientNamespace,
  ClientVolume,
  Payer,
  PodSecurityLevel,
  SharedMemory,
  type AgentContractProps,
  type ClientNamespaceProps,
} from '../../src';
import { chart, contract, rendered, type Rendered } from '../yaml';

function namespace(
  props: Partial<ClientNamespaceProps> = {},
  contractProps: Partial<AgentContractProps> = {},
) {
  const c = chart('test', 'elsewhere');
  new ClientNamespace(c, 'shop', { name: 'shop', contracts: [contract(contractProps)], ...props });
  return Object.fromEntries(
    ['Namespace', 'LimitRange', 'ResourceQuota'].map(kind => [kind, rendered(c, kind)]),
  ) as Record<string, Rendered[]>;
}
const paysItself = {
  clients: Access.READ_WRITE,
  chargedTo: Payer.CLIENT,
  memory: [SharedMemory.files({ size: Size.mebibytes(256), mountPath: '/run/routes' })],
};
const containerMemory = {
  defaultLimit: Size.mebibytes(128),
  defaultRequest: Size.mebibytes(64),
  max: Size.gibibytes(1),
};
const quota = { pods: 10, requests: Size.gibibytes(4), limits: Size.gibibytes(8) };

test('claims need no more than the level restricted, and nothing else is made unless asked for', () => {
  expect(namespace()).toEqual({
    Namespace: [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      },
    ],
    LimitRange: [],
    ResourceQuota: [],
  });
});

test.each([
  ['System V memory', { memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })] }],
  [
    '/dev/shm of the node',
    { memory: [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })] },
  ],
  ['clients by hostPath', { clientVolume: ClientVolume.hostPath() }],
  ['hostPid', { hostPid: true }],
])('%s needs the level privileged', (_, contractProps) => {
  expect(namespace({}, contractProps).Namespace[0].metadata.labels).toEqual({
    'pod-security.kubernetes.io/enforce': 'privileged',
  });
});

test('a weaker level may be chosen', () => {
  expect(
    namespace({ podSecurity: PodSecurityLevel.BASELINE }).Namespace[0].metadata.labels[
      'pod-security.kubernetes.io/enforce'
    ],
  ).toBe('baseline');
});

test('where the agent pays, the numbers are those that were given', () => {
  const {
    LimitRange: [range],
    ResourceQuota: [limits],
  } = namespace({ containerMemory, quota });
  expect(range.metadata).toEqual({ name: 'shared-memory', namespace: 'shop' });
  expect(range.spec.limits).toEqual([
    {
      type: 'Container',
      default: { memory: '128Mi' },
      defaultRequest: { memory: '64Mi' },
      max: { memory: '1Gi' },
    },
  ]);
  expect(limits.spec).toEqual({
    hard: { pods: '10', 'requests.memory': '4Gi', 'limits.memory': '8Gi' },
  });
});

test('where clients pay, each number holds the shared bytes: once for a container, once for each pod', () => {
  const {
    LimitRange: [range],
    ResourceQuota: [limits],
  } = namespace({ containerMemory, quota }, paysItself);
  expect(range.spec.limits).toEqual([
    {
      type: 'Container',
      default: { memory: '384Mi' },
      defaultRequest: { memory: '320Mi' },
      max: { memory: '1280Mi' },
    },
  ]);
  expect(limits.spec.hard).toEqual({
    pods: '10',
    'requests.memory': '6656Mi',
    'limits.memory': '10752Mi',
  });
});

test('an agent in the pod is paid for in the pod, whoever pays', () => {
  const inPods = contract({
    memory: [SharedMemory.posix({ size: Size.mebibytes(32) })],
    clients: Access.READ_WRITE,
  });
  const {
    LimitRange: [range],
  } = namespace({
    contracts: [],
    sidecarContracts: [inPods],
    containerMemory: { defaultLimit: Size.mebibytes(96) },
  });
  expect(range.spec.limits).toEqual([{ type: 'Container', default: { memory: '128Mi' } }]);
});

test.each<[string, Partial<ClientNamespaceProps>, Partial<AgentContractProps>, string]>([
  [
    'a name that is none',
    { name: 'Shop' },
    {},
    'SHM001 [test/shop] name: given "Shop"; allowed lowercase letters',
  ],
  [
    'no contracts',
    { contracts: [] },
    {},
    'SHM007 [test/shop] contracts: given []; allowed the contracts of its workloads; fix: name them, or make a plain Namespace',
  ],
  [
    'a level that refuses the clients',
    { podSecurity: PodSecurityLevel.BASELINE },
    { clientVolume: ClientVolume.hostPath() },
    'SHM007 [test/shop] podSecurity: given baseline; allowed PodSecurityLevel.PRIVILEGED: every other level refuses hostPath of contract routes',
  ],
  [
    'a level that is none',
    { podSecurity: 'strict' as never },
    {},
    'SHM007 [test/shop] podSecurity: given strict; allowed PodSecurityLevel.RESTRICTED, BASELINE or PRIVILEGED',
  ],
  [
    'a request above the limit',
    { containerMemory: { defaultLimit: Size.mebibytes(1), defaultRequest: Size.mebibytes(2) } },
    {},
    'SHM007 [test/shop] containerMemory.defaultRequest: given 2Mi; allowed at most the default limit, 1Mi',
  ],
  [
    'a maximum below the limit',
    { containerMemory: { defaultLimit: Size.mebibytes(2), max: Size.mebibytes(1) } },
    {},
    'SHM007 [test/shop] containerMemory.max: given 1Mi; allowed at least the default limit, 2Mi',
  ],
  [
    'no bytes',
    { containerMemory: { defaultLimit: Size.mebibytes(0) } },
    {},
    'SHM003 [test/shop] containerMemory.defaultLimit: given 0',
  ],
  [
    'half a pod',
    { quota: { pods: 0.5 } },
    {},
    'SHM007 [test/shop] quota.pods: given 0.5; allowed a whole number from 1',
  ],
  [
    'an option that is none',
    { limits: {} } as never,
    {},
    'SHM007 [test/shop] options: given ["limits"]',
  ],
])('fails with %s', (_, props, contractProps, message) => {
  expect(() => namespace(props, contractProps)).toThrow(message);
});
