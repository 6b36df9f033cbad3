import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { folder, lintFolder, run, runExactly, write } from './lint-run';

lintFolder();

const POD = `# of the team
apiVersion: v1
kind: Pod
metadata:
  name: a # its name
spec:
  hostPID: true
  shareProcessNamespace: true
  containers:
    - name: a
      image: registry.example.com/a:1
      resources: { limits: { memory: 64m } }
      volumeMounts: [{ name: m, mountPath: /dev/shm/ }]
  volumes: [{ name: m, emptyDir: { medium: Ram } }]
`;
const FIXED = POD.replace('  shareProcessNamespace: true\n', '')
  .replace('64m', '64Mi')
  .replace('/dev/shm/', '/dev/shm')
  .replace('Ram', 'Memory');

/** A finding whose fix a person must decide on. */
const READ_ONLY =
  'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: a\n      image: a\n      volumeMounts: [{ name: m, mountPath: /dev/shm, readOnly: true }]\n  volumes: [{ name: m, emptyDir: {} }]\n';
const READ_RIGHT = READ_ONLY.replace(', readOnly: true', '');

test('--fix writes what has one right answer, says what it did, and then what is left', async () => {
  const path = write('a.yaml', POD);
  chmodSync(path, 0o640);
  const { code, out, err } = await run('lint', '--fix', path);
  expect(readFileSync(path, 'utf8')).toBe(FIXED);
  expect(statSync(path).mode.toString(8)).toBe('100640');
  expect(err).toContain('fixed: a.yaml: SHM313 Pod a: remove shareProcessNamespace\n');
  expect(err).toContain('fixed: a.yaml: SHM107 Pod a, container a: write mountPath: /dev/shm\n');
  expect([code, out]).toEqual([0, expect.stringContaining('warning SHM201')]);
  expect((await run('lint', '--fix', path)).err).not.toContain('fixed:');
  expect(readFileSync(path, 'utf8')).toBe(FIXED);
});

test('--fix --dry-run prints a patch that git applies, and writes nothing', async () => {
  const path = write('a.yaml', POD);
  write('b.yaml', POD.replace('name: a # its name', 'name: b'));
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { out, err } = await run('lint', '--fix', '--dry-run', '.');
    expect(readFileSync(path, 'utf8')).toBe(POD);
    expect(err).toContain('would fix: a.yaml: SHM313');
    execFileSync('git', ['init', '-q'], { stdio: 'ignore' });
    execFileSync('git', ['apply', '-'], { input: out });
  } finally {
    process.chdir(before);
  }
  expect(readFileSync(path, 'utf8')).toBe(FIXED);
  expect(readFileSync(join(folder, 'b.yaml'), 'utf8')).toContain('medium: Memory');
});

describe('git apply takes the patch', () => {
  const git = (cwd: string, args: string[], input = '') =>
    execFileSync('git', args, { cwd, input, stdio: ['pipe', 'pipe', 'pipe'] });
  const cwd = process.cwd();
  let [repository, subfolder] = ['', ''];
  beforeEach(() => {
    repository = realpathSync(folder);
    subfolder = join(repository, 'deploy');
    mkdirSync(join(subfolder, 'my pods'), { recursive: true });
    git(repository, ['init', '-q']);
  });
  afterEach(() => process.chdir(cwd));

  /** A patch for files, made in a folder, with what the command says. */
  async function patchIn(here: string, options: string[], ...paths: string[]) {
    process.chdir(here);
    return runExactly('lint', ...options, ...paths);
  }

  const FIX = ['--fix', '--dry-run'];
  const CHANGED = '-      volumeMounts: [{ name: m, mountPath: /dev/shm/ }]';

  test.each([
    ['the root of a repository', (): string => repository],
    ['a subfolder', (): string => subfolder],
  ])('with absolute paths, in %s', async (_, here) => {
    const paths = [write('deploy/a.yaml', POD), write('deploy/my pods/b.yaml', POD)];
    const { out, err } = await patchIn(here(), FIX, ...paths);
    expect([out, err]).toEqual([
      expect.stringContaining(CHANGED),
      expect.not.stringContaining('apply the patch in'),
    ]);
    git(here(), ['apply', '-'], out);
    expect(paths.map(path => readFileSync(path, 'utf8'))).toEqual([FIXED, FIXED]);
  });

  test('with a path through a link', async () => {
    const path = write('deploy/a.yaml', POD);
    symlinkSync('deploy', join(repository, 'current'));
    const { out } = await patchIn(repository, FIX, join(repository, 'current', 'a.yaml'));
    git(repository, ['apply', '-'], out);
    expect(readFileSync(path, 'utf8')).toBe(FIXED);
  });

  test.each([
    [FIX, POD, FIXED],
    [['--suggest'], READ_ONLY, READ_ONLY.replace(', readOnly: true', '')],
  ])(
    'with a file above the current directory, in the folder that is named: %s',
    async (options, before, after) => {
      const paths = [write('a.yaml', before), write('deploy/b.yaml', before)];
      const { out, err } = await patchIn(subfolder, options, '../a.yaml', 'b.yaml');
      expect(err).toContain(
        `not all files are below the current directory: apply the patch in ${repository}\n`,
      );
      git(repository, ['apply', '-'], out);
      expect(paths.map(path => readFileSync(path, 'utf8'))).toEqual([after, after]);
    },
  );
});

test('a link stays, and its target is written', async () => {
  write('a.txt', POD);
  const link = join(folder, 'a.yaml');
  symlinkSync('a.txt', link);
  await run('lint', '--fix', link);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe(FIXED);
});

