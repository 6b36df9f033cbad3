import { join } from 'node:path';
import { lintFolder, run, write } from './lint-run';

lintFolder();

const pod = (name: string, namespace?: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}${namespace === undefined ? '' : `, namespace: ${namespace}`} }\nspec: { containers: [{ name: a, image: a }] }\n`;
const TWICE = '1 object is there more than once; if all are applied, the last one wins: ';

const twoFiles = (a: string, b: string) => [write('a.yaml', a), write('b.yaml', b)];

test('lint says which object is in two files, and where', async () => {
  const files = twoFiles(pod('web', 'shop'), `${pod('api', 'shop')}---\n${pod('web', 'shop')}`);
  const line = `${TWICE}Pod shop/web in a.yaml:1, b.yaml:6\n`;
  expect(await run('lint', ...files)).toEqual({
    code: 0,
    out: `3 objects in 2 files: no findings\n${line}`,
    err: '',
  });
  expect((await run('lint', ...files, '--format', 'json')).err).toContain(line);
});

test.each([
  ['of another name', pod('api')],
  ['of another namespace', pod('web', 'shop')],
  ['of another kind', pod('web').replace('kind: Pod', 'kind: PodTemplate')],
  ['of another version', pod('web').replace('v1', 'v2')],
])('an object %s is another one', async (_, other) => {
  const { out } = await run('lint', ...twoFiles(pod('web'), other));
  expect(out).not.toContain('more than once');
});

test('objects that the API server names are never the same', async () => {
  const named = pod('x').replace('name: x', 'generateName: web-');
  expect((await run('lint', ...twoFiles(named, named))).out).not.toContain('more than once');
});

test('long lists are cut', async () => {
  const four = ['a', 'b', 'c', 'd'].map(each => pod(each)).join('---\n');
  const { out } = await run('lint', write('all.yaml', [four, four, four, four].join('---\n')));
  expect(out).toContain('4 objects are there more than once');
  expect(out).toContain(
    'Pod a in all.yaml:1, all.yaml:21, all.yaml:41 and 1 more; Pod b in all.yaml:6, all.yaml:26, all.yaml:46 and 1 more; Pod c in all.yaml:11, all.yaml:31, all.yaml:51 and 1 more; and 1 more\n',
  );
});

test('review and diff say it on standard error', async () => {
  const twice = write('twice.yaml', `${pod('web')}---\n${pod('web')}`);
  const once = write('once.yaml', pod('web'));
  const line = `${TWICE}Pod web in twice.yaml:1, twice.yaml:6\n`;
  expect((await run('review', twice)).err).toBe(line);
  expect((await run('review', once)).err).toBe('');
  expect((await run('diff', twice, once)).err).toBe(line);
  expect((await run('diff', once, twice)).err).toBe(line);
});

test('fails to mix anything if two charts make the same object', async () => {
  const made = (labels: string) =>
    `apiVersion: v1\nkind: Namespace\nmetadata: { labels: { ${labels} }, name: shop }\n`;
  const said = async (a: string, b: string) =>
    (await run('review', ...twoFiles(a, b))).out.includes('so this page mixes stages, or clusters');
  expect(await said(made('a: b'), made('a: b'))).toBe(false);
  expect(await said(made('a: b'), made('a: c'))).toBe(true);
});

test('the pages themselves say it, because they are for one cluster at one time', async () => {
  const stages = join(__dirname, '..', '..', 'dist', 'gray-release');
  const mixed =
    '4 objects are there more than once, and not the same, so this page mixes stages, or clusters';
  expect((await run('review', stages)).out).toContain(`**Look at this: ${mixed}.**`);
  expect((await run('runbook', stages)).out).toContain(
    `**${mixed}.** No cluster has all of this: make it of one folder at a time.`,
  );
  for (const page of ['review', 'runbook']) {
    expect((await run(page, join(stages, '1-agents'))).out).not.toContain('more than once');
  }
});
