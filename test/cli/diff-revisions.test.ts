import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  ALLOWED,
  commit,
  diffFolder,
  folder,
  git,
  pod,
  RESTARTS,
  run,
  SAME,
  verdict,
  write,
} from './diff-run';

diffFolder();

describe('revisions', () => {
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

  describe('a folder outside the repository', () => {
    const elsewhere = () => `${folder}-elsewhere`;
    beforeEach(() => {
      mkdirSync(join(elsewhere(), 'dist'), { recursive: true });
      writeFileSync(join(elsewhere(), 'dist', 'app.yaml'), pod('', 'web:2'));
    });
    afterEach(() => rmSync(elsewhere(), { recursive: true }));
    const outside = () => `../${basename(elsewhere())}/dist`;

    test('with a path of a revision, on either side and from any folder of the repository', async () => {
      expect(await verdict('HEAD~1:dist', outside())).toBe(RESTARTS);
      expect(await verdict(outside(), 'HEAD~1:dist')).toBe(RESTARTS);
      expect(await verdict('HEAD:dist', join(elsewhere(), 'dist'))).toBe(SAME);
      process.chdir(join(folder, 'deploy'));
      expect(await verdict('HEAD~1:../dist', `../${outside()}`)).toBe(RESTARTS);
    });

    test('fails with a revision alone: the folder is in none of its folders', async () => {
      const message = (path: string) =>
        `cdk8s-shared-memory: HEAD: the other side, ${path}, is not in the repository of this folder; write which path of HEAD to compare it with: HEAD:dist, for example\n`;
      expect(await verdict('HEAD', outside())).toBe(message(outside()));
      expect(await verdict(outside(), 'HEAD')).toBe(message(outside()));
      process.chdir(join(folder, 'dist'));
      expect(await verdict('HEAD', '../deploy/k8s')).toBe(SAME);
      expect(await verdict('HEAD', `../${outside()}`)).toBe(message(`../${outside()}`));
    });
  });

  describe('the first time, without dist in the old revision', () => {
    const noted = (name: string) =>
      `${name}: there is no dist in that revision yet, so everything is new\n`;
    beforeEach(() => {
      git('rm', '-rq', 'dist');
      commit('without dist');
      write('dist/app.yaml', pod(', hostIPC: true'));
    });

    test.each([
      ['HEAD:dist', 'dist', 'HEAD:dist'],
      ['HEAD:dist/', './dist', 'HEAD:dist/'],
      ['HEAD', 'dist', 'HEAD:dist'],
    ])('%s and %s: everything is new', async (before, after, name) => {
      const { code, out, err } = await run(before, after);
      expect([code, out.split('\n')[0], err]).toEqual([
        0,
        '1 privilege gained; no pod restarts',
        noted(name),
      ]);
      expect((await run(before, after, '--fail-on', 'privilege')).code).toBe(1);
    });

    test('two revisions', async () => {
      commit('with dist');
      expect(await run('HEAD~1', 'HEAD')).toMatchObject({ code: 0, err: noted('HEAD~1:dist') });
      expect(await run('HEAD~1:dist', 'HEAD:dist')).toMatchObject({
        code: 0,
        err: noted('HEAD~1:dist'),
      });
    });

    test.each([
      ['HEAD:dst', 'dist', 'HEAD:dst: there is no dst in that revision'],
      ['HEAD:dist', 'deploy', 'HEAD:dist: there is no dist in that revision'],
      [
        'HEAD~1',
        'HEAD',
        'HEAD:dist: there is no dist in that revision; write where the manifests are: HEAD:. for this folder, or HEAD:app/dist',
      ],
      [
        'HEAD',
        'main',
        'HEAD:dist: there is no dist in that revision; write where the manifests are: HEAD:. for this folder, or HEAD:app/dist',
      ],
    ])('fails with %s and %s', async (before, after, message) => {
      expect(await run(before, after)).toEqual({
        code: 2,
        out: '',
        err: `cdk8s-shared-memory: ${message}\n`,
      });
    });
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
      `cdk8s-shared-memory: nowhere: there is no such file or folder, and no git revision of that name; ${ALLOWED}`,
    ],
    ['v9:dist', `cdk8s-shared-memory: v9:dist: there is no git revision v9; ${ALLOWED}`],
    ['HEAD:nowhere', 'cdk8s-shared-memory: HEAD:nowhere: there is no nowhere in that revision\n'],
    [
      'HEAD:../elsewhere',
      'cdk8s-shared-memory: HEAD:../elsewhere: the path must be in the repository\n',
    ],
    ['HEAD:/dist', 'cdk8s-shared-memory: HEAD:/dist: the path must be in the repository\n'],
    [
      'HEAD..main:dist',
      `cdk8s-shared-memory: HEAD..main:dist: there is no git revision HEAD..main; ${ALLOWED}`,
    ],
    [
      'HEAD~1 --output=x:dist',
      `cdk8s-shared-memory: HEAD~1 --output=x:dist: there is no git revision HEAD~1 --output=x; ${ALLOWED}`,
    ],
  ])('fails with %s', async (word, message) => {
    expect(await run(word, 'dist')).toEqual({ code: 2, out: '', err: message });
  });
});
