import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  DEV_SHM,
  dir,
  DIRECTORY,
  LEAF,
  nodeOfFiles,
  OWNER,
  plant,
  PREFLIGHT,
  run,
  SYSTEM_V,
  TMPFS,
} from './node-of-files';

nodeOfFiles();

const link = (path: string) => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  symlinkSync('/etc', join(dir, path));
};
const PROBLEMS: [string, Record<string, string>, () => void, string][] = [
  [
    'an old kernel, for descriptors',
    { BUDGET: '1', KERNEL: '5.1' },
    () => plant({ 'answers/kernel': '4.19.0' }),
    "kernel 4.19.0: a client could write to the agent's memory, because the seal that prevents it came with 5.1; use a node with a newer kernel",
  ],
  [
    'an old kernel of the same major version',
    { BUDGET: '1', KERNEL: '5.1' },
    () => plant({ 'answers/kernel': '5.0.21-generic' }),
    'kernel 5.0.21-generic: a client could write',
  ],
  [
    'too little memory',
    DIRECTORY,
    () => plant({ 'proc/meminfo': 'MemAvailable: 65535 kB\n' }),
    'memory: 65535Ki are available, but the contracts may take 65536Ki; use a node with more memory, or lower the sizes',
  ],
  [
    '/run on a disk',
    DIRECTORY,
    () => plant({ 'answers/filesystem': 'ext2/ext3' }),
    '/run is on ext2/ext3, not on a tmpfs: the agent refuses it',
  ],
  [
    'no room in /run',
    DIRECTORY,
    () => plant({ 'answers/df-run': 'tmpfs 66000 1000 65000 1% /run' }),
    '/run has room for 65000Ki, but the directories in it may take 65536Ki;',
  ],
  [
    'the directory of somebody else',
    DIRECTORY,
    () => plant({ [OWNER]: 'ns/routes\n', 'answers/stat': '4242:0:777' }),
    '/run/cdk8s-shared-memory/ns.routes must be a directory of root with mode 0755, not a directory of 7:7 with mode 755: the agent refuses it;',
  ],
  [
    'a link in its place',
    DIRECTORY,
    () => link('node/run/cdk8s-shared-memory/ns.routes'),
    '/run/cdk8s-shared-memory/ns.routes must be a directory of root',
  ],
  [
    'another agent',
    DIRECTORY,
    () => plant({ [OWNER]: 'other/agent by example.com/size\n' }),
    '/run/cdk8s-shared-memory/ns.routes is served by other/agent by example.com/size, not by ns/routes: the agent refuses it;',
  ],
  [
    'a link in place of the memory',
    DIRECTORY,
    () => link(LEAF),
    '/run/cdk8s-shared-memory/ns.routes/v1/table is not a directory: the agent refuses it;',
  ],
  [
    'leftovers beyond the size',
    DIRECTORY,
    () => plant({ [`${LEAF}/x`]: '', 'answers/du': '65537' }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table holds 65537Ki, more than its size 65536Ki: an earlier agent left it',
  ],
  [
    'a tmpfs that a directory was to be',
    DIRECTORY,
    () => plant({ [`${LEAF}/x`]: '', 'proc/mounts': `x ${dir}/${LEAF} tmpfs rw 0 0\n` }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table has the mounts 1 tmpfs, which is not Backing.directory()',
  ],
  [
    'a directory that a tmpfs was to be',
    TMPFS,
    () => plant({ [`${LEAF}/x`]: '' }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table exists, but is not the bare mountpoint of a tmpfs',
  ],
  [
    'two tmpfs, one over the other',
    TMPFS,
    () => plant({ [`${LEAF}/x`]: '', 'proc/mounts': `x ${dir}/${LEAF} tmpfs rw 0 0\n`.repeat(2) }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table has the mounts 2 tmpfs',
  ],
  [
    'a tmpfs that holds more than it may',
    TMPFS,
    () =>
      plant({
        [`${LEAF}/x`]: '',
        'proc/mounts': `x ${dir}/${LEAF} tmpfs rw 0 0\n`,
        'answers/df-run': 'tmpfs 90000 70000 20000 1% /x',
      }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table holds 70000Ki, more than its size 65536Ki',
  ],
  [
    'a small /dev/shm',
    DEV_SHM,
    () => plant({ 'answers/df-shm': 'tmpfs 9000 1000 8000 1% /dev/shm' }),
    '/dev/shm: 1000Ki of 9000Ki are used, but the contracts may take 8192Ki;',
  ],
  [
    'kernel.shmmax',
    SYSTEM_V,
    () => plant({ 'proc/sys/kernel/shmmax': '33554432\n' }),
    'kernel.shmmax is 33554432 bytes, but the largest segment has 40960Ki: shmget fails; raise the limit',
  ],
  [
    'kernel.shmall',
    SYSTEM_V,
    () =>
      plant({
        'proc/sys/kernel/shmall': '20000\n',
        'proc/sysvipc/shm': 'key shmid perms size\n 1 0 600 16777215\n 2 1 600 1\n',
      }),
    'kernel.shmall is 20000 pages, of which 4097 are used, but the contracts may take 65536Ki: shmget fails; raise the limit',
  ],
  [
    'kernel.shmmni',
    SYSTEM_V,
    () =>
      plant({
        'proc/sys/kernel/shmmni': '2\n',
        'proc/sysvipc/shm': 'key shmid perms size\n 1 0 600 4096\n',
      }),
    'kernel.shmmni is 2, there are 1 segments, and the contracts have 2: shmget fails; raise the limit',
  ],
];

test.each(PROBLEMS)('a problem: %s', (_, env, defect, words) => {
  defect();
  const { status, stderr, log, verdict } = run(PREFLIGHT, env);
  expect([status, stderr, log.at(-1)]).toEqual([1, '', 'n1: not fit, problems: 1, warnings: 0']);
  expect(verdict[0]).toBe('n1: not fit, problems: 1, warnings: 0');
  expect(verdict.slice(1)).toEqual([expect.stringContaining(`problem: ${words}`)]);
  expect(log).toContain(verdict[1]);
});

test('an empty directory that a pod made before the agent is a warning', () => {
  mkdirSync(join(dir, LEAF, 'shared'), { recursive: true, mode: 0o755 });
  plant({ 'answers/stat': '0:0:755' });
  expect(run(PREFLIGHT, TMPFS).verdict).toEqual([
    'n1: passed, warnings: 1',
    'warning: /run/cdk8s-shared-memory/ns.routes/v1/table is an empty directory of root, as a pod with type DirectoryOrCreate makes it: the agent replaces it',
  ]);
});

test('all that is wrong is said at once', () => {
  plant({
    'proc/meminfo': 'MemAvailable: 1 kB\n',
    [OWNER]: 'other/agent\n',
    'answers/filesystem': 'ext2/ext3',
    'node/sys/fs/selinux/enforce': '1',
  });
  const { status, verdict } = run(PREFLIGHT, DIRECTORY);
  expect(status).toBe(1);
  expect(verdict.map(line => line.slice(0, 40))).toEqual([
    'n1: not fit, problems: 3, warnings: 1',
    'problem: memory: 1Ki are available, but ',
    'problem: /run/cdk8s-shared-memory/ns.rou',
    'problem: /run is on ext2/ext3, not on a ',
    'warning: SELinux is enforcing: agents an',
  ]);
});
