import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GUARD } from '../../../src/model/node/guard-script';

/*
 * The guard runs here under the system's own sh, with real mounts in a mount namespace of its own,
 * which is gone when it ends: /run of the node is shared, /host/run a slave of it, /node shared,
 * as in the pod. Root makes it. Each time that the guard sleeps, the next hook runs;
 * after the last one, the guard is told to end.
 */
const hasMounts =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'guard-'));
  for (const name of ['run', 'host', 'host/run', 'node', 'staging', 'bin']) {
    mkdirSync(join(dir, name));
  }
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Case {
  readonly access?: 'ro' | 'rw';
  /** What is on the node before the guard starts, from its /run. */
  readonly before?: string;
  /** What happens while it sleeps. */
  readonly hooks?: readonly string[];
  readonly memories?: string;
  /** What somebody sees when it has ended. */
  readonly after?: string;
}

const local = (script: string) =>
  script
    .replaceAll('/host', `${dir}/host`)
    .replaceAll('/staging', `${dir}/staging`)
    .replaceAll(/(?<=[ "=(]|^)\/node(?=[/\s"]|$)/gm, `${dir}/node`);

function guarded({ access = 'ro', before = ':', hooks = [], memories, after = ':' }: Case) {
  const sleep = join(dir, 'bin/sleep');
  writeFileSync(
    sleep,
    `#!/bin/sh\nn=$(($(cat ${dir}/count 2>/dev/null || echo 0) + 1)); echo $n > ${dir}/count\n[ -f ${dir}/hook-$n ] && exec sh -e ${dir}/hook-$n\nkill -TERM $PPID\n`,
  );
  chmodSync(sleep, 0o755);
  hooks.forEach((hook, i) =>
    writeFileSync(join(dir, `hook-${i + 1}`), `cd ${dir}/run\n${local(hook)}\n`),
  );
  writeFileSync(join(dir, 'guard'), local(GUARD));
  const script = `
    mount -t tmpfs -o mode=0755 run ${dir}/run
    mount --make-shared ${dir}/run
    mount -o bind ${dir}/run ${dir}/host/run
    mount --make-slave ${dir}/host/run
    mount -t tmpfs -o mode=0755 node ${dir}/node
    mount --make-shared ${dir}/node
    (cd ${dir}/run; ${local(before)})
    rc=0; PATH=${dir}/bin:$PATH sh -eu ${dir}/guard || rc=$?
    ${local(after)}
    exit $rc`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-euc', script],
    {
      encoding: 'utf8',
      timeout: 20_000,
      env: {
        PATH: process.env.PATH,
        NODE: 'n1',
        DIRECTORY: '/run/x',
        VERSION: 'v1',
        MEMORIES: memories ?? 'data.existing:/run/vendor/shm',
        ACCESS: access,
      },
    },
  );
  const shown = (text: string) => text.replaceAll(dir, '').trim().split('\n');
  return { status, out: shown(stdout), err: shown(stderr) };
}

const VENDOR = 'mkdir -p vendor/shm; echo first > vendor/shm/state';
const BOUND = '/node/v1/data.existing/shared';

