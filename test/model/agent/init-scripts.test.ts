import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { dir, log, mode, node, prepare, program, run, standIns } from './init-stand-ins';
import { MEASURE, SWEEP } from '../../../src/model/agent/init-scripts';

standIns();

describe('prepare', () => {
  test('makes the directories of all memories, chmod before chown, and says whose they are', () => {
    expect(prepare()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(join(node, 'v1')).sort()).toEqual(['ring', 'table']);
    expect([mode(join(node, 'v1')), mode(join(node, 'v1/table'))]).toEqual(['755', '2750']);
    expect(readFileSync(join(node, '.owner'), 'utf8')).toBe('ns/agent\n');
    expect(log()).toEqual([
      'chmod 0644',
      'chmod 2750',
      'chown 10001:2000',
      'chmod 2750',
      'chown 10001:2000',
    ]);
  });

  test('touches nothing that is right', () => {
    prepare();
    writeFileSync(join(node, 'v1/table/data'), 'bytes');
    rmSync(join(dir, 'log'));
    expect(prepare()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(log()).toEqual([]);
    expect(readFileSync(join(node, 'v1/table/data'), 'utf8')).toBe('bytes');
  });

  test('says which pod it is of, each time anew, and leaves nothing else', () => {
    prepare({ POD: 'first' });
    expect(readFileSync(join(node, '.pod'), 'utf8')).toBe('first\n');
    prepare({ POD: 'second' });
    expect(readFileSync(join(node, '.pod'), 'utf8')).toBe('second\n');
    expect(mode(join(node, '.pod'))).toBe('644');
    expect(readdirSync(node).sort()).toEqual(['.owner', '.pod', 'v1']);
  });

  test('replaces a link with what it says, and does not follow it', () => {
    writeFileSync(join(dir, 'elsewhere'), 'bytes');
    symlinkSync(join(dir, 'elsewhere'), join(node, '.pod'));
    expect(prepare().status).toBe(0);
    expect(lstatSync(join(node, '.pod')).isFile()).toBe(true);
    expect(readFileSync(join(dir, 'elsewhere'), 'utf8')).toBe('bytes');
  });

  test('repairs mode and owner, and says so', () => {
    prepare();
    rmSync(join(dir, 'log'));
    expect(prepare({ MEMORIES: 'table:2770 ring:2750' }).stdout).toBe(
      '/run/x/v1/table was 10001:2000:2750, must be 10001:2000:2770: repaired\n',
    );
    expect(log().slice(0, 3)).toEqual(['chown 0:0', 'chmod 2770', 'chown 10001:2000']);
    expect(mode(join(node, 'v1/table'))).toBe('2770');
  });

  test('goes on after it was killed half way', () => {
    mkdirSync(join(node, 'v1/.new-table'), { recursive: true });
    expect(prepare().status).toBe(0);
    expect(readdirSync(join(node, 'v1')).sort()).toEqual(['ring', 'table']);
  });

  test('fails where the directory is not on tmpfs', () => {
    writeFileSync(join(dir, 'fs'), 'ext2/ext3\n');
    expect(prepare()).toMatchObject({
      status: 1,
      stderr: "/run/x is not on tmpfs: shared memory would fill the node's disk\n",
    });
  });

  test("fails where a parent is not root's", () => {
    prepare();
    writeFileSync(join(dir, 'owner-of-v1'), '4242:0\n');
    expect(prepare()).toMatchObject({
      status: 1,
      stderr: '/run/x: v1 must be a directory of root with mode 0755, not a something of 4242:0\n',
    });
  });

  test('fails where a parent is writable for others', () => {
    prepare();
    chmodSync(join(node, 'v1'), 0o777);
    expect(prepare().stderr).toContain('/run/x: v1 must be a directory of root with mode 0755');
  });

  test.each(['v1', 'v1/table'])('fails where %s is a link, and does not follow it', path => {
    if (path !== 'v1') {
      mkdirSync(join(node, 'v1'), { mode: 0o755 });
    }
    const elsewhere = join(dir, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(node, path));
    expect(prepare().status).toBe(1);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(lstatSync(join(node, path)).isSymbolicLink()).toBe(true);
  });

  test('fails where a file is in the way', () => {
    mkdirSync(join(node, 'v1'), { mode: 0o755 });
    writeFileSync(join(node, 'v1/table'), '');
    expect(prepare()).toMatchObject({
      status: 1,
      stderr: '/run/x/v1/table is not a directory: delete it on the node\n',
    });
  });

  test('fails for a second agent of the contract, and leaves the first one alone', () => {
    prepare();
    const before = log();
    expect(prepare({ AGENT: 'other/agent', OWNER: '1:1' })).toMatchObject({
      status: 1,
      stderr:
        '/run/x is served by ns/agent, not by other/agent: remove the other agent, then delete /run/x/.owner on the node\n',
    });
    expect(log()).toEqual(before);
  });

  test('fails where the memory was a tmpfs before', () => {
    prepare();
    writeFileSync(join(dir, 'mounts'), `cdk8s-shared-memory ${node}/v1/table tmpfs rw 0 0\n`);
    expect(prepare()).toMatchObject({
      status: 1,
      stderr:
        '/run/x/v1/table is a tmpfs, left by Backing.tmpfs(): another backing needs another version of the contract\n',
    });
  });

  test('fails where the owner marker is a link', () => {
    writeFileSync(join(dir, 'marker'), 'ns/agent\n');
    symlinkSync(join(dir, 'marker'), join(node, '.owner'));
    expect(prepare().status).toBe(1);
  });
});

describe('sweep', () => {
  const sweep = (keep: string) =>
    run(SWEEP, { DIRECTORY: '/run/x/v1', MEMORIES: 'table', KEEP: keep });
  const names = ['a', '.hidden', '..odd', 'with space', 'new\nline', 'table.bin', '*', '-rf'];

  beforeEach(() => {
    mkdirSync(join(node, 'v1/table/folder/deep'), { recursive: true });
    names.forEach(name => writeFileSync(join(node, 'v1/table', name), ''));
    symlinkSync('/nowhere', join(node, 'v1/table/dangling'));
    writeFileSync(join(node, 'v1/outside'), '');
  });

  test('removes everything, whatever its name, and nothing beside it', () => {
    expect(sweep('')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readdirSync(join(node, 'v1/table'))).toEqual([]);
    expect(readdirSync(join(node, 'v1')).sort()).toEqual(['outside', 'table']);
  });

  test('keeps what is named, and only that', () => {
    expect(sweep('table.bin folder space').status).toBe(0);
    expect(readdirSync(join(node, 'v1/table')).sort()).toEqual(['folder', 'table.bin']);
  });

  test('fails where something cannot be removed', () => {
    program('rm', 'echo "rm: not permitted" >&2; exit 1');
    expect(sweep('')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        'cannot be removed: something in it is closed to the agent, as a client that writes can make it; delete it on the node\n',
      ),
    });
  });
});

describe('measure', () => {
  const measure = (memories: string) =>
    run(MEASURE, { DIRECTORY: '/run/x/v1', MEMORIES: memories });

  beforeEach(() => {
    mkdirSync(join(node, 'v1/table'), { recursive: true });
    writeFileSync(join(node, 'v1/table/data'), Buffer.alloc(256 * 1024, 1));
  });

  test('accepts what fits', () => {
    expect(measure('table:1024')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('fails over leftovers beyond the size', () => {
    const { status, stderr } = measure('table:128');
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^\/run\/x\/v1\/table holds \d+Ki, more than its size 128Ki: left over from an earlier agent; delete files in it on the node, not the directory itself, or raise the size\n$/,
      ),
    ]);
  });

  test('fails where something cannot be read', () => {
    program('du', 'echo "du: cannot read" >&2; exit 1');
    expect(measure('table:1024')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        '/run/x/v1/table cannot be measured: something in it is closed to the agent, as a client that writes can make it; delete that on the node, not the directory itself\n',
      ),
    });
  });
});
