import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { main } from '../../src/cli/main';

const NODE_AGENTS = join(__dirname, '..', '..', 'dist', 'node-agents');
const here = process.cwd();
/** git as in any clone: the hooks of another one that run these tests must not lead it there. */
const GIT = Object.keys(process.env).filter(name => name.startsWith('GIT_'));
const saved = Object.fromEntries([...GIT, 'PATH'].map(name => [name, process.env[name]]));

let folder: string;
beforeEach(() => {
  for (const name of GIT) {
    delete process.env[name];
  }
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'diff-')));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(here);
  Object.assign(process.env, saved);
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

/** What the command writes and ends with. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const to = (stream: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        written[stream] += String(chunk);
        done();
      },
    });
  const code = await main(['diff', ...args], { stdout: to('out'), stderr: to('err') });
  return { code, ...written };
}

const verdict = async (...args: string[]) => {
  const { code, out, err } = await run(...args);
  return code === 2 ? err : out.split('\n')[0];
};

const pod = (more = '', image = 'web:1') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}" }]${more} }
`;
const RESTARTS = 'no privilege gained or lost; 1 workload restarts';
const SAME = 'no difference';

describe('what it ends with', () => {
  test.each([
    ['never', 'privilege', 0],
    ['privilege', 'privilege', 1],
    ['restart', 'privilege', 1],
    ['never', 'image', 0],
    ['privilege', 'image', 0],
    ['restart', 'image', 1],
    ['never', 'selector', 0],
    ['privilege', 'selector', 0],
    ['restart', 'selector', 1],
    ['restart', 'nothing', 0],
  ])('--fail-on %s, with a change of %s: %i', async (failOn, change, code) => {
    const changed =
      {
        privilege: pod(', hostIPC: true'),
        image: pod('', 'web:2'),
        selector: pod().replaceAll('app: web', 'app: api'),
        nothing: pod(),
      }[change] ?? '';
    expect(
      (await run(write('a.yaml', pod()), write('b.yaml', changed), '--fail-on', failOn)).code,
    ).toBe(code);
  });

  test('a level of Pod Security that is lowered is a privilege', async () => {
    const namespace = (level: string) =>
      `apiVersion: v1\nkind: Namespace\nmetadata: { name: a, labels: { pod-security.kubernetes.io/enforce: ${level} } }\n`;
    expect(
      (
        await run(
          write('a.yaml', namespace('restricted')),
          write('b.yaml', namespace('baseline')),
          '--fail-on',
          'privilege',
        )
      ).code,
    ).toBe(1);
  });

  test('the default fails on nothing', async () => {
    expect((await run(write('a.yaml', pod()), write('b.yaml', pod(', hostIPC: true')))).code).toBe(
      0,
    );
  });
});

describe('what it reads', () => {
  test('files, whatever their names and folders', async () => {
    expect(await run(write('a.yaml', pod()), write('sub/b.yml', pod()))).toEqual({
      code: 0,
      out: `${SAME}\n`,
      err: '',
    });
  });

  test('folders; the files in them by their names below', async () => {
    write('old/shop/a.yaml', pod());
    write('new/shop/b.yaml', pod());
    const { out } = await run('./old', 'new/', '--format', 'json');
    expect(JSON.parse(out).objects.moved).toEqual([
      {
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        file: 'shop/b.yaml',
        from: 'shop/a.yaml',
      },
    ]);
    expect(await verdict('old', join(folder, 'old'))).toBe(SAME);
  });

  test('the standard input, once', async () => {
    expect(await verdict('-', '-')).toBe(
      'cdk8s-shared-memory: -: only one of the two can be the standard input\n',
    );
  });

  test('fails with what cannot be read, in the words of lint, on either side', async () => {
    write('a.yaml', pod());
    write('b.yaml', 'apiVersion: v1\nkind: [\n');
    const expected = {
      code: 2,
      out: '',
      err: expect.stringMatching(/^b\.yaml:3:1: error SHM900: not YAML: /) as string,
    };
    expect(await run('a.yaml', 'b.yaml')).toEqual(expected);
    expect(await run('b.yaml', 'a.yaml', '--format', 'json')).toEqual(expected);
  });

  test('fails with a folder without manifests', async () => {
    mkdirSync(join(folder, 'empty'));
    expect(await verdict('empty', write('a.yaml', pod()))).toBe(
      'cdk8s-shared-memory: empty: no Kubernetes manifests (.yaml, .yml, .json) there\n',
    );
  });

  test.each<[string, string[], string]>([
    [
      'with a path that is not there, where there is no repository',
      ['nowhere', 'a.yaml'],
      'cdk8s-shared-memory: nowhere: there is no such file or folder, and this folder is in no git repository\n',
    ],
    [
      'with a revision where there is no repository',
      ['main:dist', 'a.yaml'],
      'cdk8s-shared-memory: main:dist: this folder is in no git repository\n',
    ],
    ['with one side', ['a.yaml'], "error: missing required argument 'new'\n"],
    [
      'with what looks like an option',
      ['--', '--upload-pack=x', 'a.yaml'],
      'cdk8s-shared-memory: --upload-pack=x: neither a path nor a revision; a file of that name is ./--upload-pack=x\n',
    ],
    [
      'with an unknown format',
      ['a.yaml', 'a.yaml', '--format', 'sarif'],
      "error: option '--format <format>' argument 'sarif' is invalid. Allowed choices are text, markdown, json.\n",
    ],
  ])('fails %s', async (_, args, message) => {
    write('a.yaml', pod());
    expect(await run(...args)).toEqual({ code: 2, out: '', err: message });
  });

  test('fails where git is not installed; paths are read all the same', async () => {
    write('a.yaml', pod());
    process.env.PATH = folder;
    expect(await verdict('main:dist', 'a.yaml')).toBe(
      'cdk8s-shared-memory: main:dist: git is not installed, or not on the PATH\n',
    );
    expect(await verdict('a.yaml', 'a.yaml')).toBe(SAME);
  });
});

describe('revisions', () => {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    });
  const commit = (message: string) => {
    git('add', '-A');
    git(
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.com',
      '-c',
      'commit.gpgsign=false',
      'commit',
      '-qm',
      message,
    );
  };
  beforeEach(() => {
    git('init', '-q', '-b', 'main');
    write('dist/app.yaml', pod());
    write('dist/values.txt', 'not read');
    write('deploy/k8s/app.yaml', pod());
    commit('first');
    write('dist/app.yaml', pod('', 'web:2'));
    write('deploy/k8s/app.yaml', pod('', 'web:2'));
    commit('second');
  });

  test.each<[string, string, string]>([
    ['HEAD~1:dist', 'dist', RESTARTS],
    ['HEAD~1:dist/app.yaml', 'dist/app.yaml', RESTARTS],
    ['HEAD~1:dist/', 'HEAD:dist', RESTARTS],
    ['HEAD~1:./dist', 'main:dist', RESTARTS],
    ['HEAD:dist', 'dist', SAME],
    ['HEAD~1', 'dist', RESTARTS],
    ['HEAD~1', 'deploy/k8s', RESTARTS],
    ['HEAD~1', 'deploy/k8s/app.yaml', RESTARTS],
    ['HEAD~1', 'HEAD:deploy/k8s', RESTARTS],
    ['HEAD~1', 'HEAD', RESTARTS],
    ['HEAD^{/first}:dist', 'dist', RESTARTS],
    ['HEAD~1:', 'HEAD:', 'no privilege gained or lost; 2 workloads restart'],
  ])('%s and %s', async (before, after, expected) => {
    expect(await verdict(before, after)).toBe(expected);
  });

  test('what is not committed is on disk alone', async () => {
    write('dist/app.yaml', pod(', hostIPC: true', 'web:2'));
    expect(await verdict('HEAD', 'dist')).toBe('1 privilege gained; 1 workload restarts');
  });

  test('from a folder of the repository paths are told from there, as for git show REVISION:./PATH', async () => {
    process.chdir(join(folder, 'deploy'));
    expect(await verdict('HEAD~1:k8s', 'k8s')).toBe(RESTARTS);
    expect(await verdict('HEAD~1', 'k8s')).toBe(RESTARTS);
    expect(await verdict('HEAD~1:../dist', 'HEAD')).toBe(RESTARTS);
    expect(await verdict('HEAD:deploy/k8s', 'k8s')).toBe(
      'cdk8s-shared-memory: HEAD:deploy/k8s: there is no deploy/deploy/k8s in that revision; paths are told from this folder: k8s\n',
    );
    expect(await verdict('HEAD:../..', 'k8s')).toBe(
      'cdk8s-shared-memory: HEAD:../..: the path must be in the repository\n',
    );
  });

  test('links to files are followed, node_modules is passed over', async () => {
    symlinkSync('../deploy/k8s/app.yaml', join(folder, 'dist', 'link.yaml'));
    write('dist/node_modules/x/app.yaml', pod());
    commit('third');
    const { out } = await run('HEAD~1', 'HEAD', '--format', 'json');
    expect(JSON.parse(out).objects.added).toEqual([
      { kind: 'Deployment', namespace: 'shop', name: 'web', file: 'link.yaml' },
    ]);
    rmSync(join(folder, 'deploy'), { recursive: true });
    commit('fourth');
    expect(await verdict('HEAD~1', 'HEAD')).toContain(
      'HEAD:dist/link.yaml:1:1: error SHM900: cannot be read: a link that leads to no file of that revision',
    );
  });

  test('names may have spaces, quotes, and letters that are not ASCII', async () => {
    write('dist/ä "b" c.yaml', pod().replaceAll('web', 'api'));
    commit('third');
    expect(await verdict('HEAD', 'dist')).toBe(SAME);
  });

  test('what cannot be read is named by revision and path', async () => {
    write('dist/app.yaml', 'apiVersion: v1\nkind: [\n');
    commit('third');
    expect(await verdict('HEAD~1', 'HEAD')).toMatch(
      /^HEAD:dist\/app\.yaml:3:1: error SHM900: not YAML/,
    );
  });

  test('fails with a word that is a path and a revision', async () => {
    git('branch', 'dist');
    expect(await verdict('dist', 'HEAD~1')).toBe(
      'cdk8s-shared-memory: dist: both a path and a git revision; write ./dist for the path, dist:PATH for the revision\n',
    );
    expect(await verdict('./dist', 'HEAD~1')).toBe(RESTARTS);
    expect(await verdict('dist:dist', 'HEAD~1')).toBe(RESTARTS);
  });

  test.each([
    [
      'nowhere',
      'cdk8s-shared-memory: nowhere: there is no such file or folder, and no git revision of that name\n',
    ],
    ['v9:dist', 'cdk8s-shared-memory: v9:dist: there is no git revision v9\n'],
    ['HEAD:nowhere', 'cdk8s-shared-memory: HEAD:nowhere: there is no nowhere in that revision\n'],
    [
      'HEAD:../elsewhere',
      'cdk8s-shared-memory: HEAD:../elsewhere: the path must be in the repository\n',
    ],
    ['HEAD:/dist', 'cdk8s-shared-memory: HEAD:/dist: the path must be in the repository\n'],
    [
      'HEAD..main:dist',
      'cdk8s-shared-memory: HEAD..main:dist: there is no git revision HEAD..main\n',
    ],
    [
      'HEAD~1 --output=x:dist',
      'cdk8s-shared-memory: HEAD~1 --output=x:dist: there is no git revision HEAD~1 --output=x\n',
    ],
  ])('fails with %s', async (word, message) => {
    expect(await run(word, 'dist')).toEqual({ code: 2, out: '', err: message });
  });
});

test('the README shows the verdict of the example in docs/diff.md', async () => {
  process.chdir(join(__dirname, '..', '..'));
  expect(readFileSync('README.md', 'utf8')).toContain(
    `\n${await verdict('docs/diff/before.yaml', 'docs/diff/after.yaml')}\n`,
  );
});

describe('the example node-agents', () => {
  test('with a new agent, a new version of the contract and a privilege more', async () => {
    cpSync(NODE_AGENTS, join(folder, 'old'), { recursive: true });
    cpSync(NODE_AGENTS, join(folder, 'new'), { recursive: true });
    const change = (name: string, ...changes: [string, string][]) => {
      const path = join(folder, 'new', name);
      writeFileSync(
        path,
        changes.reduce((text, [from, to]) => text.replaceAll(from, to), readFileSync(path, 'utf8')),
      );
    };
    change(
      'platform.k8s.yaml',
      ['routes-agent:1.8.2', 'routes-agent:1.9.0'],
      [
        '"version":"v1","side":"agent","access":"readWrite","group":2000',
        '"version":"v2","side":"agent","access":"readWrite","group":2000',
      ],
    );
    change('shop.k8s.yaml', ['hostNetwork: false', 'hostNetwork: true']);
    const { out } = await run('old', 'new');
    expect(out)
      .toBe(`1 privilege gained; 2 workloads restart; 1 contract changed, 4 have not followed

Privileges
  + Deployment shop/shop-web: hostNetwork

Pods
    restarts: DaemonSet node-agents/routes, rolling update: maxUnavailable 1, maxSurge 0
      containers[agent].image
    restarts: Deployment shop/shop-web, rolling update: maxUnavailable 25%, maxSurge 25%
      hostNetwork

Contracts
    contract node-agents/routes
      breaks version: v1 -> v2: clients of the old version wait for a directory that the new agent does not make; running ones keep the old data, which nobody writes any more; must follow: agent, grants, clients
      followed: DaemonSet node-agents/routes
      has not followed: Deployment ledger/ledger-book, still version v1
      has not followed: PersistentVolume node-agents-routes-table-v1-ledger-ro, still version v1
      has not followed: PersistentVolume node-agents-routes-table-v1-shop-ro, still version v1
      has not followed: Deployment shop/shop-web, still version v1
`);
  });
});
