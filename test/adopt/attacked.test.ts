import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { adopt, adoptInto, fileOf, run, synthesized } from './adopted-app';
import { agent, client, folderOf, workload } from './shared-workloads';
import { readFiles } from '../../src/read/input-files';

const both = (...more: string[]) => ({ 'all.yaml': [agent, client, ...more].join('---\n') });
const listed = (out: string) => out.split('\n').filter(line => line.startsWith('- '));
/** A pod with one more mount of the directory. */
const twice = (readOnly: boolean, name = 'twice') =>
  workload('Deployment', name, { readOnly: true }).replace(
    'volumeMounts: [',
    `volumeMounts: [{ name: shared, mountPath: /elsewhere, readOnly: ${readOnly} }, `,
  );

test('a client that writes through another mount is no reader', async () => {
  const app = await adopt(folderOf(both(twice(false))));
  expect(listed(app.out)).toEqual([
    '- `/run/cache` of the node, Deployment shop/twice: it is mounted read-only where the others mount it, and writable at `/elsewhere`. Make one of them as the other.',
  ]);
  expect(fileOf(app, 'main.ts')).not.toContain('twice');
});

test('a second run leaves alone what a contract has already, and joins nothing to another one', async () => {
  const late = workload('Deployment', 'late', { readOnly: true });
  const minority = workload('Deployment', 'minority', { at: '/cache' });
  const folder = folderOf(both(twice(true), minority));
  await run('adopt', folder, '--marks', '--write');
  const marked = readFileSync(join(folder, 'all.yaml'), 'utf8');
  writeFileSync(join(folder, 'late.yaml'), late);
  const again = await run('adopt', folder, '--marks', '--write');
  expect(again.code).toBe(1);
  expect(readFileSync(join(folder, 'all.yaml'), 'utf8')).toBe(marked);
  expect(readFileSync(join(folder, 'late.yaml'), 'utf8')).toBe(late);
  expect(listed(again.out)).toContain(
    '- `/run/cache` of the node, Deployment shop/late: contract `cache` has it already. Attach the workload to that contract.',
  );
});

test('JSON stays JSON', async () => {
  const [a] = readFiles([folderOf({ 'a.yaml': agent })]).manifests;
  const folder = folderOf({ 'a.json': JSON.stringify(a.json, null, 2), 'b.yaml': client });
  expect((await run('adopt', folder, '--marks', '--write')).code).toBe(0);
  const written = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'));
  expect(Object.keys(written.metadata.annotations)).toContain('cdk8s-shared-memory/contract.cache');
});

test.each(['join', 'included', 'eval', 'arguments', 'constructor', 'exports', 'app', 'await'])(
  'an agent called %s makes an app that runs',
  async name => {
    const named = agent.replace('name: cache', `name: ${name}`);
    const app = await adopt(folderOf({ [`${name}.yaml`]: named, 'b.yaml': client }));
    expect(app.code).toBe(0);
    expect(readFiles([synthesized(app)]).manifests).toHaveLength(2);
  },
);

test.each(['"0o644"', '"0X1F"', '"a\\x7fb"', '"\\u2028"'])(
  'a text that would be written as something else is left out: %s',
  async text => {
    const config = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { a: ${text} }\n`;
    const { out } = await adopt(folderOf(both(config)));
    expect(out).toContain('- ConfigMap c: cdk8s would write one of its texts');
  },
);

test('objects that are left out can be there twice', async () => {
  const job = 'apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: g- }\nspec: {}\n';
  expect((await adopt(folderOf(both(job, job)))).code).toBe(0);
});

test('directories that are probably on a disk are no memory', async () => {
  const logs = ['a', 'b'].map(name => workload('Deployment', name, { path: '/mnt/models' }));
  const { out } = await adopt(folderOf(both(...logs)));
  expect(listed(out)).toHaveLength(2);
  expect(out).toContain('Deployment shop/a: it is probably on a disk, and no memory');
  const mounted = ['a', 'b'].map(name =>
    workload('Deployment', name, { path: '/mnt/shm', at: '/dev/shm' }),
  );
  expect(listed((await adopt(folderOf(both(...mounted)))).out)).toEqual([]);
});

test('a hook of Argo CD is left out', async () => {
  const hook = workload('Deployment', 'hook', {
    metadata: ', annotations: { argocd.argoproj.io/hook: PreSync }',
  });
  expect((await adopt(folderOf(both(hook)))).out).toContain(
    '- Deployment shop/hook: Argo CD runs it as a hook (`PreSync`). Leave it to Argo CD.',
  );
});

test('a file that only its owner reads stays like that', async () => {
  const folder = folderOf(both());
  chmodSync(join(folder, 'all.yaml'), 0o600);
  const app = await adopt(folder);
  expect(statSync(join(app.folder, 'manifests/all.yaml')).mode.toString(8)).toMatch(/600$/);
});

test('what the review says of an adopted path does not depend on its spelling', async () => {
  const spelt = [agent, client].map(each =>
    each.replace('path: /run/cache', 'path: /var/run/cache/'),
  );
  const app = await adopt(folderOf({ 'all.yaml': spelt.join('---\n') }));
  const review = readFileSync(join(synthesized(app), 'REVIEW.md'), 'utf8');
  expect(review).not.toContain('these manifests give no reason');
});

test('a client whose volume creates the directory can be adopted; the step says what is first', async () => {
  const creating = workload('Deployment', 'late', { readOnly: true, type: 'DirectoryOrCreate' });
  const app = await adopt(folderOf(both(creating)));
  expect(app.out).toContain(
    'nothing until this is mended (write `type: Directory` in the hostPath volume)',
  );
  const yaml = readFileSync(join(synthesized(app), 'all.k8s.yaml'), 'utf8');
  expect(yaml).not.toContain('the pod waits until the agent has made the directory');
  expect(yaml).toContain('memory cache through the hostPath that the workload has');
});

test('a Job must be created again', async () => {
  const job = client.replace('apps/v1', 'batch/v1').replace('Deployment', 'Job');
  expect((await adopt(folderOf({ 'a.yaml': agent, 'j.yaml': job }))).out).toContain(
    '| Job shop/web, which must be deleted and created again |',
  );
});

describe('fails with --out', () => {
  const folder = folderOf(both());

  test('a file', async () => {
    const file = join(folder, 'all.yaml');
    const { code, err } = await adoptInto(file, folder);
    expect([code, err]).toEqual([
      2,
      `cdk8s-shared-memory: --out ${file}: it is no folder; name a new one\n`,
    ]);
  });

  test('a link that leads nowhere', async () => {
    const link = join(dirname(folder), 'link');
    symlinkSync('/nowhere/at/all', link);
    expect((await adoptInto(link, folder)).err).toContain('it is no folder; name a new one');
  });

  test('an empty name', async () => {
    expect((await adoptInto('', folder)).err).toContain('name a new folder in one that exists');
  });

  test('a folder in the manifests, by way of a link', async () => {
    const link = join(dirname(folder), 'other');
    symlinkSync(folder, link);
    expect((await adoptInto(join(folder, 'app'), link)).err).toContain('read again');
  });
});
