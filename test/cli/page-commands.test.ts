import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from './run-main';

const here = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'review-'));
  mkdirSync(join(folder, 'deploy', 'shop'), { recursive: true });
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { hostIPC: true, containers: [{ name: web, image: web }] }\n';

const run = (...args: string[]) => runMain('review', ...args);

test('the page of YAML that never saw this library, with links as they are from its folder', async () => {
  writeFileSync('deploy/shop/web.yaml', POD);
  const { code, out, err } = await run('deploy');
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain(
    '| Pod [web](shop/web.yaml) | `hostIPC` | **these manifests give no reason** | `web` |',
  );
});

test('fails with a file that cannot be read: the page says which one, and stops', async () => {
  writeFileSync('deploy/shop/web.yaml', POD);
  writeFileSync('deploy/shop/api.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: [\n');
  const { code, out, err } = await run('deploy');
  expect(code).toBe(2);
  expect(out).toContain('**Stop: 1 error');
  expect(out).toMatch(/SHM900.* \| \[shop\/api\.yaml\]\(shop\/api\.yaml\) \| /);
  expect(err).toMatch(/^deploy\/shop\/api\.yaml:4:1: not YAML/);
});

test.each([
  ['nowhere', 'there is no such file or folder'],
  ['deploy', 'no Kubernetes manifests (.yaml, .yml, .json) there'],
])('fails with %s', async (name, message) => {
  expect(await run(name)).toEqual({
    code: 2,
    out: '',
    err: `cdk8s-shared-memory: ${name}: ${message}\n`,
  });
});

test('several files and folders are one page, with links as they are from here', async () => {
  writeFileSync('deploy/shop/web.yaml', POD);
  writeFileSync('other.yaml', POD.replace('name: web }', 'name: other }'));
  const { code, out } = await run('deploy', 'other.yaml');
  expect(code).toBe(0);
  expect(out).toContain('Pod [web](deploy/shop/web.yaml)');
  expect(out).toContain('[other](other.yaml)');
});

test('an input that could not be read is a doubt, and the exit code says so', async () => {
  writeFileSync('deploy/shop/web.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: [\n');
  const { code, out } = await run('deploy');
  expect(code).toBe(2);
  expect(out).toContain(
    '- These manifests do not show whether a pod shares memory: 1 input could not be read.',
  );
});

describe('--since', () => {
  test('leads with what changed since a folder that was approved', async () => {
    writeFileSync('deploy/shop/web.yaml', POD);
    mkdirSync('approved/shop', { recursive: true });
    writeFileSync('approved/shop/web.yaml', POD.replace('hostIPC: true, ', ''));
    const { code, out, err } = await run('deploy', '--since', 'approved');
    expect([code, err]).toEqual([0, '']);
    const headings = out.split('\n').filter(line => line.startsWith('## '));
    expect(headings.slice(0, 2)).toEqual([
      '## What changed since `approved`',
      '## What you approve',
    ]);
    expect(out).toMatch(/### Privileges\n\n- ➕ `Pod web`: `hostIPC`/);
    // the section has the whole first line of diff, the page only what concerns access
    const [first] = (await run('deploy')).out.split('\n').slice(2);
    expect(out.split('\n').slice(2, 5)).toEqual([
      '**Since `approved`: 1 privilege gained.**',
      '',
      first,
    ]);
    expect(out).toContain('## What changed since `approved`\n\n**1 privilege gained; ');
  });

  test('leads with what somebody has accepted since then', async () => {
    const accepted = (text: string) =>
      POD.replace(
        'metadata: {',
        `metadata: { annotations: { cdk8s-shared-memory/acknowledge.SHM301: '${text}' },`,
      );
    mkdirSync('approved/shop', { recursive: true });
    writeFileSync('approved/shop/web.yaml', POD);
    writeFileSync('deploy/shop/web.yaml', accepted('until 2027-03-31: the vendor needs it'));
    const { out } = await run('deploy', '--since', 'approved');
    expect(out.split('\n')[2]).toMatch(
      /^\*\*Since `approved`: 1 acknowledgement added \(SHM301\); no privilege gained or lost\.\*\*$/,
    );
    expect(out.split('## What changed since `approved`\n\n')[1].split('\n')).toEqual(
      expect.arrayContaining([
        '### Acknowledgements',
        '- ➕ `SHM301` is accepted until `2027-03-31`: the vendor needs it',
      ]),
    );
    expect(out.match(/^### .*/m)?.[0]).toBe('### Acknowledgements');
  });

  test('marks the rows that are new, wherever their files are, and signs the same page', async () => {
    const other = POD.replaceAll('web', 'api').replace('hostIPC', 'hostPID');
    mkdirSync('approved');
    writeFileSync('approved/all.yaml', POD);
    writeFileSync('deploy/shop/web.yaml', POD);
    writeFileSync('deploy/shop/api.yaml', other);
    const { out } = await run('deploy', '--since', 'approved');
    const rows = out.split('\n').filter(line => /^\| (\*\*new\*\* )?Pod/.test(line));
    expect(rows.slice(0, 2)).toEqual([
      '| Pod [web](shop/web.yaml) | `hostIPC` | **these manifests give no reason** | `web` |',
      '| **new** Pod [api](shop/api.yaml) | `hostPID` | **these manifests give no reason** | `api` |',
    ]);
    expect(out).toContain(
      '\nOn this page, **new** marks what the page of `approved` does not have, and **changed** an item or a row that says something else there; `(was ...)` shows what a row said.\n',
    );
    expect(out).not.toMatch(/^\| \*\*new\*\* (who|---)/m);
    const digest = /sha256:[0-9a-f]{64}/;
    expect(digest.exec(out)?.[0]).toBe(digest.exec((await run('deploy')).out)?.[0]);
  });

  test('says so if nothing has changed', async () => {
    writeFileSync('deploy/shop/web.yaml', POD);
    const { out } = await run('deploy', '--since', 'deploy');
    expect(out.split('\n')[2]).toMatch(/^\*\*Since `deploy`: no difference\.\*\*$/);
    expect(out).toMatch(/## What changed since `deploy`\n\n\*\*[^\n]*\*\*\n\n## What you approve/);
    expect(out).not.toContain('**new**');
  });

  test.each([
    ['a state that is not there', ['deploy', '--since', 'gone'], /gone: there is no such file/],
    ['two paths', ['deploy', 'deploy', '--since', 'deploy'], /--since: given with deploy deploy/],
  ])('fails with %s', async (_, args, message) => {
    writeFileSync('deploy/shop/web.yaml', POD);
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

test('the runbook of several folders is one page', async () => {
  const dist = (name: string) => join(__dirname, '..', '..', 'dist', name);
  const { code, out } = await runMain('runbook', dist('policy'), dist('join-by-label'));
  expect(code).toBe(0);
  expect(out).toContain('## ClientPolicy `policy-clients`');
  expect(out).toContain('## Pods that join contract `routes` by label');
});