test('what cannot be changed in place is said, with the reason', async () => {
  const text = POD.replace('# of the team', '# Generated by x. DO NOT EDIT.');
  const path = write('a.yaml', text);
  const { err } = await run('lint', '--fix', path);
  expect(readFileSync(path, 'utf8')).toBe(text);
  expect(err).toContain(
    'not fixed: a.yaml: SHM313 Pod a: remove shareProcessNamespace; a comment says that the file must not be edited: change what it is made from',
  );
});

test('--suggest prints a patch for each decision, and what restarts', async () => {
  const path = write('a.yaml', READ_ONLY);
  const { code, out } = await run('lint', '--suggest', path);
  expect(code).toBe(0);
  expect(out).toContain(
    '# a.yaml: SHM113 Pod a, container a: remove readOnly: true; a running Pod cannot be changed like this: delete it and create it again\n--- a',
  );
  expect(out).toContain('+      volumeMounts: [{ name: m, mountPath: /dev/shm }]');
  expect(out).toMatch(/\n$/);
});

test('--suggest names what is left without a patch, and nothing else', async () => {
  const unsized = READ_ONLY.replace(', readOnly: true', '').replace('{}', '{ medium: Memory }');
  const line = unsized.split('\n').findIndex(each => each.includes('medium: Memory')) + 1;
  const { out, err } = await run('lint', '--suggest', write('a.yaml', unsized));
  expect(out).toBe('');
  expect(err.match(/^no patch: .*/gm)).toEqual([
    expect.stringMatching(
      /^no patch: a\.yaml:\d+: warning SHM203 Pod a, container a: container a has/,
    ),
    expect.stringMatching(new RegExp(`^no patch: a\\.yaml:${line}: warning SHM201 Pod a: `)),
  ]);
  for (const text of [READ_ONLY, POD]) {
    const rest = await run('lint', '--suggest', write('b.yaml', text));
    expect(rest.err).not.toContain('no patch');
  }
  const skipped = POD.replace('# of the team', '# Generated by x. DO NOT EDIT.');
  const both = await run('lint', '--suggest', write('c.yaml', skipped));
  expect(both.err).not.toContain('no patch');
  const unreadable = await run('lint', '--suggest', write('d.yaml', 'a: ['));
  expect(unreadable.err).toMatch(/^no patch: d\.yaml:\d+: error SHM\d{3}: /);
});

describe('the exit code, and how many findings there are', () => {
  const NO_SIZE = READ_ONLY.replace(', readOnly: true', '').replace('{}', '{ medium: Memory }');
  const STRICT = ['--fail-on', 'warning'];
  test.each<[string, string[], string, number, string]>([
    ['no suggestion', ['--suggest'], NO_SIZE, 0, '2 warnings; none has a suggestion\n'],
    ['at a level', ['--suggest', ...STRICT], NO_SIZE, 1, '2 warnings; none has a suggestion\n'],
    ['a suggestion', ['--suggest', ...STRICT], READ_ONLY, 1, '1 warning; 1 has a suggestion\n'],
    [
      'a fix',
      ['--suggest'],
      POD,
      1,
      '2 errors; none has a suggestion; 2 have a fix that lint --fix writes\n',
    ],
    ['no finding', ['--suggest'], READ_ONLY.replace(', readOnly: true', ''), 0, 'no findings\n'],
    ['all is fixed', ['--fix', '--dry-run'], POD, 0, 'left after that: 1 warning\n'],
    [
      'one is left',
      ['--fix', '--dry-run', ...STRICT],
      READ_ONLY,
      1,
      'left after that: 1 warning\n',
    ],
    ['unreadable', ['--suggest'], 'a: [', 2, '1 error; none has a suggestion\n'],
  ])('%s', async (_, options, text, code, words) => {
    const result = await run('lint', ...options, write('a.yaml', text));
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(words)]);
  });
});

describe('a key twice in one object', () => {
  const twice = (first: string) => READ_RIGHT.replace('      image: a\n', `${first}$&`);

  test('with one value, --fix removes one of them', async () => {
    const path = write('a.yaml', twice('      image: "a"\n'));
    const { err } = await run('lint', '--fix', path);
    expect(err).toContain('fixed: a.yaml: SHM905: remove one of two equal keys image\n');
    expect(readFileSync(path, 'utf8')).toBe(READ_RIGHT);
  });

  test('with two values, --suggest keeps the one that kubectl takes', async () => {
    const path = write('a.yaml', twice('      image: b\n'));
    expect((await run('lint', '--fix', path)).err).not.toContain('fixed:');
    const { out } = await run('lint', '--suggest', path);
    expect(out).toContain(
      '# a.yaml: SHM905: remove the key image that kubectl drops; kubectl applies the same as before\n',
    );
    expect(out).toContain('\n-      image: b\n');
  });
});

test('SARIF contains the change', async () => {
  const path = write('a.yaml', POD);
  const { out } = await run('lint', '--format', 'sarif', path);
  const { results } = JSON.parse(out).runs[0];
  const fix = results.find((each: { ruleId: string }) => each.ruleId === 'SHM313').fixes[0];
  expect(fix.description.text).toBe('remove shareProcessNamespace');
  const [{ deletedRegion, insertedContent }] = fix.artifactChanges[0].replacements;
  expect([deletedRegion, insertedContent]).toEqual([
    { startLine: 8, startColumn: 3, endLine: 9, endColumn: 3 },
    { text: '' },
  ]);
});

test.each([
  [['--dry-run'], '--dry-run: allowed together with --fix'],
  [['--fix', '--suggest'], '--fix and --suggest: given both; allowed one of them'],
])('fails with %s', async (options, message) => {
  const { code, err } = await run('lint', ...options, write('a.yaml', POD));
  expect([code, err]).toEqual([2, `cdk8s-shared-memory: ${message}\n`]);
});
