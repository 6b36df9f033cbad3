import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { attachMessageOf, messageOf } from './message';
import { agent, any } from './untyped';
import {
  Acknowledgements,
  AgentAlerts,
  AgentNamespace,
  AgentUpdate,
  ClientNamespace,
  ClientPolicy,
  ContractGrant,
  Leftovers,
  NodeCleanup,
  NodePreflight,
  PodSecurity,
  PodSharedMemory,
  ReadyWhen,
  Review,
  SharedMemory,
  SidecarAgent,
  StartupTaint,
  WorkloadShift,
} from '../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

function sidecar(): SidecarAgent {
  return new SidecarAgent({
    contract: contract(),
    containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
  });
}

const typo = (given: string, near: string) =>
  new RegExp(
    `SHM007 \\[.+\\] options: given \\["${given}"\\]; allowed options among ` +
      `[^;]*\\b${near}\\b[^;]*; fix: write "${near}" instead of "${given}"`,
  );

test.each<[string, () => unknown, string, string]>([
  ['AgentContract', () => contract(any({ clinets: 'readWrite' })), 'clinets', 'clients'],
  [
    'AgentNamespace',
    () => new AgentNamespace(chart(), 'n', any({ name: 'agents', priorty: 1 })),
    'priorty',
    'priority',
  ],
  ['NodeAgent', () => agent({ toolImgae: TOOLS }), 'toolImgae', 'toolImage'],
  [
    'ContractGrant, which would grant read-write',
    () =>
      new ContractGrant(
        chart(),
        'g',
        any({ contract: contract(), namespace: 'shop', acces: 'readOnly' }),
      ),
    'acces',
    'access',
  ],
  [
    'ClientPolicy',
    () =>
      new ClientPolicy(
        chart(),
        'p',
        any({ grants: [{ namespace: 'shop', contract: contract() }], aktion: 'audit' }),
      ),
    'aktion',
    'action',
  ],
  [
    'a grant of ClientPolicy',
    () =>
      new ClientPolicy(
        chart(),
        'p',
        any({ grants: [{ namespace: 'shop', contract: contract(), acess: 'readOnly' }] }),
      ),
    'acess',
    'access',
  ],
  [
    'ClientNamespace',
    () =>
      new ClientNamespace(chart(), 'n', any({ name: 'shop', contracts: [contract()], quotas: {} })),
    'quotas',
    'quota',
  ],
  [
    'the quota of ClientNamespace',
    () =>
      new ClientNamespace(
        chart(),
        'n',
        any({
          name: 'shop',
          contracts: [contract()],
          quota: { pods: 1, limit: Size.mebibytes(1) },
        }),
      ),
    'limit',
    'limits',
  ],
  [
    'SidecarAgent',
    () => new SidecarAgent(any({ contract: contract(), container: 'agent', contaners: [] })),
    'contaners',
    'containers',
  ],
  [
    'serveFrom()',
    () => contract().serveFrom(deployment(chart()), any({ toolimage: TOOLS })),
    'toolimage',
    'toolImage',
  ],
  [
    'PodSharedMemory',
    () => new PodSharedMemory(any({ size: Size.mebibytes(1), siz: 1 })),
    'siz',
    'size',
  ],
  [
    'SharedMemory.files()',
    () => SharedMemory.files(any({ size: Size.mebibytes(1), mountpath: '/run/routes' })),
    'mountpath',
    'mountPath',
  ],
  [
    'SharedMemory.posix()',
    () => SharedMemory.posix(any({ size: Size.mebibytes(1), backin: 1 })),
    'backin',
    'backing',
  ],
  [
    'SharedMemory.systemV()',
    () => SharedMemory.systemV(any({ size: Size.mebibytes(1), nam: 'ring' })),
    'nam',
    'name',
  ],
  [
    'SharedMemory.descriptors()',
    () => SharedMemory.descriptors(any({ size: Size.mebibytes(1), mounPath: '/run/x' })),
    'mounPath',
    'mountPath',
  ],
  [
    'ReadyWhen.file()',
    () => ReadyWhen.file('table', any({ toolImage: TOOLS, memroy: 'data' })),
    'memroy',
    'memory',
  ],
  ['Leftovers.sweep()', () => Leftovers.sweep(any({ exept: ['table'] })), 'exept', 'except'],
  [
    'AgentUpdate.rolling()',
    () => AgentUpdate.rolling(any({ maxUnavailabe: 1 })),
    'maxUnavailabe',
    'maxUnavailable',
  ],
  [
    'AgentUpdate.waves()',
    () => AgentUpdate.waves(any({ label: 'example.com/wave', order: ['a', 'b'], throug: 'a' })),
    'throug',
    'through',
  ],
  [
    'Acknowledgements',
    () =>
      Acknowledgements.of(chart()).add(
        any({ rule: 'SHM301', reason: 'old', untill: '2027-01-01' }),
      ),
    'untill',
    'until',
  ],
  [
    'AgentAlerts',
    () => new AgentAlerts(chart(), 'a', any({ agents: [], runbookURL: 'x' })),
    'runbookURL',
    'runbookUrl',
  ],
  [
    'NodePreflight',
    () => new NodePreflight(chart(), 'p', any({ agents: [], toolsImage: TOOLS })),
    'toolsImage',
    'toolImage',
  ],
  [
    'NodeCleanup',
    () => new NodeCleanup(chart(), 'p', any({ contract: contract(), systemVkeys: [1] })),
    'systemVkeys',
    'systemVKeys',
  ],
  [
    'StartupTaint',
    () => new StartupTaint(chart(), 's', any({ agents: [], intervall: 1 })),
    'intervall',
    'interval',
  ],
  ['WorkloadShift', () => new WorkloadShift(chart(), 's', any({ shift: 10 })), 'shift', 'shifted'],
  ['Review.of()', () => Review.of([], any({ todya: '2027-01-01' })), 'todya', 'today'],
  ['Review.synth()', () => Review.synth(any({}), any({ pakc: 'strict' })), 'pakc', 'pack'],
])(
  'fails with an option of %s that is misspelt, and suggests the one that is meant',
  (_, act, given, near) => {
    expect(messageOf(act)).toMatch(typo(given, near));
  },
);

test.each<[string, () => unknown, string, string]>([
  [
    'SidecarAgent.attachTo()',
    () => sidecar().attachTo(deployment(chart()), any({ acess: 'readWrite' })),
    'acess',
    'access',
  ],
  [
    'attachToAll()',
    () => contract().attachToAll(chart(), any({ acounting: 1 })),
    'acounting',
    'accounting',
  ],
  [
    'PodSecurity.attachTo()',
    () =>
      PodSecurity.restricted().attachTo(deployment(chart()), any({ worklaod: 'Deployment/api' })),
    'worklaod',
    'workload',
  ],
])(
  'fails with an option of %s that is misspelt when the app is validated, and suggests the one that is meant',
  (_, attach, given, near) => {
    expect(attachMessageOf(attach)).toMatch(typo(given, near));
  },
);

test('fails without a suggestion for an option that is like no other', () => {
  expect(
    attachMessageOf(() => contract().attachTo(deployment(chart()), any({ color: 3 }))),
  ).toContain('fix: leave out "color"');
});

test('fails for a construct where options are to be written, and names it', () => {
  const at = chart();
  const grant = new ContractGrant(at, 'grant', { contract: contract(), namespace: 'shop' });
  expect(messageOf(() => new ClientPolicy(at, 'policy', { grants: [any(grant)] }))).toContain(
    'SHM007 [test/policy grants[0]] properties: given construct test/grant; allowed an object with options among access, contract, namespace; fix: write an object with those that you need',
  );
});
