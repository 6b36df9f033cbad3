import { adopt, fileOf, run } from './adopted-app';
import { folderOf, workload } from './shared-workloads';
import { commentLines } from '../../src/report/adoption/typescript-text';

/*
 * Which directories of a node have sockets is seldom in the manifests. Where it is, the contract
 * says so, and where it is not, it says that it guesses.
 */

const PATH = '/run/foo';
const client = workload('Deployment', 'web', { path: PATH, readOnly: true });

/** The DaemonSet of the directory, with more fields of its container. */
const agent = (more = '', at = '') =>
  workload('DaemonSet', 'foo', { path: PATH, at }).replace(
    '          volumeMounts:',
    `${more}          volumeMounts:`,
  );

/** What contract.ts says of what is in the directory. */
async function contains(...objects: string[]): Promise<string> {
  const text = fileOf(await adopt(folderOf({ 'all.yaml': objects.join('---\n') })), 'contract.ts');
  const said = /existing\('\/run\/foo', \{\n([^]*?)\n *clientsWait/.exec(text)?.[1] ?? '';
  return `${said
    .replace(/\n? *\/\/ /g, ' ')
    .replace(/\s+/g, ' ')
    .trim()}${text.includes("rule: 'SHM310'") ? ', acknowledged' : ''}`;
}

const GUESS =
  'a guess: the manifests show no socket in /run/foo. Run `find /run/foo -type s` on a node; if it lists one, write NodeContent.SOCKETS, and acknowledge SHM310 contains: NodeContent.FILES,';
const shown = (socket: string) =>
  `the manifests name ${socket} contains: NodeContent.SOCKETS,, acknowledged`;

test.each([
  ['an argument', '          args: [--listen=unix:///run/foo/api.sock]\n', '/run/foo/api.sock'],
  ['a list of them', '          args: [/run/foo/x.bin:/run/foo/b.socket]\n', '/run/foo/b.socket'],
  [
    'a command',
    "          command: [sh, -c, 'serve --at /var/run/foo/s.sock']\n",
    '/var/run/foo/s.sock',
  ],
  ['an option for sockets', '          args: [--socket, /run/foo/api]\n', '/run/foo/api'],
  [
    'a variable',
    '          env: [{ value: /run/foo/api.sock, name: ADDRESS }]\n',
    '/run/foo/api.sock',
  ],
  [
    'a variable for sockets',
    '          env: [{ value: /run/foo/api, name: API_SOCKET }]\n',
    '/run/foo/api',
  ],
  [
    'a probe',
    '          readinessProbe: { exec: { command: [test, -S, /run/foo/api] } }\n',
    '/run/foo/api',
  ],
])('a socket that %s of the agent names is in the contract', async (_, more, socket) => {
  expect(await contains(agent(more), client)).toBe(shown(socket));
});

test('a socket is named by the path at which a container has the directory', async () => {
  const more = '          args: [--listen=/foo/api.sock]\n';
  expect(await contains(agent(more, '/foo'), client)).toBe(shown('/foo/api.sock'));
});

test('a socket that another pod mounts by itself is in the contract', async () => {
  for (const [path, type] of [
    ['/run/foo/api', 'Socket'],
    ['/run/foo/api.sock', ''],
  ]) {
    const direct = workload('Deployment', 'direct', { path, type, at: '/api' });
    expect(await contains(agent(), client, direct)).toBe(shown(path));
  }
});

test.each([
  ['nothing', ''],
  ['a file', '          args: [--file=/run/foo/table.bin]\n'],
  ['a file with a similar name', '          args: [/run/foo/x.sock.json, /run/foo/a.socks]\n'],
  ['a socket of another directory', '          args: [/run/foo-2/api.sock, /srv/run/foo/a.sock]\n'],
  ['the directory alone', '          args: [--socket-dir, /run/foo]\n'],
])('where the agent names %s, the contract says that it guesses', async (_, more) => {
  expect(await contains(agent(more), client)).toBe(GUESS);
});

test('what clients wait for is a socket only where one is shown', async () => {
  const waits = async (more: string) =>
    (await adopt(folderOf({ 'all.yaml': [agent(more), client].join('---\n') }))).out
      .split('\n')
      .find(line => line.includes('clientsWait: false'));
  const named = await waits('          args: [/run/foo/api.sock]\n');
  expect(named).toContain("`readyWhen: ReadyWhen.socket('...', { toolImage })` of the contract");
  expect(await waits('')).toContain(
    "`readyWhen: ReadyWhen.file('...', { toolImage })` (or `.socket()`, if that is what is made last) of the contract",
  );
});

test('--marks says on stderr what is a guess, and nothing of it where a socket is shown', async () => {
  const said = async (more: string) => {
    const folder = folderOf({ 'all.yaml': [agent(more), client].join('---\n') });
    const { err, out } = await run('adopt', folder, '--marks');
    return [err.includes('that /run/foo has no sockets'), out.includes('"contains":"sockets"')];
  };
  expect(await said('')).toEqual([true, false]);
  expect(await said('          args: [/run/foo/api.sock]\n')).toEqual([false, true]);
});

test('a text that would end a comment stays in it, and no line is too long', () => {
  expect(commentLines('in /run/a\u2028process.exit(3) or\nb', 4)).toEqual([
    '// in /run/a\\u{2028}process.exit(3) or\\u{a}b',
  ]);
  const lines = commentLines('word '.repeat(60).trim(), 8);
  expect(Math.max(...lines.map(line => line.length))).toBe(92);
  expect(lines.join(' ').replaceAll('// ', '')).toBe('word '.repeat(60).trim());
});
