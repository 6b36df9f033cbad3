import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PREFLIGHT, PROPAGATION } from '../../../src/model/node/preflight-script';

/*
 * The checks run here under the system's own sh, on a node that is made of files: its /proc, its
 * /run, and what df, stat, du and uname say of them. Each test plants one defect into a node that
 * has none. That they find the same on a real node is what e2e/node-tasks.ts shows.
 */
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'preflight-'));
  plant({
    'proc/meminfo':
      'MemTotal:       16000000 kB\nMemFree:         100000 kB\nMemAvailable:    8000000 kB\n',
    'proc/mounts': '',
    'proc/sys/fs/protected_regular': '0\n',
    'proc/sys/kernel/shmmax': '18446744073692774399\n',
    'proc/sys/kernel/shmall': '18446744073692774399\n',
    'proc/sys/kernel/shmmni': '4096\n',
    'proc/sys/kernel/msgmni': '32000\n',
    'proc/sys/kernel/msgmax': '8192\n',
    'proc/sys/kernel/msgmnb': '16384\n',
    'proc/sysvipc/shm': '       key      shmid perms                  size\n',
    'proc/sysvipc/msg': '       key      msqid perms\n',
    'proc/self/attr/current': 'unconfined\n',
    'node/run/systemd/system/.keep': '',
    'node/etc/systemd/logind.conf': '[Login]\n#RemoveIPC=yes\nRemoveIPC=no\n',
    'node/sys/fs/.keep': '',
    'node/dev/shm/.keep': '',
    'answers/kernel': '6.1.0-18-amd64',
    'answers/filesystem': 'tmpfs',
    'answers/df-run': 'tmpfs 1000000 1000 999000 1% /run',
    'answers/df-shm': 'tmpfs 500000 0 500000 0% /dev/shm',
    'answers/stat': '0:0:755',
    'answers/du': '12',
  });
  program('uname', `cat ${dir}/answers/kernel`);
  program(
    'stat',
    `case $1 in -f) cat ${dir}/answers/filesystem ;; *) case $2 in %u*) cat ${dir}/answers/stat ;; *) echo "directory of 7:7 with mode 755" ;; esac ;; esac`,
  );
  program(
    'df',
    `echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; case $2 in *dev/shm) cat ${dir}/answers/df-shm ;; *) cat ${dir}/answers/df-run ;; esac`,
  );
  program('du', `du=$(cat ${dir}/answers/du); [ -n "$du" ] || exit 1; echo "$du	$2"`);
});
afterEach(() => rmSync(dir, { recursive: true }));

function plant(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}
function program(name: string, text: string) {
  plant({ [`bin/${name}`]: `#!/bin/sh\n${text}\n` });
  chmodSync(join(dir, 'bin', name), 0o755);
}
function run(script: string, env: Record<string, string>) {
  const local = script
    .replaceAll('/node/', `${dir}/node/`)
    .replaceAll('/proc/', `${dir}/proc/`)
    .replaceAll('/dev/termination-log', `${dir}/verdict`);
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', local], {
    env: { PATH: `${dir}/bin:${process.env.PATH}`, NODE: 'n1', ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return {
    status,
    stderr,
    log: stdout.trim().replaceAll(`${dir}/`, '/').split('\n'),
    verdict: readFileSync(join(dir, 'verdict'), 'utf8').trim().split('\n'),
  };
}
const DIRECTORY = {
  BUDGET: '65536',
  RUN: '65536',
  CONTRACTS: 'ns.routes v1 ns/routes',
  MEMORIES: 'ns.routes/v1/table directory 65536',
};
const TMPFS = { ...DIRECTORY, RUN: '0', MEMORIES: 'ns.routes/v1/table tmpfs 65536' };
const DEV_SHM = { BUDGET: '8192', DEV_SHM: '8192', USERS: '10001' };
const SYSTEM_V = { BUDGET: '65536', SEGMENTS: '2 40960 65536', USERS: '10001' };
const LEAF = 'node/run/cdk8s-shared-memory/ns.routes/v1/table';
const OWNER = 'node/run/cdk8s-shared-memory/ns.routes/.owner';

describe('a node without a defect passes, and says what it is like', () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      'directory',
      DIRECTORY,
      [
        'ok: kernel 6.1.0-18-amd64',
        'ok: memory: 8000000Ki are available, the contracts may take 65536Ki',
        'ok: /run/cdk8s-shared-memory/ns.routes: no agent of this contract has been here',
        'ok: /run is a tmpfs with room for 999000Ki',
        'ok: SELinux is off',
      ],
    ],
    [
      '/dev/shm',
      DEV_SHM,
      [
        'ok: kernel 6.1.0-18-amd64',
        'ok: memory: 8000000Ki are available, the contracts may take 8192Ki',
        'ok: /dev/shm: 0Ki of 500000Ki are used',
        'ok: fs.protected_regular is off',
        'ok: RemoveIPC is off',
        'ok: SELinux is off',
      ],
    ],
    [
      'System V memory',
      SYSTEM_V,
      [
        'ok: kernel 6.1.0-18-amd64',
        'ok: memory: 8000000Ki are available, the contracts may take 65536Ki',
        'ok: kernel.shmmax is 18446744073692774399',
        'ok: kernel.shmall is 18446744073692774399, 0 pages are used',
        'ok: kernel.shmmni is 4096, there are 0 segments',
        'ok: kernel.msgmni is 32000, there are 0 message queues, each of at most 16384 bytes in messages of at most 8192',
        'ok: RemoveIPC is off',
        'ok: SELinux is off',
      ],
    ],
  ])('%s', (_, env, log) => {
    expect(run(PREFLIGHT, env)).toEqual({
      status: 0,
      stderr: '',
      log: [...log, 'n1: passed, warnings: 0'],
      verdict: ['n1: passed, warnings: 0'],
    });
  });
});

