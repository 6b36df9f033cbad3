import { Size } from 'cdk8s';
import * as fc from 'fast-check';
import {
  Access,
  AgentNodes,
  Backing,
  ClientVolume,
  Payer,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
} from '../../../src';
import { specOf } from '../../../src/constructs/contract/agent-contract';
import { comparedContract } from '../../../src/model/contract/compared-contract';
import { contract, TOOLS } from '../../yaml';

const size = Size.mebibytes(64);
const table = (more: object = {}) =>
  SharedMemory.files({ name: 'table', size, mountPath: '/run/routes', ...more });
const old = (props: Partial<AgentContractProps> = {}) => contract({ memory: [table()], ...props });
const waitsFor = (kind: string, name: string) => `{"toolImage":"${TOOLS}","${kind}":"${name}"}`;
const shown = (before: Partial<AgentContractProps>, after: Partial<AgentContractProps>) =>
  old(after)
    .compatibleWith(old(before))
    .changes.map(c => [c.breaks, c.field, c.from, c.to, c.mustFollow.join(' ')]);

test('equal contracts have no difference', () => {
  expect(old().compatibleWith(old())).toEqual({
    compatible: true,
    changes: [],
    text: 'contract routes: no difference\n',
  });
});

test.each<[string, Partial<AgentContractProps>, Partial<AgentContractProps>, unknown[][]]>([
  [
    'another version',
    {},
    { version: 'v2' },
    [[true, 'version', 'v1', 'v2', 'agent grants clients']],
  ],
  [
    'another namespace',
    {},
    { namespace: 'other' },
    [[true, 'namespace', 'node-agents', 'other', 'agent grants clients']],
  ],
  [
    'a memory more',
    {},
    { memory: [table(), SharedMemory.systemV({ name: 'ring', size })] },
    [[false, 'memory ring', 'absent', '64Mi of systemV', 'agent grants']],
  ],
  [
    'a memory less',
    { memory: [table(), SharedMemory.files({ name: 'ring', size, mountPath: '/run/ring' })] },
    {},
    [
      [
        true,
        'memory ring',
        '64Mi of files in /run/cdk8s-shared-memory/node-agents.routes/v1/ring',
        'absent',
        'grants clients',
      ],
    ],
  ],
  [
    'another API in the same directory',
    {},
    { memory: [SharedMemory.posix({ name: 'table', size })] },
    [[false, 'memory table api', 'files', 'posix', 'agent clients']],
  ],
  [
    'another API elsewhere',
    {},
    { memory: [SharedMemory.systemV({ name: 'table', size })] },
    [[true, 'memory table api', 'files', 'systemV', 'agent clients']],
  ],
  [
    'another mount path',
    {},
    { memory: [table({ mountPath: '/run/other' })] },
    [[false, 'memory table mountPath', '/run/routes', '/run/other', 'agent clients']],
  ],
  [
    'another backing',
    {},
    { memory: [table({ backing: Backing.tmpfs() })] },
    [[true, 'memory table backing', 'directory', 'tmpfs', 'agent grants clients']],
  ],
  [
    'nodes where SELinux is enforcing',
    { memory: [table({ backing: Backing.tmpfs() })] },
    { memory: [table({ backing: Backing.tmpfs() })], seLinux: true },
    [[true, 'seLinux', 'absent', 'true', 'agent clients']],
  ],
  [
    'nodes where SELinux is not enforcing any more',
    { memory: [table({ backing: Backing.tmpfs() })], seLinux: true },
    { memory: [table({ backing: Backing.tmpfs() })] },
    [[true, 'seLinux', 'true', 'absent', 'agent clients']],
  ],
  [
    'a tmpfs from which code may be mapped',
    { memory: [table({ backing: Backing.tmpfs() })] },
    { memory: [table({ backing: Backing.tmpfs({ executable: true }) })] },
    [[true, 'memory table executable', 'false', 'true', 'agent']],
  ],
  [
    'a tmpfs from which no code may be mapped any more',
    { memory: [table({ backing: Backing.tmpfs({ executable: true }) })] },
    { memory: [table({ backing: Backing.tmpfs() })] },
    [[true, 'memory table executable', 'true', 'false', 'agent']],
  ],
  [
    'a larger size',
    {},
    { memory: [table({ size: Size.mebibytes(128) })] },
    [[false, 'memory table size', '64Mi', '128Mi', 'agent']],
  ],
  [
    'a smaller size',
    {},
    { memory: [table({ size: Size.mebibytes(32) })] },
    [[false, 'memory table size', '64Mi', '32Mi', 'agent']],
  ],
  [
    'a larger size that clients pay for',
    { clients: Access.READ_WRITE, chargedTo: Payer.CLIENT },
    {
      clients: Access.READ_WRITE,
      chargedTo: Payer.CLIENT,
      memory: [table({ size: Size.mebibytes(128) })],
    },
    [[true, 'memory table size', '64Mi', '128Mi', 'agent clients']],
  ],
  [
    'another acknowledgement',
    { memory: [SharedMemory.systemV({ size })] },
    {
      memory: [SharedMemory.systemV({ size })],
      acknowledgements: [{ rule: 'SHM301', reason: 'a' }],
    },
    [[false, 'acknowledgements', '[]', '[{"rule":"SHM301","reason":"a"}]', 'agent clients']],
  ],
  ['another owner', {}, { ownerId: 10002 }, [[false, 'ownerId', '10001', '10002', 'agent']]],
  ['another group', {}, { groupId: 2001 }, [[true, 'groupId', '2000', '2001', 'agent clients']]],
  [
    'clients that may write, which changes the default backing too',
    {},
    { clients: Access.READ_WRITE },
    [
      [true, 'memory table backing', 'directory', 'tmpfs', 'agent grants clients'],
      [false, 'clients', 'readOnly', 'readWrite', 'agent grants'],
    ],
  ],
  [
    'clients that may no longer write',
    { clients: Access.READ_WRITE, memory: [table({ backing: Backing.tmpfs() })] },
    { memory: [table({ backing: Backing.tmpfs() })] },
    [[true, 'clients', 'readWrite', 'readOnly', 'agent grants clients']],
  ],
  [
    'other nodes',
    {},
    { nodes: AgentNodes.labeled('a', 'b') },
    [
      [
        true,
        'nodes',
        'example.com/routes-agent=yes, taint example.com/routes-agent=yes:NoSchedule',
        'a=b',
        'agent grants clients',
      ],
    ],
  ],
  [
    'hostPath instead of claims',
    {},
    { clientVolume: ClientVolume.hostPath() },
    [[false, 'clientVolume', 'persistentVolumeClaim', 'hostPath', 'clients']],
  ],
  [
    "the node's processes",
    {},
    { hostPid: true },
    [[true, 'hostPid', 'false', 'true', 'agent clients']],
  ],
  [
    "no longer the node's network",
    { hostNetwork: true },
    { hostNetwork: false },
    [[false, 'hostNetwork', 'true', 'false', 'agent clients']],
  ],
  [
    'something to wait for',
    {},
    { readyWhen: ReadyWhen.file('a', { toolImage: TOOLS }) },
    [[false, 'readyWhen', 'absent', waitsFor('file', 'a'), 'agent clients']],
  ],
  [
    'another file to wait for, which an old client does not know',
    { readyWhen: ReadyWhen.file('a', { toolImage: TOOLS }) },
    { readyWhen: ReadyWhen.file('b', { toolImage: TOOLS }) },
    [[true, 'readyWhen', waitsFor('file', 'a'), waitsFor('file', 'b'), 'agent clients']],
  ],
  [
    'nothing to wait for any more, for which an old client waits all the same',
    { readyWhen: ReadyWhen.socket('a', { toolImage: TOOLS }) },
    {},
    [[true, 'readyWhen', waitsFor('socket', 'a'), 'absent', 'clients']],
  ],
  [
    'the same file to wait for, with another image and the memory by name',
    { readyWhen: ReadyWhen.file('a', { toolImage: TOOLS }) },
    { readyWhen: ReadyWhen.file('a', { toolImage: 'busybox:2', memory: 'table' }) },
    [
      [
        false,
        'readyWhen',
        waitsFor('file', 'a'),
        '{"toolImage":"busybox:2","file":"a","memory":"table"}',
        'clients',
      ],
    ],
  ],
])('%s', (_, before, after, changes) => {
  expect(shown(before, after)).toEqual(changes);
});