(hasMounts ? describe : describe.skip)('the guard', () => {
  test('binds the directory read-only, and is ready then', () => {
    const seen = guarded({
      before: VENDOR,
      hooks: [`cat ${BOUND}/state; (echo x > ${BOUND}/state) 2>&1 || :; ls /staging`],
    });
    expect(seen.status).toBe(0);
    expect(seen.out[0]).toBe('n1: bound /run/vendor/shm');
    expect(seen.out[1]).toBe('first');
    expect(seen.out[2]).toMatch(/Read-only file system/);
    expect(seen.out.slice(3)).toEqual(['new', 'ready']);
  });

  test('binds it so that clients can write, if the contract lets them', () => {
    const { out } = guarded({
      access: 'rw',
      before: VENDOR,
      hooks: [`echo more >> ${BOUND}/state; cat vendor/shm/state`],
    });
    expect(out).toEqual(['n1: bound /run/vendor/shm', 'first', 'more']);
  });

  test.each([
    ['nosuid and nodev', VENDOR, ['ro', 'nosuid', 'nodev'], false],
    [
      'noexec, if the directory has it',
      `mount -o remount,bind,noexec /host/run; ${VENDOR}`,
      ['ro', 'nosuid', 'nodev', 'noexec'],
      true,
    ],
  ])('binds it with %s', (_, before, expected, isNoexec) => {
    const { out } = guarded({
      before,
      hooks: ["awk '$2 ~ /existing.shared$/ { print $4 }' /proc/mounts"],
    });
    const options = out[1].split(',');
    expect(options).toEqual(expect.arrayContaining(expected));
    expect(options.includes('noexec')).toBe(isNoexec);
  });

  test('waits for the directory, and says so once', () => {
    const { status, out } = guarded({
      hooks: ['ls /staging /node/v1', ':', VENDOR, `cat ${BOUND}/state`],
    });
    expect([status, out]).toEqual([
      0,
      [
        'n1: waits for /run/vendor/shm',
        '/node/v1:',
        '',
        '/staging:',
        'problem',
        'n1: bound /run/vendor/shm',
        'first',
      ],
    ]);
  });

  test('leaves what it has bound when it ends, and as it is when it starts again', () => {
    const { out } = guarded({
      before: VENDOR,
      after: `echo "ends: $(cat ${BOUND}/state)"; rm /host/../count; PATH=/host/../bin:$PATH sh -eu /host/../guard; grep -c existing /proc/mounts`,
    });
    expect(out).toEqual(['n1: bound /run/vendor/shm', 'ends: first', '2']);
  });

  test('binds the directory that the owner makes anew; who has the old one keeps it', () => {
    const { out } = guarded({
      before: VENDOR,
      hooks: [
        `mkdir /host/client; mount -o bind ${BOUND} /host/client`,
        'mv vendor/shm vendor/old; mkdir vendor/shm; echo second > vendor/shm/state',
        `cat ${BOUND}/state /host/client/state; umount /host/client; rmdir /host/client`,
      ],
    });
    expect(out).toEqual([
      'n1: bound /run/vendor/shm',
      'n1: /run/vendor/shm is another directory than before: clients that run keep the old one until they restart',
      'n1: bound /run/vendor/shm',
      'second',
      'first',
    ]);
  });

  test('binds what the owner mounts over the directory later', () => {
    const { out } = guarded({
      before: VENDOR,
      hooks: [
        'mount -t tmpfs vendor vendor/shm; echo mounted > vendor/shm/state',
        `cat ${BOUND}/state`,
      ],
    });
    expect(out.slice(2)).toEqual(['n1: bound /run/vendor/shm', 'mounted']);
  });

  test('lets go of a directory that is gone, so that new clients wait', () => {
    const { out } = guarded({
      before: VENDOR,
      hooks: ['rm -r vendor/shm', `[ ! -e ${BOUND} ] && ls /staging`],
    });
    expect(out).toEqual([
      'n1: bound /run/vendor/shm',
      'n1: /run/vendor/shm is gone',
      'n1: waits for /run/vendor/shm',
      'new',
      'problem',
    ]);
  });

  test.each([
    ['a link', 'mkdir vendor; ln -s /etc vendor/shm', '/run/vendor/shm is a symbolic link'],
    ['a link above it', 'mkdir -p other/shm; ln -s other vendor', '/run/vendor is a symbolic link'],
    ['a file', 'mkdir vendor; : > vendor/shm', '/run/vendor/shm is not a directory'],
    ['a file above it', ': > vendor', '/run/vendor is not a directory'],
    [
      'a parent that all can write',
      `${VENDOR}; chmod 1777 vendor`,
      'others than root can write /run/vendor, which has mode 1777, and put another directory in the place of /run/vendor/shm',
    ],
    [
      'a parent that its group can write',
      `${VENDOR}; chmod 2775 vendor`,
      'others than root can write /run/vendor, which has mode 2775, and put another directory in the place of /run/vendor/shm',
    ],
    [
      'a parent of somebody else',
      `${VENDOR}; chown 4242 vendor`,
      '/run/vendor belongs to user 4242, who can put another directory in the place of /run/vendor/shm',
    ],
  ])('fails for %s, binds nothing, and says so once', (_, before, why) => {
    const seen = guarded({
      before,
      hooks: [':', 'cat /staging/problem'],
      after: "awk '$2 ~ /existing/' /proc/mounts; ls /staging",
    });
    const said = `/run/vendor/shm is refused: ${why}`;
    expect(seen).toEqual({ status: 0, out: [`n1: ${said}`, said, 'problem'], err: [''] });
  });

  test('a directory that is refused keeps no other from being bound, nor from being bound anew', () => {
    const { out } = guarded({
      before: `ln -s /etc bad; ${VENDOR}`,
      memories: 'bad.existing:/run/bad/shm data.existing:/run/vendor/shm',
      hooks: [
        'mv vendor/shm vendor/old; mkdir vendor/shm; echo second > vendor/shm/state',
        `cat ${BOUND}/state; ls /staging`,
      ],
    });
    expect(out).toEqual([
      'n1: bound /run/vendor/shm',
      'n1: /run/bad/shm is refused: /run/bad is a symbolic link',
      'n1: /run/vendor/shm is another directory than before: clients that run keep the old one until they restart',
      'n1: bound /run/vendor/shm',
      'second',
      'new',
      'problem',
    ]);
  });

  test.each([
    ['in its directory', 'mount -t tmpfs vendor vendor/shm/sub', `${BOUND}/sub/new`],
    ['over its directory', 'mount -t tmpfs vendor vendor/shm', `${BOUND}/new`],
  ])('what the owner mounts %s later cannot be written through the bind', (_, mounts, file) => {
    const { out } = guarded({
      before: `${VENDOR}; mkdir vendor/shm/sub`,
      hooks: [mounts, `(echo x > ${file}) 2>&1 || :`],
    });
    expect(out[out.length - 1]).toMatch(/Read-only file system/);
  });

  test('binds a directory whose parents only root can write, whoever owns the directory', () => {
    const before = `${VENDOR}; chmod 0711 vendor; chown 4242:4242 vendor/shm; chmod 0770 vendor/shm`;
    expect(guarded({ before }).out).toEqual(['n1: bound /run/vendor/shm']);
  });

  test('fails for a link that comes later, and lets go of what it had bound', () => {
    const { out } = guarded({
      before: VENDOR,
      hooks: ['mv vendor/shm vendor/old; ln -s /etc vendor/shm', ':'],
      after: "awk '$2 ~ /existing/' /proc/mounts; ls /staging",
    });
    expect(out).toEqual([
      'n1: bound /run/vendor/shm',
      'n1: /run/vendor/shm is refused: /run/vendor/shm is a symbolic link',
      'new',
      'problem',
    ]);
  });

  test('is ready when all directories are bound', () => {
    const { out } = guarded({
      before: VENDOR,
      memories: 'data.existing:/run/vendor/shm more.existing:/run/other/shm',
      hooks: ['ls /staging', 'mkdir -p other/shm', 'ls /staging'],
    });
    expect(out).toEqual([
      'n1: bound /run/vendor/shm',
      'n1: waits for /run/other/shm',
      'new',
      'problem',
      'n1: bound /run/other/shm',
      'new',
      'ready',
    ]);
  });

  test('fails if the directory of the contract is not the bare one of root', () => {
    const { status, err } = guarded({ before: `${VENDOR}; chmod 0777 /node` });
    expect(status).toBe(1);
    expect(err[0]).toContain('n1: /run/x: . must be a directory of root with mode 0755');
  });
});
