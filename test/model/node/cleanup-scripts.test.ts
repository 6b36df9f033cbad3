import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CHECK, REMOVE, REMOVE_OBJECTS, UNMOUNT } from '../../../src/model/node/cleanup-scripts';

/*
 * The steps run here under the system's own sh, on a node that is made of files: its mount tables,
 * its processes, its segments. That the kernel's own tables are like these, and that root and the
 * agent's user may do what they must, is what e2e/node-tasks.ts shows.
 */
const POD = '0a1b2c3d-1111-2222-3333-444455556666';
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cleanup-'));
  mkdirSync(join(dir, 'node'));
  plant({
    'proc/self/mountinfo':
      mount('0:19', '/cdk8s-shared-memory/ns.routes', `${dir}/node`) +
      mount('0:55', '/', `${dir}/node/v1/ring`),
    'proc/mounts': '',
    'proc/sysvipc/shm': '       key      shmid perms       size  cpid  lpid nattch   uid   gid\n',
  });
  process(1, {
    comm: 'systemd',
    mounts:
      mount('0:19', '/', '/run') + mount('0:55', '/', '/run/cdk8s-shared-memory/ns.routes/v1/ring'),
  });
  process(7, {
    comm: 'exporter',
    mounts:
      mount('0:19', '/', '/host/run') +
      mount('0:55', '/', '/host/run/cdk8s-shared-memory/ns.routes/v1/ring'),
  });
});
afterEach(() => rmSync(dir, { recursive: true }));

const mount = (device: string, root: string, at: string) =>
  `21 20 ${device} ${root} ${at} rw,nosuid - tmpfs tmpfs rw\n`;
function plant(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}
function process(
  id: number,
  {
    comm,
    mounts,
    cgroup = '0::/init.scope\n',
    uid = 0,
  }: { comm: string; mounts: string; cgroup?: string; uid?: number },
) {
  plant({
    [`proc/${id}/mountinfo`]: mounts,
    [`proc/${id}/comm`]: `${comm}\n`,
    [`proc/${id}/cgroup`]: cgroup,
    [`proc/${id}/status`]: `Name:\t${comm}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`,
  });
}
function program(name: string, text: string) {
  plant({ [`bin/${name}`]: `#!/bin/sh\n${text}\n` });
  chmodSync(join(dir, 'bin', name), 0o755);
}
function run(script: string, env: Record<string, string> = {}) {
  const local = script
    .replaceAll(' /node/', ` ${dir}/node/`)
    .replaceAll('^/node/', `^${dir}/node/`)
    .replaceAll('=/node/', `=${dir}/node/`)
    .replaceAll('#/node', `#${dir}/node`)
    .replaceAll('/proc/', `${dir}/proc/`)
    .replaceAll('/dev/termination-log', `${dir}/said`);
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', local], {
    env: {
      PATH: `${dir}/bin:${globalThis.process.env.PATH}`,
      NODE: 'n1',
      DIRECTORY: '/run/x',
      ...env,
    },
    encoding: 'utf8',
    timeout: 20_000,
  });
  const said = existsSync(join(dir, 'said')) ? readFileSync(join(dir, 'said'), 'utf8') : '';
  expect(stdout).toBe(said); // log and termination message are the same
  return { status, stderr, said: said.trim() };
}