test('the text says whether it is compatible, and who must follow', () => {
  expect(
    old({ groupId: 2001, memory: [table({ size: Size.mebibytes(128) })] }).compatibleWith(old())
      .text,
  ).toBe(
    [
      'contract routes: not compatible: 1 of 2 differences break clients that were rendered before',
      'keeps  memory table size: 64Mi -> 128Mi: more room under the same path; must follow: agent',
      'breaks groupId: 2000 -> 2001: clients that were rendered before are not in the new group, and may not read; must follow: agent, clients',
      '',
    ].join('\n'),
  );
});

test('the text of another object to wait for says what the agent must go on making', () => {
  const waiting = (key: number) =>
    contract({
      memory: [SharedMemory.systemV({ name: 'ring', size })],
      readyWhen: ReadyWhen.systemVKey(key, { toolImage: TOOLS }),
    });
  expect(waiting(2).compatibleWith(waiting(1)).text).toBe(
    [
      'contract routes: not compatible: 1 of 1 differences break clients that were rendered before',
      `breaks readyWhen: {"toolImage":"${TOOLS}","systemVKey":1} -> {"toolImage":"${TOOLS}","systemVKey":2}: clients that were rendered before still wait for the old object, so new pods of them never start if the agent no longer makes it: let it go on making it until they have followed; must follow: agent, clients`,
      '',
    ].join('\n'),
  );
});

