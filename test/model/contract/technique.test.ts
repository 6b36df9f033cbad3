import { Size } from 'cdk8s';
import { Access, Backing, ClientVolume, SharedMemory } from '../../../src';
import { PROMISES } from '../../../src/model/contract/promises';
import { contract } from '../../yaml';

const size = Size.mebibytes(64);

test('explain() says which technique each memory has, where, and what that promises', () => {
  const text = contract({
    memory: [
      SharedMemory.files({ name: 'table', size, mountPath: '/run/routes' }),
      SharedMemory.systemV({ name: 'verdicts', size }),
    ],
  }).explain();
  expect(text.split('\n').slice(0, 5)).toEqual([
    'contract routes, version v1, served from namespace node-agents on nodes with example.com/routes-agent=yes',
    '',
    'table: 64Mi, open and mmap at /run/routes',
    '  SharedMemory.files(), Backing.directory(), by claim: /run/cdk8s-shared-memory/node-agents.routes/v1/table on the node',
    "  promised: the client reads the bytes that the agent writes: both sides mount one directory on the node's tmpfs",
  ]);
  expect(text).toContain(
    '\nverdicts: 64Mi, shmget\n  SharedMemory.systemV(): hostIPC: the IPC namespace of the node\n',
  );
});

test.each([
  ['directory-claim', { memory: [SharedMemory.files({ size, mountPath: '/a' })] }],
  ['posix-directory-claim', { memory: [SharedMemory.posix({ size })] }],
  [
    'directory-host-path',
    {
      memory: [SharedMemory.files({ size, mountPath: '/a' })],
      clientVolume: ClientVolume.hostPath(),
    },
  ],
  [
    'posix-directory-host-path',
    { memory: [SharedMemory.posix({ size })], clientVolume: ClientVolume.hostPath() },
  ],
  [
    'tmpfs-claim',
    { memory: [SharedMemory.files({ size, mountPath: '/a', backing: Backing.tmpfs() })] },
  ],
  ['posix-tmpfs-claim', { memory: [SharedMemory.posix({ size })], clients: Access.READ_WRITE }],
  [
    'tmpfs-host-path',
    {
      memory: [SharedMemory.files({ size, mountPath: '/a' })],
      clients: Access.READ_WRITE,
      clientVolume: ClientVolume.hostPath(),
    },
  ],
  [
    'posix-tmpfs-host-path',
    {
      memory: [SharedMemory.posix({ size, backing: Backing.tmpfs() })],
      clientVolume: ClientVolume.hostPath(),
    },
  ],
  ['descriptors-claim', { memory: [SharedMemory.descriptors({ size, mountPath: '/a' })] }],
  [
    'descriptors-host-path',
    {
      memory: [SharedMemory.descriptors({ size, mountPath: '/a' })],
      clientVolume: ClientVolume.hostPath(),
    },
  ],
  ['dev-shm', { memory: [SharedMemory.posix({ size, backing: Backing.devShm() })] }],
  ['system-v', { memory: [SharedMemory.systemV({ size })] }],
])('a contract of technique %s is explained by that entry of the table', (technique, props) => {
  expect(contract(props).explain()).toContain(
    `\n  ${PROMISES.find(p => p.technique === technique)!.title}: `,
  );
});
