import { ApiObject, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { files, messageOf } from './message';
import {
  Acknowledgements,
  AgentAlerts,
  AgentContract,
  AgentNamespace,
  AgentUpdate,
  ClientNamespace,
  ClientPolicy,
  ContractGrant,
  Leftovers,
  NodeAgent,
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
  type AgentContractProps,
  type AttachOptions,
} from '../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../yaml';

/*
 * What TypeScript refuses, and JavaScript and JSON let through: each is an error in the user's
 * words, none a TypeError, nothing is ignored.
 */

const any = <T>(value: unknown) => value as T;

test.each<[string, () => unknown, string]>([
  [
    'no properties',
    () => new AgentContract(any(undefined)),
    'SHM007 [AgentContract] properties: given nothing; allowed an object;',
  ],
  [
    'an agent without properties',
    () => new NodeAgent(chart(), 'agent', any(undefined)),
    'SHM007 [test/agent] properties: given nothing;',
  ],
  [
    'a grant without properties',
    () => new ContractGrant(chart(), 'grant', any(null)),
    'SHM007 [test/grant] properties: given null;',
  ],
  [
    'a bigger /dev/shm without properties',
    () => new PodSharedMemory(any(undefined)),
    'SHM007 [PodSharedMemory] properties: given nothing;',
  ],
  [
    'one memory instead of a list',
    () => contract({ memory: any(files('/run/routes')) }),
    'SHM005 [contract routes] memory: given {"_spec":',
  ],
  [
    'files without a path',
    () => contract({ memory: [SharedMemory.files(any({ size: Size.mebibytes(1) }))] }),
    'SHM006 [contract routes] mountPath of memory data: given nothing; allowed an absolute path',
  ],
  [
    'a path that is a number',
    () => contract({ memory: [files(any(5))] }),
    'SHM006 [contract routes] mountPath of memory data: given 5;',
  ],
  [
    'a file to wait for that is a number',
    () => contract({ readyWhen: ReadyWhen.file(any(5), { toolImage: TOOLS }) }),
    'SHM006 [contract routes] readyWhen file: given 5;',
  ],
  [
    'containers that are no list',
    () => agent({ containers: any({}) }),
    'SHM009 [test/agent] containers: given {}; allowed a list of containers;',
  ],
  [
    'a container that is nothing',
    () => agent({ containers: any([null]) }),
    'SHM009 [test/agent] containers: given [null]; allowed a list of containers;',
  ],
  [
    'options that are null',
    () => contract().attachTo(deployment(chart()), any(null)),
    'SHM007 [attachTo] properties: given null;',
  ],
  [
    'an option of another name',
    () => contract().attachTo(deployment(chart()), any<AttachOptions>({ container: 'api' })),
    'SHM007 [attachTo] options: given ["container"]; allowed options among access, accounting, asIs, containers, replaces, workload; fix: write "containers" instead of "container"',
  ],
  [
    'a frozen object',
    () =>
      contract().attachTo(
        Object.freeze(
          new ApiObject(chart(), 'pod', any({ apiVersion: 'v1', kind: 'Pod', spec: {} })),
        ),
      ),
    'SHM016 [test/pod] toJson: given a frozen object;',
  ],
  [
    'a kind that every object inherits',
    () =>
      contract().attachTo(new ApiObject(chart(), 'x', { apiVersion: 'v1', kind: 'constructor' })),
    'SHM008 [test/x] target: given a construct without a pod template;',
  ],
  [
    'a file in a folder that is not there',
    () => contract().toFile('/nowhere/routes.contract.json'),
    'SHM019 [contract routes] file: given ENOENT: no such file or directory',
  ],
])('fails with %s', (_, act, message) => {
  expect(messageOf(act)).toContain(message);
});

function agent(props: object): unknown {
  return new NodeAgent(chart(), 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
    ...props,
  });
}

function sidecar(): SidecarAgent {
  return new SidecarAgent({
    contract: contract(),
    containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
  });
}

const json = (memory: object) =>
  JSON.stringify({
    ...JSON.parse(contract().toJson()),
    memory: [{ name: 'data', size: '1Mi', ...memory }],
  });

test.each<[string, object, string]>([
  [
    'files without a path',
    { api: 'files' },
    'SHM006 [contract routes] mountPath of memory data: given nothing;',
  ],
  [
    'System V memory with a path',
    { api: 'systemV', mountPath: '/run/routes' },
    'SHM006 [contract routes] mountPath of memory data: given "/run/routes"; allowed nothing: System V memory has no path;',
  ],
  [
    'POSIX memory elsewhere',
    { api: 'posix', mountPath: '/run/routes' },
    'SHM006 [contract routes] mountPath of memory data: given "/run/routes"; allowed "/dev/shm"',
  ],
  [
    'System V memory with a backing',
    { api: 'systemV', backing: 'directory' },
    'SHM007 [contract routes] backing of memory data: given "directory"; allowed nothing for systemV;',
  ],
  [
    'descriptors with a backing',
    { api: 'descriptors', mountPath: '/run/routes', backing: 'tmpfs' },
    'SHM007 [contract routes] backing of memory data: given "tmpfs"; allowed nothing for descriptors;',
  ],
  [
    'a size beyond all numbers',
    { api: 'systemV', size: '1e9999' },
    'SHM003 [contract routes] size of memory data: given Infinity;',
  ],
])('fails with %s in JSON', (_, memory, message) => {
  expect(messageOf(() => AgentContract.fromJson(json(memory)))).toContain(message);
});

test('a name twice in the list of containers is once', () => {
  const props: Partial<AgentContractProps> = {};
  const d = deployment(chart());
  contract(props).attachTo(d, { containers: ['api', 'api'] });
  const annotation =
    ApiObject.of(d).toJson().metadata.annotations['cdk8s-shared-memory/contract.routes'];
  expect(JSON.parse(annotation).containers).toEqual(['api']);
});

const typo = (given: string, near: string) =>
  `options: given ["${given}"]; allowed options among ` +
  `[^;]*\\b${near}\\b[^;]*; fix: write "${near}" instead of "${given}"`;

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
    'SidecarAgent.attachTo()',
    () => sidecar().attachTo(deployment(chart()), any({ acess: 'readWrite' })),
    'acess',
    'access',
  ],
  [
    'serveFrom()',
    () => contract().serveFrom(deployment(chart()), any({ toolimage: TOOLS })),
    'toolimage',
    'toolImage',
  ],
  [
    'attachToAll()',
    () => contract().attachToAll(chart(), any({ acounting: 1 })),
    'acounting',
    'accounting',
  ],
  [
    'PodSharedMemory',
    () => new PodSharedMemory(any({ size: Size.mebibytes(1), siz: 1 })),
    'siz',
    'size',
  ],
  [
    'PodSecurity.attachTo()',
    () =>
      PodSecurity.restricted().attachTo(deployment(chart()), any({ worklaod: 'Deployment/api' })),
    'worklaod',
    'workload',
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
    expect(messageOf(act)).toMatch(
      new RegExp(
        `SHM007 \\[.+\\] ${typo(given, near)}`.replaceAll('["', '\\["').replaceAll('"]', '"\\]'),
      ),
    );
  },
);

test('fails without a suggestion for an option that is like no other', () => {
  expect(messageOf(() => contract().attachTo(deployment(chart()), any({ color: 3 })))).toContain(
    'fix: leave out "color"',
  );
});
