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
import { REMOVE, REMOVE_OBJECTS, UNMOUNT } from '../../../src/model/node/cleanup-scripts';

/*
 * The steps after the check run here under the system's own sh, on a node that is made of files:
 * its mounts and its segments. That the kernel's own tables are like these, and that root and the
 * agent's user may do what they must, is what e2e/node-tasks.ts shows.
 */
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cleanup-'));
  mkdirSync(join(dir, 'node'));
  plant({
    'proc/mounts': '',
    'proc/sysvipc/shm': '       key      shmid perms       size  cpid  lpid nattch   uid   gid\n',
  });
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
      PATH: `${dir}/bin:${process.env.PATH}`,
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