test('fails with what is no contract', () => {
  expect(() => old().compatibleWith({} as never)).toThrow(
    'SHM018 [contract routes] contract: given {}; allowed an AgentContract;',
  );
});

/**
 * Contracts that differ in anything: whatever the difference, it is listed, and there is one only
 * where the JSON differs.
 */
test('every difference in the JSON form is listed, and nothing else', () => {
  const some = fc.record({
    version: fc.constantFrom('v1', 'v2'),
    ownerId: fc.constantFrom(1, 2),
    groupId: fc.constantFrom(1, 2),
    hostPid: fc.constantFrom(undefined, true),
    nodes: fc.constantFrom(AgentNodes.all(), AgentNodes.dedicated('a', 'b')),
    clients: fc.constantFrom(Access.READ_ONLY, Access.READ_WRITE),
    memory: fc.constantFrom<SharedMemory[]>(
      [table()],
      [table({ size: Size.kibibytes(4) })],
      [table(), SharedMemory.systemV({ name: 'ring', size })],
      [SharedMemory.posix({ name: 'table', size })],
    ),
  });
  fc.assert(
    fc.property(some, some, (a, b) => {
      const [before, after] = [old(a), old(b)];
      const { compatible, changes } = after.compatibleWith(before);
      expect(changes.length > 0).toBe(before.toJson() !== after.toJson());
      expect(compatible).toBe(changes.every(c => !c.breaks));
    }),
  );
});

test('the directory of a memory is what both sides mount: none for System V, the whole /dev/shm of the node', () => {
  const directories = (memory: SharedMemory) =>
    comparedContract(specOf(contract({ memory: [memory] }), '')).memory.map(m =>
      'directory' in m ? m.directory : 'none',
    );
  expect(directories(SharedMemory.systemV({ name: 'table', size }))).toEqual(['none']);
  expect(
    directories(SharedMemory.posix({ name: 'table', size, backing: Backing.devShm() })),
  ).toEqual(['/dev/shm']);
  expect(directories(table())).toEqual(['/run/cdk8s-shared-memory/node-agents.routes/v1/table']);
});
