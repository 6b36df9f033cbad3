import { Size } from 'cdk8s';
import {
  AgentNodes,
  Backing,
  NodeCleanup,
  ReadyWhen,
  SharedMemory,
  type AgentContract,
  type NodeCleanupProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const files = () =>
  SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' });
const tmpfs = () =>
  SharedMemory.files({
    name: 'ring',
    size: Size.mebibytes(32),
    mountPath: '/run/ring',
    backing: Backing.tmpfs(),
  });
const systemV = () => SharedMemory.systemV({ name: 'flags', size: Size.mebibytes(16) });
const devShm = () =>
  SharedMemory.posix({ name: 'log', size: Size.mebibytes(8), backing: Backing.devShm() });

function cleanup(of: AgentContract, props: Partial<NodeCleanupProps> = {}): Rendered {
  const c = chart();
  new NodeCleanup(c, 'cleanup', { contract: of, toolImage: TOOLS, ...props });
  return rendered(c, 'DaemonSet')[0];
}
const pod = (daemonSet: Rendered) => daemonSet.spec.template.spec;
const steps = (daemonSet: Rendered) => pod(daemonSet).initContainers.map((c: Rendered) => c.name);
const stepOf = (daemonSet: Rendered, name: string) =>
  pod(daemonSet).initContainers.find((c: Rendered) => c.name === name);
const profiles = (daemonSet: Rendered) => daemonSet.spec.template.metadata.annotations ?? {};
const valuesOf = ({ env }: Rendered) =>
  Object.fromEntries(env.filter((e: Rendered) => e.value).map((e: Rendered) => [e.name, e.value]));
const envOf = (daemonSet: Rendered, step: string) => valuesOf(stepOf(daemonSet, step));

test("runs on nodes with a label of its own, or on nodes of one's choice", () => {
  const daemonSet = cleanup(contract());
  expect(daemonSet.metadata).toMatchObject({ name: 'routes-cleanup', namespace: 'node-agents' });
  expect(pod(daemonSet).nodeSelector).toEqual({ 'cdk8s-shared-memory/routes-cleanup': 'yes' });
  expect(pod(daemonSet).tolerations).toEqual([{ operator: 'Exists' }]);
  expect(
    pod(cleanup(contract(), { nodes: AgentNodes.labeled('example.com/old', 'yes') })).nodeSelector,
  ).toEqual({ 'example.com/old': 'yes' });
});

test('a directory: its check sees what processes have, and changes nothing; emptied by root with one capability, which reaches that directory alone', () => {
  const daemonSet = cleanup(contract({ memory: [files()] }));
  expect([steps(daemonSet), pod(daemonSet).hostPID, pod(daemonSet).hostIPC]).toEqual([
    ['check', 'remove'],
    true,
    undefined,
  ]);
  expect(pod(daemonSet).volumes).toEqual([
    {
      hostPath: { path: '/run/cdk8s-shared-memory/node-agents.routes', type: 'DirectoryOrCreate' },
      name: 'contract',
    },
  ]);
  expect(stepOf(daemonSet, 'check')).toMatchObject({
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['SYS_PTRACE', 'DAC_READ_SEARCH'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsUser: 0,
    },
    volumeMounts: [{ mountPath: '/node', name: 'contract', readOnly: true }],
  });
  expect(profiles(daemonSet)).toEqual({
    'container.apparmor.security.beta.kubernetes.io/check': 'unconfined',
  });
  expect(stepOf(daemonSet, 'remove')).toMatchObject({
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['DAC_OVERRIDE'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsUser: 0,
    },
    volumeMounts: [{ mountPath: '/node', name: 'contract' }],
  });
  expect(envOf(daemonSet, 'check')).toEqual({
    CONTRACT: 'node-agents.routes',
    DIRECTORY: '/run/cdk8s-shared-memory/node-agents.routes',
  });
});

test('a tmpfs: the one privileged step, between the check and the removal', () => {
  const daemonSet = cleanup(contract({ memory: [tmpfs()] }));
  expect(steps(daemonSet)).toEqual(['check', 'unmount', 'remove']);
  expect(stepOf(daemonSet, 'unmount')).toMatchObject({
    securityContext: { privileged: true },
    volumeMounts: [{ mountPath: '/node', mountPropagation: 'Bidirectional', name: 'contract' }],
  });
  expect(
    pod(daemonSet).initContainers.filter((c: Rendered) => c.securityContext.privileged),
  ).toHaveLength(1);
});

test("segments: by their keys, as their owner, in the node's IPC namespace", () => {
  const daemonSet = cleanup(contract({ memory: [systemV()] }), {
    systemVKeys: [0x5348, 0xf0000000],
  });
  expect([steps(daemonSet), pod(daemonSet).hostIPC, pod(daemonSet).volumes]).toEqual([
    ['check', 'remove-objects'],
    true,
    undefined,
  ]);
  expect(envOf(daemonSet, 'remove-objects')).toEqual({ OWNER: '10001', KEYS: '21320 -268435456' });
  expect(envOf(daemonSet, 'check')).toEqual({
    CONTRACT: 'node-agents.routes',
    KEYS: '21320 -268435456',
  });
  expect(stepOf(daemonSet, 'check')).toMatchObject({
    securityContext: { capabilities: { drop: ['ALL'] }, runAsUser: 65534, runAsNonRoot: true },
  });
  expect(profiles(daemonSet)).toEqual({});
  expect(stepOf(daemonSet, 'remove-objects').securityContext).toMatchObject({
    capabilities: { drop: ['ALL'] },
    runAsGroup: 2000,
    runAsNonRoot: true,
    runAsUser: 10001,
  });
  expect(daemonSet.metadata.annotations['cdk8s-shared-memory/acknowledge.SHM301']).toMatch(
    /^NodeCleanup: removes System V segments/,
  );
});

test("objects of the node's /dev/shm: by their names, as their owner", () => {
  const daemonSet = cleanup(contract({ memory: [devShm()] }), {
    devShmObjects: ['routes.ring', 'sem.routes'],
  });
  expect([steps(daemonSet), pod(daemonSet).hostIPC]).toEqual([
    ['check', 'remove-objects'],
    undefined,
  ]);
  expect(pod(daemonSet).volumes).toEqual([
    { hostPath: { path: '/dev/shm', type: 'Directory' }, name: 'dev-shm' },
  ]);
  expect(envOf(daemonSet, 'remove-objects')).toEqual({
    OWNER: '10001',
    OBJECTS: 'routes.ring sem.routes',
  });
  expect(envOf(daemonSet, 'check')).toEqual({
    CONTRACT: 'node-agents.routes',
    OBJECTS: 'routes.ring sem.routes',
  });
  expect(stepOf(daemonSet, 'check')).toMatchObject({
    securityContext: { capabilities: { add: ['SYS_PTRACE', 'DAC_READ_SEARCH'] }, runAsUser: 0 },
    volumeMounts: [{ mountPath: '/node-shm', name: 'dev-shm', readOnly: true }],
  });
  expect(daemonSet.metadata.annotations['cdk8s-shared-memory/acknowledge.SHM303']).toMatch(
    /^NodeCleanup: removes objects/,
  );
});

test('keys and names that the contract knows need not be said again', () => {
  const ready = (readyWhen: ReadyWhen, memory: SharedMemory) =>
    envOf(cleanup(contract({ memory: [memory], readyWhen })), 'remove-objects');
  expect(ready(ReadyWhen.systemVKey(7, { toolImage: TOOLS }), systemV())).toMatchObject({
    KEYS: '7',
  });
  expect(ready(ReadyWhen.file('ring', { toolImage: TOOLS }), devShm())).toMatchObject({
    OBJECTS: 'ring',
  });
});

test('passes the strict schema of Kubernetes', () => {
  expect(
    schemaErrors(
      cleanup(contract({ memory: [files(), tmpfs(), systemV(), devShm()] }), {
        systemVKeys: [1],
        devShmObjects: ['x'],
      }),
    ),
  ).toEqual([]);
});

test.each<[string, AgentContract, Partial<NodeCleanupProps>, RegExp]>([
  [
    'no keys',
    contract({ memory: [systemV()] }),
    {},
    /^SHM007 .* systemVKeys: given nothing; allowed the keys of the agent's segments/,
  ],
  [
    'a key that is IPC_PRIVATE',
    contract({ memory: [systemV()] }),
    { systemVKeys: [0] },
    /^SHM007 .* systemVKeys: given \[0\]/,
  ],
  [
    'keys of a contract without segments',
    contract(),
    { systemVKeys: [1] },
    /^SHM007 .* systemVKeys: given \[1\]; allowed nothing: contract routes has no System V memory/,
  ],
  [
    'no names',
    contract({ memory: [devShm()] }),
    {},
    /^SHM007 .* devShmObjects: given nothing; allowed the names of the agent's objects/,
  ],
  [
    'a name that leads elsewhere',
    contract({ memory: [devShm()] }),
    { devShmObjects: ['../x'] },
    /^SHM007 .* devShmObjects: given \["\.\.\/x"\]/,
  ],
  [
    'the directory itself',
    contract({ memory: [devShm()] }),
    { devShmObjects: ['..'] },
    /^SHM007 .* devShmObjects/,
  ],
  [
    'a pattern',
    contract({ memory: [devShm()] }),
    { devShmObjects: ['*'] },
    /^SHM007 .* devShmObjects/,
  ],
  [
    'names of a contract without objects',
    contract(),
    { devShmObjects: ['x'] },
    /^SHM007 .* devShmObjects: given \["x"\]; allowed nothing/,
  ],
  [
    'segments of nobody',
    contract({ memory: [systemV()], ownerId: undefined, groupId: undefined }),
    { systemVKeys: [1] },
    /^SHM004 .* contract\.ownerId: given nothing; allowed the user of the agent/,
  ],
  [
    'no image',
    contract(),
    { toolImage: '' },
    /^SHM015 .* toolImage: given ""; allowed an image with sh, awk/,
  ],
  ['a name that is none', contract(), { name: 'x_y' }, /^SHM001 .* name: given "x_y"/],
])('fails: %s', (_, of, props, message) => {
  expect(messageOf(() => cleanup(of, props))).toMatch(message);
});
