import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dir, node, program, run, standIns } from './init-stand-ins';
import { waitScript, type Awaited } from '../../../src/model/agent/wait-script';

standIns();

const scriptFor = (until: string) => waitScript(until.split(':')[0] as Awaited);
const isRoot = process.getuid?.() === 0;

describe('wait', () => {
  const wait = (until: string, timeout?: number) =>
    run(
      scriptFor(until),
      { CONTRACT: 'routes', UNTIL: until, ACCESS: 'readOnly', CLIENT: '' },
      timeout,
    );

  test('a file that is there is not waited for', () => {
    writeFileSync(join(node, 'a'), '');
    expect(wait(`file:${node}/a`)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('a file that is not there is waited for, and that is said', () => {
    expect(wait(`file:${node}/a`, 1500)).toMatchObject({
      status: null,
      stdout: `waiting for file:${node}/a of contract routes\n`,
    });
  });

  test('a socket is waited for as a socket, not as a file', () => {
    writeFileSync(join(node, 'a'), '');
    expect(wait(`socket:${node}/a`, 1500)).toMatchObject({ status: null });
    execFileSync(process.execPath, [
      '-e',
      'require("net").createServer().listen(process.argv[1], () => process.exit())',
      join(node, 's'),
    ]);
    expect(wait(`socket:${node}/s`).status).toBe(0);
  });

  test('a System V key is looked up by its column', () => {
    segments(
      `21320 0 1640 67108864 1 2 1 ${process.getuid?.()} 0 1 1`,
      `-1 1 640 4096 1 2 1 ${process.getuid?.()} 0 1 1`,
    );
    expect(wait('systemVKey:21320').status).toBe(0);
    expect(wait('systemVKey:-1').status).toBe(0);
    expect(wait('systemVKey:2132', 1500).status).toBe(null);
  });

  test('the script has nothing about what it does not wait for', () => {
    expect(waitScript('file')).not.toMatch(/sysvipc|bind|shmget/);
    expect(waitScript('socket')).not.toMatch(/sysvipc|<>|shmget/);
    expect(waitScript('systemVKey')).not.toMatch(/\[ -[eSd]|ls -|bind/);
  });
});

const segments = (...lines: string[]) =>
  writeFileSync(
    join(dir, 'shm'),
    ['key shmid perms size cpid lpid nattch uid gid cuid cgid', ...lines, ''].join('\n'),
  );

describe('opening what is there', () => {
  /** As a user other than the owner of the files: that needs root, as CI has it. */
  const open = (until: string, more: Record<string, string> = {}) =>
    run(
      scriptFor(until),
      { CONTRACT: 'routes', UNTIL: until, ACCESS: 'readOnly', CLIENT: 'known', ...more },
      20_000,
      isRoot ? { uid: 20001, gid: 2000 } : {},
    );
  const file = (mode: number, owner = 10001) => {
    const path = join(node, 'table');
    writeFileSync(path, 'data', { mode: 0o600 });
    chmodSync(path, mode);
    if (isRoot) {
      chownSync(path, owner, 2000);
    }
    return path;
  };

  beforeEach(() => {
    chmodSync(dir, 0o755);
    program('sleep', '');
  });

  test.each([
    ['a reader', 'readOnly', 0o640],
    ['a client that writes', 'readWrite', 0o660],
  ])('%s opens what its group may', (_, ACCESS, mode) => {
    expect(open(`file:${file(mode)}`, { ACCESS })).toMatchObject({ status: 0, stderr: '' });
  });

  (isRoot ? test : test.skip).each([
    ['a file of the owner alone', 'readOnly', 0o600],
    ['a file that a umask of 022 closed to clients that write', 'readWrite', 0o644],
  ])('fails with %s, and says who owns what and what to change', (_, ACCESS, mode) => {
    const path = file(mode);
    const { status, stderr } = open(`file:${path}`, { ACCESS });
    expect(status).toBe(1);
    expect(stderr).toContain(
      `file:${path} of contract routes has mode -rw-${mode === 0o600 ? '------' : 'r--r--'} of 10001:2000 and cannot be opened, ${ACCESS}, by user 20001 with groups 2000`,
    );
    expect(stderr).toContain('Permission denied');
    expect(stderr).toContain('umask 007 for clients that write');
  });

  (isRoot ? test : test.skip)('a client whose user is not known is told, and starts', () => {
    const { status, stderr } = open(`file:${file(0o600)}`, { CLIENT: '' });
    expect(status).toBe(0);
    expect(stderr).toContain("the client's own user is not known here");
  });

  test('opening to write changes nothing in the file', () => {
    const path = file(0o666);
    expect(open(`file:${path}`, { ACCESS: 'readWrite' }).status).toBe(0);
    expect(execFileSync('cat', [path], { encoding: 'utf8' })).toBe('data');
  });

  test('a directory is listed', () => {
    expect(open(`file:${node}`)).toMatchObject({ status: 0, stderr: '' });
  });

  const own = isRoot ? 20001 : process.getuid?.();
  const group = isRoot ? 2000 : process.getgid?.();
  test.each<[string, string, number, string]>([
    ['of its own user', `5 0 600 4096 1 2 1 ${own} 9 9 9`, 0, 'readWrite'],
    ['of its creator', `5 0 600 4096 1 2 1 9 9 ${own} 9`, 0, 'readWrite'],
    ['of its group, to read', `5 0 640 4096 1 2 1 9 ${group} 9 9`, 0, 'readOnly'],
    ['of its group, to write', `5 0 640 4096 1 2 1 9 ${group} 9 9`, 1, 'readWrite'],
    ['of everybody', '5 0 1666 4096 1 2 1 9 9 9 9', 0, 'readWrite'],
    ['of others', '5 0 660 4096 1 2 1 9 9 9 9', 1, 'readOnly'],
    ['closed to its own user', `5 0 066 4096 1 2 1 ${own} 9 9 9`, 1, 'readOnly'],
  ])('a segment %s', (_, line, status, ACCESS) => {
    segments(line);
    const result = open('systemVKey:5', { ACCESS });
    expect(result.status).toBe(status);
    expect(result.stderr).toEqual(
      status === 0
        ? ''
        : expect.stringContaining('the agent must give shmget a mode for its group'),
    );
  });
});
