import { rmSync } from 'node:fs';
import { commit, diffFolder, git, write } from './diff-run';
import { runMain } from './run-main';
import type { FindingJson } from '../../src/report/finding-json';

diffFolder();

const lint = (...args: string[]) => runMain('lint', ...args);
/** A volume of memory without a size, which is a warning, in each pod. */
const pod = (name: string, more = '', annotations = '{}') => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, annotations: ${annotations} }
spec:
  volumes:
    - { name: cache, emptyDir: { medium: Memory } }
  containers:
    - name: a
      image: a
      resources: { limits: { memory: 64Mi } }
      volumeMounts: [{ name: cache, mountPath: /cache }]
${more}`;
const statesOf = (out: string) =>
  (JSON.parse(out) as FindingJson[]).map(({ rule, name, baselineState }) => [
    rule,
    name,
    baselineState,
  ]);
const FAIL = ['--fail-on', 'warning'];

beforeEach(() => {
  git('init', '-q', '-b', 'main');
  write('k8s/a.yaml', pod('old'));
  commit('first');
});

describe('what was there already', () => {
  test('passes and is not shown, but counted', async () => {
    expect(await lint('k8s', ...FAIL, '--since', 'main')).toEqual({
      code: 0,
      out: '1 object in 1 file: no new findings\ncompared with main: what was found there already is not shown: 1 warning\n',
      err: '',
    });
    expect((await lint('k8s', ...FAIL)).code).toBe(1);
  });

  test('what is new is shown, and fails', async () => {
    write('k8s/b.yaml', pod('young'));
    const { code, out } = await lint('k8s', ...FAIL, '--since', 'main');
    expect(code).toBe(1);
    expect(out).toMatch(/^k8s\/b\.yaml:6:22: warning SHM201: /);
    expect(out).not.toContain('a.yaml');
    expect(out).toMatch(
      /\n2 objects in 2 files: 1 warning\ncompared with main: what was found there already is not shown: 1 warning\n$/,
    );
  });

  test.each(['main', 'main:k8s', 'HEAD', 'earlier'])('since %s', async since => {
    write('earlier/a.yaml', pod('old'));
    write('k8s/b.yaml', pod('young'));
    const { out } = await lint('k8s', '--format', 'json', '--since', since);
    expect(statesOf(out)).toEqual([
      ['SHM201', 'old', 'unchanged'],
      ['SHM201', 'young', 'new'],
    ]);
  });

  test('lines, files and list positions may change', async () => {
    rmSync('k8s/a.yaml');
    write(
      'k8s/b.yaml',
      `# a comment\n${pod('old').replace('  volumes:\n', '  volumes:\n    - { name: other, emptyDir: {} }\n')}`,
    );
    expect((await lint('k8s', ...FAIL, '--since', 'main')).code).toBe(0);
  });

  test('one of several paths, and a path that is not there yet', async () => {
    write('deploy/b.yaml', pod('young'));
    const { code, out, err } = await lint('k8s', 'deploy', ...FAIL, '--since', 'main');
    expect([code, err]).toEqual([
      1,
      'main:deploy: there is no deploy in that revision yet, so everything is new\n',
    ]);
    expect(out).toContain('warning SHM201');
    expect(out).not.toContain('k8s/a.yaml');
  });

  test('what was mended is counted', async () => {
    write('k8s/a.yaml', pod('old').replace('Memory', 'Memory, sizeLimit: 1Mi'));
    const { code, out } = await lint('k8s', '--fail-on', 'error', '--since', 'main');
    expect([code, out.split('\n').at(-2)]).toEqual([0, 'compared with main: 1 finding is gone']);
  });

  test('of two equal objects, the one in the new file is new', async () => {
    write('k8s/0.yaml', pod('old'));
    const { out } = await lint('k8s', '--since', 'main');
    expect(out).toMatch(/^k8s\/0\.yaml:6:22: warning/);
    expect(out).not.toContain('k8s/a.yaml:6:22');
  });
});

