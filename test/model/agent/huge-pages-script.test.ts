import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dir, log, mode, node, program, run, standIns } from './init-stand-ins';
import { mountHugePagesScript } from '../../../src/model/agent/init-scripts';
import { REMOVE, UNMOUNT } from '../../../src/model/node/cleanup-scripts';

standIns();

const NAME = 'table.hugepages-2Mi';
const mount = (memories = `${NAME}:2770:2M:8388608`) =>
  run(mountHugePagesScript({ seLinux: false }), {
    DIRECTORY: '/run/x',
    VERSION: 'v1',
    MEMORIES: memories,
    OWNER: '10001:2000',
  });
const there = (...lines: string[]) =>
  writeFileSync(
    join(dir, 'mounts'),
    lines.map(line => `cdk8s-shared-memory ${node}/v1/${NAME} ${line} 0 0\n`).join(''),
  );

beforeEach(() => {
  mkdirSync(join(node, 'v1'), { mode: 0o755 });
  program('mount', `echo "mount $*" >> ${dir}/log`);
});

test('mounts a hugetlbfs of the size on a bare mountpoint, and makes in it what clients mount', () => {
  expect(mount()).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(log()).toEqual([
    `mount -t hugetlbfs -o pagesize=2M,size=8388608,nosuid,nodev,noexec,mode=0755 cdk8s-shared-memory ${node}/v1/${NAME}`,
    'chmod 2770',
    'chown 10001:2000',
  ]);
  expect([mode(join(node, 'v1', NAME)), mode(join(node, 'v1', NAME, 'shared'))]).toEqual([
    '700',
    '2770',
  ]);
});

test('several memories, of several sizes of pages', () => {
  mount('a.hugepages-2Mi:2750:2M:4194304 b.hugepages-1Gi:3770:1024M:1073741824');
  expect(log().filter(line => /^(mount|chmod)/.test(line))).toEqual([
    expect.stringContaining('pagesize=2M,size=4194304,'),
    'chmod 2750',
    expect.stringContaining('pagesize=1024M,size=1073741824,'),
    'chmod 3770',
  ]);
});

test('leaves a hugetlbfs of the size alone', () => {
  mount();
  const before = log();
  there('hugetlbfs rw,nosuid,nodev,noexec,relatime,pagesize=2M,size=8388608');
  expect(mount()).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(log()).toEqual(before);
});

test.each([
  ['another size', 'rw,relatime,pagesize=2M,size=4194304'],
  ['no size', 'rw,relatime,pagesize=2M'],
  ['a size that begins with the same digits', 'rw,relatime,pagesize=2M,size=83886080'],
])('fails over a hugetlbfs of %s, which cannot be resized', (_, options) => {
  there(`hugetlbfs ${options}`);
  expect(mount()).toMatchObject({
    status: 1,
    stderr: `/run/x/v1/${NAME} is mounted with ${options}, not with pagesize=2M,size=8388608: a hugetlbfs cannot be resized; give the contract another version, or delete its pods and unmount it on the node (NodeCleanup)\n`,
  });
  expect(log()).toEqual([]);
});

test.each([
  ['two', ['hugetlbfs rw', 'hugetlbfs rw'], '2 hugetlbfs rw'],
  ['a tmpfs', ['tmpfs rw'], '1 tmpfs rw'],
])('fails over %s', (_, lines, shown) => {
  there(...lines);
  expect(mount()).toMatchObject({
    status: 1,
    stderr: `/run/x/v1/${NAME} has the mounts ${shown}, not one hugetlbfs: unmount them on the node\n`,
  });
});

test('fails over a directory that is no bare mountpoint, and over a link', () => {
  mkdirSync(join(node, 'v1', NAME), { mode: 0o755 });
  writeFileSync(join(node, 'v1', NAME, 'data'), '');
  expect(mount().stderr).toContain('but not as the bare mountpoint of a hugetlbfs');
  symlinkSync(dir, join(node, 'v1/link.hugepages-2Mi'));
  expect(mount('link.hugepages-2Mi:2770:2M:8388608').stderr).toContain('is a symbolic link');
  expect(log()).toEqual([]);
});