const link = (path: string) => {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  symlinkSync('/etc', join(dir, path));
};
const PROBLEMS: [string, Record<string, string>, () => void, string][] = [
  [
    'an old kernel, for descriptors',
    { BUDGET: '1', KERNEL: '5.1' },
    () => plant({ 'answers/kernel': '4.19.0' }),
    "kernel 4.19.0: a client could write to the agent's memory, as the seal against it came with 5.1; take a node with a newer kernel",
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
    'memory: 65535Ki are available, the contracts may take 65536Ki; take a node with more, or lower the sizes',
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
    '/run has room for 65000Ki, the directories in it may take 65536Ki;',
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
    '/run/cdk8s-shared-memory/ns.routes/v1/table holds 65537Ki, more than its size 65536Ki: left over from an earlier agent',
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
    '/run/cdk8s-shared-memory/ns.routes/v1/table is there, but not as the bare mountpoint of a tmpfs',
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
    '/dev/shm: 1000Ki of 9000Ki are used, the contracts may take 8192Ki;',
  ],
  [
    'kernel.shmmax',
    SYSTEM_V,
    () => plant({ 'proc/sys/kernel/shmmax': '33554432\n' }),
    'kernel.shmmax is 33554432 bytes, the largest segment 40960Ki: shmget fails; raise it',
  ],
  [
    'kernel.shmall',
    SYSTEM_V,
    () =>
      plant({
        'proc/sys/kernel/shmall': '20000\n',
        'proc/sysvipc/shm': 'key shmid perms size\n 1 0 600 16777215\n 2 1 600 1\n',
      }),
    'kernel.shmall is 20000 pages, of which 4097 are used; the contracts may take 65536Ki: shmget fails; raise it',
  ],
  [
    'kernel.shmmni',
    SYSTEM_V,
    () =>
      plant({
        'proc/sys/kernel/shmmni': '2\n',
        'proc/sysvipc/shm': 'key shmid perms size\n 1 0 600 4096\n',
      }),
    'kernel.shmmni is 2, and there are 1 segments; the contracts have 2: shmget fails; raise it',
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

const WARNINGS: [string, Record<string, string>, () => void, string][] = [
  [
    'a memory of another version',
    DIRECTORY,
    () =>
      plant({ [OWNER]: 'ns/routes\n', 'node/run/cdk8s-shared-memory/ns.routes/v0/table/x': '' }),
    '/run/cdk8s-shared-memory/ns.routes/v0: left by another version of the contract',
  ],
  [
    'a memory that cannot be measured',
    DIRECTORY,
    () => plant({ [`${LEAF}/x`]: '', 'answers/du': '' }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table: left by an earlier agent, and closed to its group',
  ],
  [
    'fs.protected_regular',
    DEV_SHM,
    () => plant({ 'proc/sys/fs/protected_regular': '2\n' }),
    'fs.protected_regular is on:',
  ],
  [
    'RemoveIPC',
    SYSTEM_V,
    () => plant({ 'node/etc/systemd/logind.conf': '[Login]\nRemoveIPC = Yes\n' }),
    'RemoveIPC of systemd-logind is yes:',
  ],
  [
    'RemoveIPC that nobody set',
    SYSTEM_V,
    () => rmSync(join(dir, 'node/etc/systemd/logind.conf')),
    'RemoveIPC of systemd-logind is not set in /etc and /run, and on by default: it removes segments and objects in /dev/shm of user 10001',
  ],
  [
    'RemoveIPC in a file that is read later',
    SYSTEM_V,
    () => plant({ 'node/run/systemd/logind.conf.d/50-x.conf': 'RemoveIPC=yes\n' }),
    'RemoveIPC of systemd-logind is yes:',
  ],
  [
    'all message queues used',
    SYSTEM_V,
    () => plant({ 'proc/sys/kernel/msgmni': '1\n', 'proc/sysvipc/msg': 'key msqid\n 1 0\n' }),
    'kernel.msgmni is 1, there are 1 message queues',
  ],
  [
    'SELinux, by its mode',
    DIRECTORY,
    () => plant({ 'node/sys/fs/selinux/enforce': '1' }),
    'SELinux is enforcing:',
  ],
  [
    'SELinux, by the label of the container, where its mode is closed to it',
    DIRECTORY,
    () => plant({ 'proc/self/attr/current': 'system_u:system_r:container_t:s0:c1,c2\0' }),
    'SELinux is enforcing:',
  ],
];

test.each(WARNINGS)('a warning, which stops nothing: %s', (_, env, defect, words) => {
  defect();
  const { status, stderr, verdict } = run(PREFLIGHT, env);
  expect([status, stderr.replace(/.*null byte.*\n/, '')]).toEqual([0, '']);
  expect(verdict).toEqual([
    'n1: passed, warnings: 1',
    expect.stringContaining(`warning: ${words}`),
  ]);
});

const FINE: [string, Record<string, string>, () => void, string][] = [
  [
    'what the same agent left is taken over, and needs no room again',
    DIRECTORY,
    () =>
      plant({
        [OWNER]: 'ns/routes\n',
        [`${LEAF}/x`]: '',
        'answers/du': '60000',
        'answers/df-run': 'tmpfs 66000 60000 6000 1% /run',
      }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table holds 60000Ki of an earlier agent, which the next one takes over',
  ],
  [
    'the tmpfs of the same agent',
    TMPFS,
    () =>
      plant({
        [`${LEAF}/x`]: '',
        'proc/mounts': `x ${dir}/${LEAF} tmpfs rw 0 0\n`,
        'answers/df-run': 'tmpfs 65536 4 65532 1% /x',
      }),
    '/run/cdk8s-shared-memory/ns.routes/v1/table holds 4Ki of an earlier agent, which the next one takes over',
  ],
  [
    'a file of systemd in /etc hides that of the same name in /run',
    SYSTEM_V,
    () =>
      plant({
        'node/run/systemd/logind.conf.d/50-x.conf': 'RemoveIPC=yes\n',
        'node/etc/systemd/logind.conf.d/50-x.conf': 'RemoveIPC=no\n',
      }),
    'RemoveIPC is off',
  ],
  [
    'no systemd',
    SYSTEM_V,
    () => rmSync(join(dir, 'node/run/systemd'), { recursive: true }),
    'no systemd, which would remove IPC objects',
  ],
  [
    'SELinux that is permissive',
    DIRECTORY,
    () =>
      plant({
        'node/sys/fs/selinux/enforce': '0',
        'proc/self/attr/current': 'system_u:system_r:container_t:s0',
      }),
    'SELinux is permissive',
  ],
  [
    'AppArmor is not SELinux',
    DIRECTORY,
    () => plant({ 'proc/self/attr/current': 'cri-containerd.apparmor.d (enforce)\n' }),
    'SELinux is off',
  ],
];

test.each(FINE)('fine: %s', (_, env, state, words) => {
  state();
  const { status, stderr, log } = run(PREFLIGHT, env);
  expect([status, stderr, log.at(-1)]).toEqual([0, '', 'n1: passed, warnings: 0']);
  expect(log).toContain(`ok: ${words}`);
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
    'problem: memory: 1Ki are available, the ',
    'problem: /run/cdk8s-shared-memory/ns.rou',
    'problem: /run is on ext2/ext3, not on a ',
    'warning: SELinux is enforcing: what agen',
  ]);
});

describe('propagation', () => {
  const mountinfo = (...lines: [at: string, tags: string][]) =>
    plant({
      'proc/self/mountinfo': lines
        .map(([at, tags]) => `21 20 0:19 / ${dir}${at} ro,nosuid${tags} - tmpfs tmpfs rw\n`)
        .join(''),
    });
  const propagation = () => run(PROPAGATION, {});

  test('a mount with a master passes', () => {
    mountinfo(['/node/run', ' master:5']);
    expect(propagation()).toMatchObject({ status: 0, verdict: ['n1: passed, warnings: 0'] });
  });

  test("of the library's folder, where that is a mount of its own", () => {
    mountinfo(['/node/run', ' master:5'], ['/node/run/cdk8s-shared-memory', '']);
    expect(propagation()).toMatchObject({
      status: 1,
      verdict: [
        'n1: not fit, problems: 1, warnings: 0',
        expect.stringContaining('problem: /run/cdk8s-shared-memory is not a shared mount:'),
      ],
    });
  });

  test('fails where the mount is private', () => {
    mountinfo(['/node/run', '']);
    expect(propagation()).toMatchObject({
      status: 1,
      verdict: [
        expect.anything(),
        'problem: /run is not a shared mount: a tmpfs that the agent mounts would reach neither the node nor its clients; mount --make-rshared /run',
      ],
    });
  });
});
