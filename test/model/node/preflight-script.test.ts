import { rmSync } from 'node:fs';
import { join } from 'node:path';
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
import { PROPAGATION } from '../../../src/model/node/preflight-script';

nodeOfFiles();

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
    '/run/cdk8s-shared-memory/ns.routes/v1/table: left by an earlier agent; it cannot be measured',
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
    'RemoveIPC of systemd-logind is not set in /etc and /run, and on by default: it removes the segments, and the objects in /dev/shm, of user 10001',
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
