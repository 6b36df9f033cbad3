import { adopt, fileOf, run, type Adopted } from './adopted-app';
import { agent, client, folderOf, workload } from './shared-workloads';

const adopted = async (...objects: string[]) =>
  adopt(folderOf({ 'all.yaml': objects.join('---\n') }));
const field = (app: Adopted, name: string) =>
  [...fileOf(app, 'contract.ts').matchAll(new RegExp(`^ *${name}: '(.*)',$`, 'gm'))].map(
    ([, value]) => value,
  );
const calls = (app: Adopted) =>
  fileOf(app, 'main.ts')
    .split('\n')
    .filter(line => /^\w+\.(serveFrom|attachTo)/.test(line));

describe('the mount path', () => {
  const at = (name: string, path: string) => workload('Deployment', name, { at: path });

  test('is that of most clients', async () => {
    const app = await adopted(agent, at('a', '/one'), at('b', '/two'), at('c', '/two'));
    expect(field(app, 'mountPath')).toEqual(['/two']);
    expect(app.out).toContain('Deployment shop/a: it is mounted at `/one`, and the others');
  });

  test('is that of the agent if as many clients have another one', async () => {
    const serving = workload('DaemonSet', 'cache', { at: '/two' });
    expect(field(await adopted(serving, at('a', '/one'), at('b', '/two')), 'mountPath')).toEqual([
      '/two',
    ]);
  });

  test('is otherwise the first in alphabetical order', async () => {
    const clients = [at('b', '/two'), at('d', '/two'), at('a', '/one'), at('c', '/one')];
    expect(field(await adopted(...clients), 'mountPath')).toEqual(['/one']);
  });
});

describe('the containers', () => {
  const more = (text: string, list = 'containers') =>
    text.replace(
      `      ${'containers:'}`,
      list === 'containers'
        ? '      containers:\n        - { name: other, image: i }'
        : `      initContainers:\n        - { name: init, image: i, volumeMounts: [{ name: shared, mountPath: /run/cache }] }\n      containers:`,
    );

  test('are named if the pod has several', async () => {
    const app = await adopted(more(agent), more(client));
    expect(calls(app)).toEqual([
      "cache.serveFrom(allManifests, { workload: 'DaemonSet/cache', container: 'app', asIs: true });",
      "cache.attachTo(allManifests, { workload: 'Deployment/web', containers: ['app'], asIs: true });",
    ]);
  });

  test('of an agent are an ordinary one, although an init container writes first', async () => {
    const app = await adopted(more(agent, 'init'), client);
    expect(calls(app)[0]).toBe(
      "cache.serveFrom(allManifests, { workload: 'DaemonSet/cache', asIs: true });",
    );
  });

  test('of an agent are the init container if only that writes', async () => {
    const reading = more(agent, 'init').replace(
      'volumeMounts: [{ name: shared, mountPath: /run/cache }]\n      volumes',
      'volumeMounts: [{ name: shared, mountPath: /run/cache, readOnly: true }]\n      volumes',
    );
    expect(calls(await adopted(reading, client))[0]).toContain("container: 'init'");
  });
});

describe('the namespace', () => {
  test('without an agent is that of a client, or default', async () => {
    const peers = ['a', 'b'].map(name => workload('Deployment', name));
    expect(field(await adopted(...peers), 'namespace')).toEqual(['shop']);
    const bare = peers.map(each => each.replace(', namespace: shop', ''));
    const app = await adopted(...bare);
    expect(fileOf(app, 'contract.ts')).toContain(`
  // a guess: the manifests name no namespace. Write the one into which you apply them
  namespace: 'default',
`);
    expect(app.out).toContain('write the namespace into which you apply the manifests');
    expect(field(app, 'servedBy')).toEqual(['its clients, as far as the manifests show']);
    expect(app.out).toContain('No agent is in these manifests.');
  });

  test('a client whose server is elsewhere is adopted alone', async () => {
    const app = await adopted(client);
    expect(field(app, 'servedBy')).toEqual(['unknown: it is not in the manifests']);
    expect(calls(app)).toHaveLength(1);
  });
});

describe('the names', () => {
  const two = (path: string, of: string, name = 'cache') => [
    workload('DaemonSet', name, { path }),
    workload('Deployment', of, { path }),
  ];

  test('of two contracts of one agent differ', async () => {
    const both = agent.replace(
      'volumeMounts: [',
      'volumeMounts: [{ name: more, mountPath: /run/more }, ',
    );
    const serving = both.replace(
      'volumes: [',
      'volumes: [{ name: more, hostPath: { path: /run/more } }, ',
    );
    const app = await adopted(serving, client, workload('Deployment', 'b', { path: '/run/more' }));
    expect(field(app, 'name').sort()).toEqual(['cache', 'cache', 'cache-2', 'more']);
  });

  test('of contracts that the manifests have already are not used again', async () => {
    const folder = folderOf({ 'a.yaml': agent, 'b.yaml': client });
    await run('adopt', folder, '--marks', '--write');
    const next = [...two('/run/next', 'late')]
      .join('---\n')
      .replace('namespace: cache', 'namespace: other');
    const app = await adopt(folder, folderOf({ 'c.yaml': next }));
    expect(field(app, 'name')[0]).toBe('cache-next');
  });

  test('are DNS labels, of at most 40 and 20 characters', async () => {
    const path = `/run/Some_Directory.${'x'.repeat(30)}`;
    const app = await adopted(
      workload('Deployment', 'a', { path }),
      workload('Job', 'b', { path }),
    );
    const [name, memory] = field(app, 'name');
    expect([name, memory]).toEqual(['some-directory-xxxxx', 'some-directory-xxxxx']);
  });
});

test('only a directory outside /run must be allowed', async () => {
  const files = await adopted(
    workload('Deployment', 'a', { path: '/tmp/shared' }),
    workload('Deployment', 'b', { path: '/tmp/shared' }),
  );
  expect(fileOf(files, 'contract.ts')).toContain(
    "{ path: '/tmp/shared', reason: 'not reviewed yet: adopted as it was found' }",
  );
  expect(fileOf(await adopted(agent, client), 'contract.ts')).not.toContain('allowedNodePaths');
});

test('what cannot be adopted leaves the rest alone', async () => {
  const path = '/run/other';
  const claim = workload('Deployment', 'c', { path }).replace(
    `hostPath: { path: ${path} }`,
    'persistentVolumeClaim: { claimName: other }',
  );
  const volume = `apiVersion: v1
kind: PersistentVolume
metadata: { name: other }
spec: { local: { path: ${path} }, claimRef: { namespace: shop, name: other } }
`;
  const app = await adopted(agent, client, workload('DaemonSet', 'd', { path }), claim, volume);
  expect(field(app, 'name')).toEqual(['cache', 'cache']);
  expect(app.out).toContain('Deployment shop/c: it is mounted through a claim');
});

test('the text of a file stays, with comments and empty documents', async () => {
  const text = `# first\n---\n${agent}---\n# nothing here\n---\n${client}# last\n`;
  const app = await adopt(folderOf({ 'all.yaml': text }));
  expect(fileOf(app, 'manifests/all.yaml')).toBe(text);
});