describe('check', () => {
  const check = (env: Record<string, string> = {}) => run(CHECK, { CONTRACT: 'ns.routes', ...env });
  const FREE = { status: 0, stderr: '', said: 'n1: nobody uses the memory of contract ns.routes' };
  const inUse = (who: string) =>
    expect.stringMatching(
      new RegExp(
        `^n1: contract ns\\.routes is still in use: ${who}; delete its agent and its clients first`,
      ),
    );

  test('the node itself, and who has its whole /run, use nothing', () => {
    expect(check()).toEqual(FREE);
  });

  test.each([
    [
      'systemd',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-1.scope\n`,
    ],
    ['cgroupfs', `4:memory:/kubepods/burstable/pod${POD}/0123\n`],
  ])('fails while a container has a directory of the contract (%s)', (_, cgroup) => {
    process(99, {
      comm: 'routes-agent',
      mounts: mount('0:19', '/cdk8s-shared-memory/ns.routes/v1/table', '/run/routes'),
      cgroup,
    });
    expect(check()).toEqual({ status: 1, stderr: '', said: inUse(`${POD} \\(routes-agent\\)`) });
  });

  test('fails while a container has the directory in a tmpfs of the contract', () => {
    process(99, {
      comm: 'web',
      mounts: mount('0:55', '/shared', '/run/ring'),
      cgroup: `0::/kubepods/pod${POD}/1\n`,
    });
    expect(check()).toMatchObject({ status: 1, said: inUse(`${POD} \\(web\\)`) });
  });

  test('fails while the kubelet has it mounted for a pod, also between two of its containers', () => {
    process(1, {
      comm: 'systemd',
      mounts: mount(
        '0:19',
        '/cdk8s-shared-memory/ns.routes/v1/table',
        `/var/lib/kubelet/pods/${POD}/volume-subpaths/routes-shared-memory/agent/0`,
      ),
    });
    process(2, {
      comm: 'sshd',
      mounts: mount(
        '0:19',
        '/cdk8s-shared-memory/ns.routes/v1/table',
        `/var/lib/kubelet/pods/${POD}/volume-subpaths/routes-shared-memory/agent/0`,
      ),
    });
    expect(check()).toMatchObject({ status: 1, said: inUse(`${POD} \\(kubelet\\)`) });
  });

  test("other contracts, other tmpfs and other directories are not this one's", () => {
    process(99, {
      comm: 'x',
      mounts:
        mount('0:19', '/cdk8s-shared-memory/ns.routes-more/v1/table', '/run/a') +
        mount('0:56', '/shared', '/run/b') +
        mount('8:1', '/var/log/ns.routes', '/c'),
    });
    expect(check()).toEqual(FREE);
  });

  test('a process that ends meanwhile is no error', () => {
    mkdirSync(join(dir, 'proc/123'));
    expect(check({ OWNER: '10001' })).toEqual(FREE);
  });

  test('fails while a segment is attached, or a process of the owner runs', () => {
    plant({
      'proc/sysvipc/shm':
        'key shmid perms size cpid lpid nattch uid\n 21320 5 660 4096 1 1 2 10001\n',
    });
    expect(check({ OWNER: '10001', KEYS: '21320 7' })).toMatchObject({
      status: 1,
      said: inUse('segment-21320-attached-by-2 \\(processes\\)'),
    });
    rmSync(join(dir, 'said'));
    plant({
      'proc/sysvipc/shm':
        'key shmid perms size cpid lpid nattch uid\n 21320 5 660 4096 1 1 0 10001\n',
    });
    process(99, { comm: 'routes-agent', mounts: '', uid: 10001 });
    expect(check({ OWNER: '10001', KEYS: '21320' })).toMatchObject({
      status: 1,
      said: inUse('process-99-of-user-10001 \\(routes-agent\\)'),
    });
  });
});

describe('unmount', () => {
  test('the deepest first, stacked ones each, and says so', () => {
    plant({
      'proc/mounts': ['/node', '/node/v1/ring', '/node/v1/ring', '/node/v2/ring']
        .map(at => `x ${dir}${at} tmpfs rw 0 0\n`)
        .join(''),
    });
    program('umount', `echo "$1" >> ${dir}/unmounted`);
    expect(run(UNMOUNT)).toEqual({
      status: 0,
      stderr: '',
      said: ['v2/ring', 'v1/ring', 'v1/ring'].map(at => `n1: unmounted /run/x/${at}`).join('\n'),
    });
    expect(readFileSync(join(dir, 'unmounted'), 'utf8').trim().split('\n')).toEqual(
      ['v2/ring', 'v1/ring', 'v1/ring'].map(at => `${dir}/node/${at}`),
    );
  });

  test('fails where the kernel refuses', () => {
    plant({ 'proc/mounts': `x ${dir}/node/v1/ring tmpfs rw 0 0\n` });
    program('umount', 'echo "target is busy" >&2; exit 1');
    expect(run(UNMOUNT)).toEqual({
      status: 1,
      stderr: 'target is busy\n',
      said: 'n1: /run/x/v1/ring cannot be unmounted',
    });
  });
});

describe('remove', () => {
  test('all that is in the directory, by whatever name; what a link leads to stays', () => {
    plant({
      'node/.owner': 'ns/routes\n',
      'node/v1/table/data': 'x',
      'node/v1/.new-ring/x': '',
      'node/..odd/x': '',
      'node/-rf': '',
      'kept/file': 'x',
    });
    symlinkSync(join(dir, 'kept'), join(dir, 'node/link'));
    symlinkSync('/nowhere', join(dir, 'node/broken'));
    expect(run(REMOVE)).toEqual({
      status: 0,
      stderr: '',
      said: 'n1: removed all that was in /run/x',
    });
    expect([readdirSync(join(dir, 'node')), readdirSync(join(dir, 'kept'))]).toEqual([
      [],
      ['file'],
    ]);
  });

  test('nothing to remove', () => {
    expect(run(REMOVE)).toEqual({ status: 0, stderr: '', said: 'n1: /run/x: there was nothing' });
  });

  test('fails while something is mounted there: it would be emptied', () => {
    plant({ 'node/v1/other/x': 'x', 'proc/mounts': `x ${dir}/node/v1/other ext4 rw 0 0\n` });
    expect(run(REMOVE)).toMatchObject({
      status: 1,
      said: expect.stringMatching(
        /^n1: something is mounted below \/run\/x that is no tmpfs of the agent: .*\/node\/v1\/other$/,
      ),
    });
    expect(existsSync(join(dir, 'node/v1/other/x'))).toBe(true);
  });

  test('fails where something cannot be removed, and the owner is still known', () => {
    plant({ 'node/.owner': 'ns/routes\n', 'node/v1/x': '' });
    program('rm', 'exit 1');
    expect(run(REMOVE)).toMatchObject({
      status: 1,
      said: 'n1: /run/x/v1 cannot be removed; delete it on the node',
    });
    expect(existsSync(join(dir, 'node/.owner'))).toBe(true);
  });
});

describe('remove-objects', () => {
  const SEGMENTS =
    'key shmid perms size cpid lpid nattch uid\n 21320 5 660 4096 1 1 0 10001\n 7 6 660 4096 1 1 0 4242\n';

  test('segments by their keys, objects by their names, and nothing else', () => {
    plant({ 'proc/sysvipc/shm': SEGMENTS, 'node/dev/shm/routes': 'x', 'node/dev/shm/other': 'x' });
    program('ipcrm', `echo "$*" >> ${dir}/removed`);
    expect(
      run(REMOVE_OBJECTS, { OWNER: '10001', KEYS: '21320 9', OBJECTS: 'routes sem.routes' }),
    ).toEqual({
      status: 0,
      stderr: '',
      said: 'n1: removed segment 21320\nn1: removed /dev/shm/routes',
    });
    expect([
      readFileSync(join(dir, 'removed'), 'utf8'),
      readdirSync(join(dir, 'node/dev/shm')),
    ]).toEqual(['-m 5\n', ['other']]);
  });

  test('fails for a segment of somebody else', () => {
    plant({ 'proc/sysvipc/shm': SEGMENTS });
    program('ipcrm', 'exit 1');
    expect(run(REMOVE_OBJECTS, { OWNER: '10001', KEYS: '7' })).toMatchObject({
      status: 1,
      said: 'n1: segment 7 is of user 4242, not of user 10001; remove it on the node: ipcrm -m 6',
    });
  });

  test('fails for an object of somebody else', () => {
    plant({ 'node/dev/shm/routes': 'x' });
    program('rm', 'exit 1');
    program('stat', 'echo 4242');
    expect(run(REMOVE_OBJECTS, { OWNER: '10001', OBJECTS: 'routes' })).toMatchObject({
      status: 1,
      said: 'n1: /dev/shm/routes is of user 4242, not of user 10001; remove it on the node',
    });
  });
});