test('fails where the node has no such pages, and asks for them', () => {
  program('mount', 'exit 32');
  expect(mount()).toMatchObject({
    status: 1,
    stderr: `/run/x/v1/${NAME} cannot be mounted: does the node have huge pages of 2M (/sys/kernel/mm/hugepages)?\n`,
  });
});

const free = Number(
  /HugePages_Free: +(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? '0',
);
const hasPages =
  process.getuid?.() === 0 && free >= 8 && spawnSync('setpriv', ['--version']).status === 0;

/** Needs root and `echo 8 > /proc/sys/vm/nr_hugepages`. Mounts are gone with their namespace. */
(hasPages ? describe : describe.skip)('the real scripts, on real huge pages', () => {
  const inNamespace = (commands: string) => {
    const text = `
chmod 755 ${dir}; mkdir -m 0755 ${dir}/real ${dir}/real/v1
step() { DIRECTORY=/run/x VERSION=v1 OWNER=10001:2000 MEMORIES=$1 sh -euc "$MOUNT" || echo "status $?"; }
as() { uid=$1; shift; setpriv --reuid=$uid --regid=$uid --groups=2000 --bounding-set=-all sh -c "umask 007; $*" || echo "status $?"; }
leaf=${dir}/real/v1/${NAME}/shared
${commands}`;
    const local = (script: string) =>
      script.replaceAll('/node', `${dir}/real`).replaceAll('/dev/termination-log', '/dev/null');
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-uc', text], {
      encoding: 'utf8',
      timeout: 30_000,
      env: {
        PATH: process.env.PATH,
        NODE: 'n1',
        CONTRACT: 'ns.x',
        MOUNT: local(mountHugePagesScript({ seLinux: false })),
        UNMOUNT: local(UNMOUNT),
        REMOVE: local(REMOVE),
      },
    });
    return { lines: stdout.trim().split('\n'), stderr };
  };

  test('files are capped at the size, mapped by the group, and stay; write() fails', () => {
    const { lines, stderr } = inNamespace(`
step ${NAME}:2770:2M:8388608; cd "$leaf"
stat -f -c %T .; stat -c %u:%g:%a .
as 10001 fallocate -l 4M table.bin
as 20001 'head -c 1 table.bin | wc -c'
as 20001 'stat -c %u:%g:%a table.bin'
as 20001 'echo x 2>/dev/null >> table.bin'
as 20002 fallocate -l 8M too-large 2>&1
step ${NAME}:2770:2M:8388608
step ${NAME}:2750:2M:8388608
step ${NAME}:2750:2M:4194304
stat -c %u:%g:%a:%s table.bin`);
    expect(lines).toEqual([
      'hugetlbfs',
      '10001:2000:2770',
      '1',
      '10001:2000:660',
      'status 1', // write() on a hugetlbfs is EINVAL
      expect.stringMatching(/fallocate failed: (No space left on device|Cannot allocate memory)/),
      'status 1',
      `/run/x/v1/${NAME}/shared was 10001:2000:2770, must be 10001:2000:2750: repaired`,
      'status 1',
      '10001:2000:660:4194304',
    ]);
    expect(stderr).toMatch(/is mounted with .*size=8388608, not with pagesize=2M,size=4194304/);
  });

  test('the cleanup unmounts the hugetlbfs and removes everything', () => {
    const { lines, stderr } = inNamespace(`
step ${NAME}:2770:2M:8388608
as 10001 fallocate -l 4M "$leaf/table.bin"
export DIRECTORY=/run/x
sh -euc "$UNMOUNT" && sh -euc "$REMOVE"
ls -A ${dir}/real`);
    expect(stderr).toBe('');
    expect(lines).toEqual([
      `n1: unmounted /run/x/v1/${NAME}`,
      'n1: removed all that was in /run/x',
    ]);
  });
});