describe('what is new although something like it was there', () => {
  test('another message for the same field', async () => {
    const sized = (limit: string) =>
      pod('old').replace('Memory', 'Memory, sizeLimit: 2Gi').replace('64Mi', limit);
    write('k8s/a.yaml', sized('1Gi'));
    commit('too small');
    expect((await lint('k8s', '--since', 'main')).code).toBe(0);
    write('k8s/a.yaml', sized('512Mi'));
    expect((await lint('k8s', '--since', 'main')).code).toBe(1);
  });

  test('an acknowledgement that has expired, and what it covered', async () => {
    const note = '{ cdk8s-shared-memory/acknowledge.SHM201: "until 2027-03-31: it must" }';
    write('k8s/a.yaml', pod('old', '', note));
    commit('acknowledged');
    const on = (day: string) =>
      lint('k8s', '--format', 'json', ...FAIL, '--since', 'main', '--today', day);
    const [before, after] = [await on('2027-03-31'), await on('2027-04-01')];
    expect([before.code, statesOf(before.out)]).toEqual([0, [['SHM201', 'old', 'unchanged']]]);
    expect([after.code, statesOf(after.out)]).toEqual([
      1,
      [
        ['SHM902', 'old', 'new'],
        ['SHM201', 'old', 'new'],
      ],
    ]);
  });

  test('an acknowledgement that somebody took away', async () => {
    write('k8s/a.yaml', pod('old', '', '{ cdk8s-shared-memory/acknowledge.SHM201: it must }'));
    commit('acknowledged');
    write('k8s/a.yaml', pod('old'));
    expect((await lint('k8s', ...FAIL, '--since', 'main')).code).toBe(1);
  });

  test('input that could not be read then either', async () => {
    write('k8s/c.yaml', 'apiVersion: v1\nkind: {{ .Values.kind }}\n');
    commit('a template');
    const { code, out, err } = await lint('k8s', '--since', 'main');
    expect(code).toBe(2);
    expect(out).toContain('k8s/c.yaml:2:1: error SHM900: a template');
    expect(err).toMatch(/^main:k8s\/c\.yaml:2: .*; what is found there counts as new\n$/);
  });

  test('a key that occurs twice is known by its file', async () => {
    write('k8s/c.yaml', pod('twice').replace('      image: a', '      image: a\n      image: a'));
    commit('twice');
    const { out } = await lint('k8s', '--format', 'json', '--since', 'main');
    expect(statesOf(out).filter(([rule]) => rule === 'SHM905')).toEqual([
      ['SHM905', null, 'unchanged'],
    ]);
  });
});

test('formats for programs have all findings, and what is new about them', async () => {
  write('k8s/b.yaml', pod('young'));
  const sarif = JSON.parse((await lint('k8s', '--format', 'sarif', '--since', 'main')).out) as {
    runs: { results: { baselineState?: string }[] }[];
  };
  expect(sarif.runs[0].results.map(each => each.baselineState)).toEqual(['unchanged', 'new']);
  const without = await lint('k8s', '--format', 'sarif');
  expect(without.out).not.toContain('baselineState');
  const github = await lint('k8s', '--format', 'github', '--since', 'main');
  expect(github.out.match(/^::/gm)).toHaveLength(1);
  expect(github.err).toContain('compared with main: ');
  expect(statesOf((await lint('k8s', '--format', 'json')).out)[0]).toEqual(['SHM201', 'old', null]);
});

test('--fix and --suggest leave alone what was there already', async () => {
  const typo = (name: string) => pod(name).replace('mountPath: /cache', 'mountPath: /cache//x');
  write('k8s/a.yaml', typo('old'));
  commit('a path that is not clean');
  write('k8s/b.yaml', pod('young').replace('Memory', 'Memory, sizeLimit: 64m'));
  const { err } = await lint('k8s', '--fix', '--dry-run', '--since', 'main');
  expect(err).toContain('k8s/b.yaml');
  expect(err).not.toContain('k8s/a.yaml');
});

describe('bad input', () => {
  test.each<[string, string[], string]>([
    [
      'a state that is not there',
      ['k8s', '--since', 'nosuch'],
      'nosuch: there is no such file or folder, and no git revision of that name; allowed: ',
    ],
    [
      'a path for several',
      ['k8s', 'other', '--since', 'main:k8s'],
      '--since main:k8s: given with k8s other; allowed with one path, or a git revision without a path\n',
    ],
    [
      'a folder without manifests',
      ['k8s', '--since', 'empty'],
      'empty: no Kubernetes manifests (.yaml, .yml, .json) there',
    ],
  ])('fails for %s', async (_, args, message) => {
    write('other/b.yaml', pod('other'));
    write('empty/a.txt', 'not read');
    const { code, out, err } = await lint(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`cdk8s-shared-memory: ${message}`);
  });
});
