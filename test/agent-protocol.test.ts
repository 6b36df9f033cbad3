import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * The programs of docs/agent-protocol.md, on files of the machine that runs the tests: there is no
 * pod here, but the same calls of the same kernel. They need gcc and Python 3.9, which .ci/run sees
 * to; where they are missing, that is said in the names of the tests.
 */
const SOURCES = join(__dirname, '..', 'docs', 'agent-protocol');
const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const withC = has('gcc', '--version') ? describe : describe.skip;
const withPython = has('python3', '-c', 'import socket; socket.send_fds')
  ? describe
  : describe.skip;

let dir: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'protocol-'));
});
afterEach(() => {
  running.splice(0).forEach(child => child.kill('SIGKILL'));
  rmSync(dir, { recursive: true });
});

function start(program: string, ...args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore' });
  running.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise(resolve => child.on('close', resolve));
  child.kill('SIGKILL');
  await gone;
}

function said(program: string, ...args: string[]): Record<string, string> {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
  }
  return Object.fromEntries(
    stdout
      .trim()
      .split(' ')
      .map(pair => pair.split('=') as [string, string]),
  );
}

async function until(there: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !there(); i++) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  expect(there()).toBe(true);
}
const exists = (path: string) => () => statSync(path, { throwIfNoEntry: false }) !== undefined;
/**
 * As an agent leaves it that is killed while it writes: the sequence, third of the numbers behind
 * the magic (table.h), is odd.
 */
function halfWritten(path: string): void {
  const bytes = readFileSync(path);
  bytes[24] += 1 - (bytes[24] % 2);
  writeFileSync(path, bytes);
}
const mode = (path: string) => (statSync(path).mode % 0o1000).toString(8);

