import { Size } from 'cdk8s';
import { files, messageOf } from './message';
import {
  Access,
  AgentNodes,
  Backing,
  ClientVolume,
  ContractEnv,
  Payer,
  ReadyWhen,
  SharedMemory,
} from '../../src';
import { contract, TOOLS } from '../yaml';

const descriptors = (mountPath = '/run/routes') =>
  SharedMemory.descriptors({ size: Size.mebibytes(1), mountPath });

describe('contract', () => {
  test.each([
    [
      'name',
      { name: 'Routes' },
      'SHM001 [contract Routes] name: given "Routes"; allowed lowercase letters, digits and "-", at most 40 characters, beginning and ending with a letter or digit (a DNS label); fix: choose such a name: it becomes part of paths on the node and of names in the cluster',
    ],
    [
      'long name',
      { name: 'a'.repeat(41) },
      `SHM001 [contract ${'a'.repeat(41)}] name: given "${'a'.repeat(41)}"; allowed lowercase letters, digits and "-", at most 40 characters`,
    ],
    [
      'namespace',
      { namespace: 'node_agents' },
      'SHM001 [contract routes] namespace: given "node_agents"; allowed lowercase letters, digits and "-", at most 63 characters',
    ],
    [
      'version',
      { version: '1.0' },
      'SHM001 [contract routes] version: given "1.0"; allowed lowercase letters, digits and "-", at most 20 characters',
    ],
    [
      'missing version',
      { version: undefined as unknown as string },
      'SHM001 [contract routes] version: given nothing;',
    ],
    [
      'memory name',
      { memory: [files('/run/routes', 'a_b')] },
      'SHM001 [contract routes] memory name: given "a_b"; allowed lowercase letters, digits and "-", at most 20 characters',
    ],
    [
      'label key',
      { nodes: AgentNodes.labeled('-bad', 'yes') },
      'SHM002 [contract routes] nodes label key: given "-bad"; allowed an optional DNS subdomain and "/", then at most 63 letters',
    ],
    [
      'label value',
      { nodes: AgentNodes.labeled('ok', 'not ok') },
      'SHM002 [contract routes] nodes label value: given "not ok"; allowed at most 63 letters',
    ],
    [
      'taint key',
      { nodes: AgentNodes.dedicated('Example.com/x', 'yes') },
      'SHM002 [contract routes] nodes taint key: given "Example.com/x";',
    ],
    [
      'size zero',
      { memory: [SharedMemory.systemV({ size: Size.mebibytes(0) })] },
      'SHM003 [contract routes] size of memory data: given 0; allowed a whole number of bytes from 1 to 2^53 - 1; fix: write a size like Size.mebibytes(256)',
    ],
    [
      'size beyond 2^53',
      { memory: [SharedMemory.systemV({ size: Size.tebibytes(8192) })] },
      'SHM003 [contract routes] size of memory data: given 9007199254740992; allowed a whole number of bytes from 1 to 2^53 - 1',
    ],
    [
      'size of a fraction of a byte',
      { memory: [SharedMemory.systemV({ size: Size.kibibytes(0.3) })] },
      'SHM003 [contract routes] size of memory data: given 307.2; allowed a whole number of bytes',
    ],
    [
      'a negative ownerId',
      { ownerId: -1 },
      'SHM004 [contract routes] ownerId: given -1; allowed a whole number from 0 to 2147483647; fix: use an unprivileged id; 0 is root, for an agent that cannot run without it',
    ],
    [
      'negative groupId',
      { groupId: -1 },
      'SHM004 [contract routes] groupId: given -1; allowed a whole number from 1 to 2147483647',
    ],
    [
      'missing ownerId',
      { ownerId: undefined },
      'SHM004 [contract routes] ownerId: given nothing; allowed a whole number from 1 to 2147483647; fix: say who owns and writes the files of memory table: ownerId: 10001',
    ],
    [
      'missing groupId',
      { groupId: undefined },
      'SHM004 [contract routes] groupId: given nothing; allowed a whole number from 1 to 2147483647; fix: say who may read the files of memory table: groupId: 10001',
    ],
    [
      'no memory',
      { memory: [] },
      'SHM005 [contract routes] memory: given []; allowed one memory or more; fix: add SharedMemory.files(), .posix() or .systemV()',
    ],
    [
      'two memories of one name',
      { memory: [files('/a'), files('/b')] },
      'SHM005 [contract routes] memory: given ["data","data"]; allowed memories with different names; fix: give each memory its own name: data is given twice',
    ],
    [
      'two memories on one path',
      { memory: [files('/a', 'a'), files('/a', 'b')] },
      'SHM006 [contract routes] mountPath: given ["/a","/a"]; allowed different paths, none of which lies below another; fix: move one of the memories a and b',
    ],
    [
      'a memory below another',
      { memory: [files('/a', 'a'), files('/a/b', 'b')] },
      'SHM006 [contract routes] mountPath: given ["/a","/a/b"]; allowed different paths, none of which lies below another',
    ],
    [
      'two memories at /dev/shm',
      {
        memory: [
          SharedMemory.posix({ name: 'a', size: Size.mebibytes(1) }),
          SharedMemory.posix({ name: 'b', size: Size.mebibytes(1) }),
        ],
      },
      'SHM006 [contract routes] mountPath: given ["/dev/shm","/dev/shm"]; allowed different paths, none of which lies below another; fix: a container has one /dev/shm: give memory b a path of its own (SharedMemory.files({ mountPath })), or let both programs share one SharedMemory.posix()',
    ],
    ...[
      [ContractEnv.path(), "path('a')"],
      [ContractEnv.sizeInBytes(), "sizeInBytes('a')"],
      [ContractEnv.file('t.bin'), 'file("t.bin", { memory: \'a\' })'],
    ].map(([variable, right]): [string, object, string] => [
      `a variable that does not name its memory: ${right}`,
      { memory: [files('/a', 'a'), files('/b', 'b')], env: { DIR: variable } },
      `SHM007 [contract routes] memory of env DIR: given nothing; allowed one of a, b; fix: name the memory: ContractEnv.${right}`,
    ]),
    [
      'relative path',
      { memory: [files('run/routes')] },
      'SHM006 [contract routes] mountPath of memory data: given "run/routes"; allowed an absolute path without "..", ":" and control characters; fix: write a path like /run/routes',
    ],
    [
      'path with ..',
      { memory: [files('/run/../etc')] },
      'SHM006 [contract routes] mountPath of memory data: given "/run/../etc"; allowed an absolute path without "..", ":" and control characters',
    ],
    [
      'trailing slash',
      { memory: [files('/run/routes/')] },
      'SHM006 [contract routes] mountPath of memory data: given "/run/routes/"; allowed "/run/routes"; fix: write the path without doubled or trailing slashes',
    ],
    [
      'files at /dev/shm',
      { memory: [files('/dev/shm')] },
      'SHM006 [contract routes] mountPath of memory data: given "/dev/shm"; allowed a path of its own; fix: for /dev/shm use SharedMemory.posix()',
    ],
    [
      'files at /',
      { memory: [files('/')] },
      'SHM006 [contract routes] mountPath of memory data: given "/"; allowed a path outside /dev, /proc, /sys',
    ],
    [
      'files below /proc',
      { memory: [files('/proc/x')] },
      'SHM006 [contract routes] mountPath of memory data: given "/proc/x"; allowed a path outside /dev, /proc, /sys',
    ],
    [
      'writing clients of descriptors alone',
      { clients: Access.READ_WRITE, memory: [descriptors()] },
      'SHM007 [contract routes] clients: given "Access.READ_WRITE"; allowed Access.READ_ONLY, for a contract of SharedMemory.descriptors() alone',
    ],
    [
      'descriptors at /dev/shm',
      { memory: [descriptors('/dev/shm')] },
      'SHM006 [contract routes] mountPath of memory data: given "/dev/shm"; allowed a path of its own',
    ],
    [
      'clients that pay and only read',
      { chargedTo: Payer.CLIENT },
      'SHM007 [contract routes] chargedTo: given "Payer.CLIENT with clients that only read"; allowed Payer.AGENT: who only reads does not touch the pages first',
    ],
    [
      'another payer',
      { chargedTo: 'nobody' as Payer },
      'SHM007 [contract routes] chargedTo: given "nobody"; allowed Payer.AGENT or Payer.CLIENT',
    ],
    [
      'hostPid that is text',
      { hostPid: 'yes' as unknown as boolean },
      'SHM007 [contract routes] hostPid: given "yes"; allowed true or false',
    ],
    [
      'readyWhen of a file in a contract of sockets',
      { memory: [descriptors()], readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }) },
      'SHM007 [contract routes] readyWhen memory: given nothing; allowed one of: none, as the contract has no memory with a file',
    ],
    [
      'readyWhen of a file in System V memory',
      {
        memory: [SharedMemory.systemV({ name: 'ring', size: Size.mebibytes(1) })],
        readyWhen: ReadyWhen.file('ring', { toolImage: TOOLS }),
      },
      'SHM007 [contract routes] readyWhen memory: given nothing; allowed one of: none, as the contract has no memory with a file; fix: a System V segment has a key and no path: ReadyWhen.systemVKey(0x5348, { toolImage }), with the key that the agent gives to shmget',
    ],
    [
      'readyWhen of a socket elsewhere',
      { readyWhen: ReadyWhen.socket('../agent.sock', { toolImage: TOOLS }) },
      'SHM006 [contract routes] readyWhen socket: given "../agent.sock"; allowed a path relative to the mount path',
    ],
    [
      'a claim where nothing can be claimed',
      {
        memory: [SharedMemory.posix({ size: Size.mebibytes(1), backing: Backing.devShm() })],
        clientVolume: ClientVolume.persistentVolumeClaim(),
      },
      'SHM007 [contract routes] clientVolume: given "ClientVolume.persistentVolumeClaim()"; allowed nothing, or ClientVolume.hostPath(); fix: leave it out',
    ],
    [
      'Windows nodes',
      { nodes: AgentNodes.labeled('kubernetes.io/os', 'windows') },
      'SHM014 [contract routes] nodes: given "windows"; allowed linux; fix: choose Linux nodes',
    ],
    [
      'readyWhen without an image',
      { readyWhen: ReadyWhen.file('x', { toolImage: '' }) },
      'SHM015 [contract routes] readyWhen toolImage: given ""; allowed an image with sh, sleep, awk, ls and id; fix: write the busybox of your registry',
    ],
    [
      'readyWhen with an absolute file',
      { readyWhen: ReadyWhen.file('/run/routes/x', { toolImage: TOOLS }) },
      'SHM006 [contract routes] readyWhen file: given "/run/routes/x"; allowed a path relative to the mount path',
    ],
    [
      'readyWhen of an unknown memory',
      { readyWhen: ReadyWhen.file('x', { memory: 'tabel', toolImage: TOOLS }) },
      'SHM007 [contract routes] readyWhen memory: given "tabel"; allowed one of: table',
    ],
    [
      'readyWhen of a key without System V memory',
      { readyWhen: ReadyWhen.systemVKey(1, { toolImage: TOOLS }) },
      'SHM007 [contract routes] readyWhen systemVKey: given 1; allowed a contract with SharedMemory.systemV()',
    ],
    [
      'readyWhen of IPC_PRIVATE',
      {
        memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })],
        readyWhen: ReadyWhen.systemVKey(0, { toolImage: TOOLS }),
      },
      'SHM007 [contract routes] readyWhen systemVKey: given 0; allowed a key_t from 1 to 2^32 - 1 (0 is IPC_PRIVATE)',
    ],
  ])('fails with %s', (_, props, message) => {
    expect(messageOf(() => contract(props))).toContain(message);
  });

  test('fails with all that is wrong at once', () => {
    const lines = messageOf(() =>
      contract({ name: 'A', version: 'B', ownerId: -1, memory: [] }),
    ).split('\n');
    expect(lines.map(line => line.slice(0, 6))).toEqual(['SHM001', 'SHM001', 'SHM005', 'SHM004']);
  });

  test("fails with a negative size in cdk8s' own words", () => {
    expect(() => Size.mebibytes(-1)).toThrow('Storage amounts cannot be negative');
  });

  test('fails with a number for a size', () => {
    expect(messageOf(() => SharedMemory.systemV({ size: 256 as unknown as Size }))).toBe(
      'SHM003 [SharedMemory.systemV()] size: given 256; allowed a Size; fix: write a size like Size.mebibytes(256)',
    );
  });
});
