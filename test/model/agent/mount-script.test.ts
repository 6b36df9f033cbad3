import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dir, log, mode, node, prepare, program, run, standIns } from './init-stand-ins';
import { mountScript } from '../../../src/model/agent/init-scripts';

standIns();

describe('mount', () => {
  const mount = (memories = 'table:2770:65536') =>
    run(mountScript({ seLinux: false }), {
      DIRECTORY: '/run/x',
      VERSION: 'v1',
      MEMORIES: memories,
      OWNER: '10001:2000',
    });
  const there = (...types: string[]) =>
    writeFileSync(
      join(dir, 'mounts'),
      types.map(type => `cdk8s-shared-memory ${node}/v1/table ${type} rw,noexec 0 0\n`).join(''),
    );
  const holds = (size: number, used: number) =>
    program(
      'df',
      `echo 'Filesystem 1024-blocks Used Available'; echo 'cdk8s-shared-memory ${size} ${used} ${size - used}'`,
    );

  beforeEach(() => {
    mkdirSync(join(node, 'v1'), { mode: 0o755 });
    program('mount', `echo "mount $*" >> ${dir}/log`);
  });

  test('mounts a tmpfs of the size on a bare mountpoint, and makes in it what clients mount', () => {
    expect(mount()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(log()).toEqual([
      `mount -t tmpfs -o size=65536k,nosuid,nodev,noexec,mode=0755 cdk8s-shared-memory ${node}/v1/table`,
      'chmod 2770',
      'chown 10001:2000',
    ]);
    expect([mode(join(node, 'v1/table')), mode(join(node, 'v1/table/shared'))]).toEqual([
      '700',
      '2770',
    ]);
  });

  test('leaves a tmpfs of the size alone', () => {
    mount();
    rmSync(join(dir, 'log'));
    there('tmpfs');
    holds(65536, 1024);
    expect(mount()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(log()).toEqual([]);
  });

  test.each([
    ['grows', 32768],
    ['shrinks', 131072],
  ])('%s a tmpfs of another size where it is, and says so', (_, size) => {
    mount();
    rmSync(join(dir, 'log'));
    there('tmpfs');
    holds(size, 1024);
    expect(mount().stdout).toBe(`/run/x/v1/table was ${size}Ki, is now 65536Ki\n`);
    expect(log()).toEqual([`mount -o remount,size=65536k,nosuid,nodev,noexec ${node}/v1/table`]);
  });

  test('fails to shrink a tmpfs below what it holds', () => {
    mount();
    rmSync(join(dir, 'log'));
    there('tmpfs');
    holds(131072, 70000);
    expect(mount()).toMatchObject({
      status: 1,
      stderr:
        '/run/x/v1/table holds 70000Ki, more than its size 65536Ki: a tmpfs cannot shrink below what it holds; delete that on the node, or raise the size\n',
    });
    expect(log()).toEqual([]);
  });

  test.each([
    ['two', ['tmpfs', 'tmpfs'], '2 tmpfs'],
    ['another', ['ext4'], '1 ext4'],
  ])('fails over %s', (_, types, shown) => {
    there(...types);
    expect(mount()).toMatchObject({
      status: 1,
      stderr: `/run/x/v1/table has the mounts ${shown}, not one tmpfs: unmount them on the node\n`,
    });
  });

  test('fails where the memory was a directory before, and leaves it', () => {
    prepare({ MEMORIES: 'table:2750' });
    const before = log();
    expect(mount()).toMatchObject({
      status: 1,
      stderr:
        '/run/x/v1/table is there, but not as the bare mountpoint of a tmpfs: if an agent with another backing made it, give the contract another version; if not, look what is in it, and delete it on the node\n',
    });
    expect(log()).toEqual(before);
  });

  test.each([['v1/table'], ['v1/table/shared']])(
    'replaces empty directories of root that a pod made before there was an agent: %s',
    path => {
      mkdirSync(join(node, path), { recursive: true, mode: 0o755 });
      expect(mount()).toEqual({
        status: 0,
        stdout:
          '/run/x/v1/table was an empty directory of root, as a pod with type DirectoryOrCreate makes it: replaced; restart that pod, which has the old one\n',
        stderr: '',
      });
      expect(log()[0]).toMatch(/^mount -t tmpfs /);
      expect(mode(join(node, 'v1/table'))).toBe('700');
    },
  );

  test.each([['v1/table/data'], ['v1/table/shared/data']])('fails over %s, and leaves it', path => {
    mkdirSync(join(node, 'v1/table/shared'), { recursive: true, mode: 0o755 });
    writeFileSync(join(node, path), 'bytes');
    expect(mount()).toMatchObject({ status: 1, stdout: '' });
    expect(readFileSync(join(node, path), 'utf8')).toBe('bytes');
    expect(log()).toEqual([]);
  });

  test('fails where the mountpoint is a link', () => {
    symlinkSync(dir, join(node, 'v1/table'));
    expect(mount().status).toBe(1);
    expect(log()).toEqual([]);
  });
});

describe('mount, for a contract with code in its memory', () => {
  const mount = (executable = 'code') =>
    run(mountScript({ seLinux: false }), {
      DIRECTORY: '/run/x',
      VERSION: 'v1',
      MEMORIES: 'code:2750:64 table:2750:64',
      EXECUTABLE: executable,
      OWNER: '10001:2000',
    });
  const options = () =>
    log().flatMap(
      line =>
        /^mount .*?-?o? ?(?:remount,|)size=64k,(\S+) .*\/(\w+)$/.exec(line)?.slice(1).join(' ') ??
        [],
    );

  beforeEach(() => {
    mkdirSync(join(node, 'v1'), { mode: 0o755 });
    program('mount', `echo "mount $*" >> ${dir}/log`);
  });

  test('only the memory that is named is mounted without noexec', () => {
    expect(mount()).toMatchObject({ status: 0, stderr: '' });
    expect(options()).toEqual([
      'nosuid,nodev,exec,mode=0755 code',
      'nosuid,nodev,noexec,mode=0755 table',
    ]);
  });

  const there = (...mounted: [name: string, options: string][]) => {
    mount();
    rmSync(join(dir, 'log'));
    writeFileSync(
      join(dir, 'mounts'),
      mounted
        .map(([name, with_]) => `none ${node}/v1/${name} tmpfs rw,nosuid,nodev,${with_} 0 0\n`)
        .join(''),
    );
    program('df', "echo 'Filesystem 1024-blocks Used Available'; echo 'none 64 0 64'");
  };

  test('those that are there as they must be stay', () => {
    there(['code', 'relatime'], ['table', 'noexec,relatime']);
    expect(mount()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(log()).toEqual([]);
  });

  test.each([
    ['code', 'noexec', 'exec'],
    ['table', 'exec', 'noexec'],
  ])(
    'fails where %s is there %s: a remount reaches neither the node nor the clients',
    (name, is, must) => {
      const right: [string, string][] = [
        ['code', 'relatime'],
        ['table', 'noexec,relatime'],
      ];
      const other = is === 'exec' ? 'relatime' : 'noexec,relatime';
      there(...right.map(each => (each[0] === name ? ([name, other] as typeof each) : each)));
      expect(mount()).toEqual({
        status: 1,
        stdout: '',
        stderr: `/run/x/v1/${name} is mounted ${is}, not ${must}, which cannot change: delete the pods of the contract and unmount it on the node (NodeCleanup), or give the contract another version\n`,
      });
      expect(log()).toEqual([]);
    },
  );
});