withC('in C, written in place (needs gcc)', () => {
  let bin: string;
  let table: string;
  beforeAll(() => {
    bin = mkdtempSync(join(tmpdir(), 'protocol-bin-'));
    for (const name of ['agent', 'client']) {
      const { stderr } = spawnSync(
        'gcc',
        [
          '-std=c11',
          '-O2',
          '-Wall',
          '-Wextra',
          '-Werror',
          '-o',
          join(bin, name),
          join(SOURCES, `${name}.c`),
        ],
        { encoding: 'utf8' },
      );
      expect(stderr).toBe('');
    }
  });
  afterAll(() => rmSync(bin, { recursive: true }));
  beforeEach(() => {
    table = join(dir, 'table');
  });
  const client = (reads: number) => said(join(bin, 'client'), table, String(reads));

  test('a client reads whole values while the agent writes, and sees that it lives', async () => {
    start(join(bin, 'agent'), table);
    expect(client(20_000)).toEqual({
      whole: '20000',
      torn: '0',
      reopened: '0',
      starts: '1',
      alive: '1',
    });
    expect(mode(table)).toBe('660');
  });

  test('an agent that was killed is noticed; the next one takes the object over, under the client', async () => {
    const first = start(join(bin, 'agent'), table);
    await until(exists(table));
    const { ino } = statSync(table);
    client(1000);
    await kill(first);
    // first finishes what the killed one may have left half written
    const sequence = start(join(bin, 'agent'), table);
    await until(() => client(1).starts === '2');
    await kill(sequence);
    start(join(bin, 'agent'), table);
    expect(client(1000)).toMatchObject({ whole: '1000', torn: '0', starts: '3', alive: '1' });
    expect(statSync(table).ino).toBe(ino);
  });

  test('a dead agent has no heartbeat, though its bytes are there', async () => {
    const agent = start(join(bin, 'agent'), table);
    client(10);
    agent.kill('SIGSTOP'); // as good as dead, and never half way through a value in what follows
    const dead = spawnSync('timeout', ['5', join(bin, 'client'), table, '0'], {
      encoding: 'utf8',
    }).stdout;
    agent.kill('SIGCONT');
    expect(dead).toContain('alive=0');
  });

  test('an object of another layout does not replace what the client has', async () => {
    const agent = start(join(bin, 'agent'), table);
    await until(exists(table));
    const reader = start(join(bin, 'client'), table, '200000000');
    const inodes = () => readFileSync(`/proc/${reader.pid}/maps`, 'utf8').split('\n');
    await until(() => inodes().some(line => line.endsWith(table)));
    const other = Buffer.from(readFileSync(table));
    other.write('routes/9');
    writeFileSync(join(dir, 'other'), other);
    renameSync(join(dir, 'other'), table);
    await new Promise(resolve => setTimeout(resolve, 300));
    // the old object has no name any more, and the client reads on in it
    expect(inodes().filter(line => line.endsWith(`${table} (deleted)`))).toHaveLength(1);
    await kill(reader);
    await kill(agent);
  });

  test('a client that waits for an agent killed half way through a value goes on with the object that replaces it', async () => {
    const first = start(join(bin, 'agent'), table);
    await until(exists(table));
    await kill(first);
    halfWritten(table);
    const reader = spawn(join(bin, 'client'), [table, '1000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(reader);
    let text = '';
    reader.stdout?.on('data', data => {
      text += String(data);
    });
    const done = new Promise(resolve => reader.on('close', resolve));
    // the client is at it
    await until(() => readFileSync(`/proc/${reader.pid}/maps`, 'utf8').includes(table));
    start(join(bin, 'agent'), join(dir, 'other'));
    await until(exists(join(dir, 'other')));
    renameSync(join(dir, 'other'), table);
    await done;
    expect(text).toMatch(/whole=1000 torn=0 reopened=1 .* alive=1/);
  }, 30_000);

  test('it does not spin meanwhile, and says that there is nothing whole', async () => {
    const agent = start(join(bin, 'agent'), table);
    await until(exists(table));
    await kill(agent);
    halfWritten(table);
    const { stderr } = spawnSync(
      'bash',
      ['-c', `time timeout -s INT 4 ${join(bin, 'client')} ${table} 1000`],
      { encoding: 'utf8', env: { ...process.env, TIMEFORMAT: 'cpu %U' } },
    );
    expect(stderr).toContain('client: no whole copy for two seconds: is the agent alive?\n');
    expect(Number(/cpu (\S+)/.exec(stderr)?.[1])).toBeLessThan(1);
  }, 30_000);

  test('an object that does not fit is an error of the agent, at its start', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `trap '' XFSZ; ulimit -f 8; exec ${join(bin, 'agent')} ${table}`],
      { encoding: 'utf8', timeout: 10_000 },
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('posix_fallocate: ')]);
    expect(exists(table)()).toBe(false);
  });
});

withPython('in Python, as snapshots and descriptors (needs Python 3.9)', () => {
  const python = (name: string, ...args: string[]) => said('python3', join(SOURCES, name), ...args);

  test('a client reads whole snapshots, notices that they are replaced, and that the agent lives', async () => {
    const agent = start('python3', join(SOURCES, 'agent.py'), dir);
    await until(exists(join(dir, 'heartbeat')));
    const seen = python('client.py', dir, '3000');
    expect(seen).toMatchObject({ whole: '3000', torn: '0', alive: '1' });
    expect(Number(seen.replaced)).toBeGreaterThan(0);
    expect(mode(join(dir, 'snapshot'))).toBe('660');
    await kill(agent);
    await new Promise(resolve => setTimeout(resolve, 1100));
    expect(python('client.py', dir, '100')).toEqual({
      whole: '100',
      torn: '0',
      replaced: '0',
      alive: '0',
    });
  });

  test('a sealed descriptor is read-only for who receives it, and the next agent takes the socket over', async () => {
    const path = join(dir, 'agent.sock');
    const first = start('python3', join(SOURCES, 'descriptors.py'), 'agent', path);
    await until(exists(path));
    expect(python('descriptors.py', 'client', path)).toEqual({ read: 'hello', writes: 'EPERM' });
    expect(mode(path)).toBe('770');
    await kill(first);
    // the socket outlives its agent
    expect(() => python('descriptors.py', 'client', path)).toThrow('ConnectionRefusedError');
    start('python3', join(SOURCES, 'descriptors.py'), 'agent', path);
    await until(
      () => spawnSync('python3', [join(SOURCES, 'descriptors.py'), 'client', path]).status === 0,
    );
  });
});
