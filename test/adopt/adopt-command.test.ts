import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adopt, adoptInto, fileOf, filesIn, synthesized } from './adopted-app';
import { agent, client, folderOf, secret, workload } from './shared-workloads';
import { readFiles } from '../../src/read/input-files';

describe('an agent and a client, in two files', () => {
  const files = { 'agent/cache.yaml': agent, 'web.yml': client };

  test('become a contract and an app that can be read', async () => {
    const app = await adopt(folderOf(files));
    expect(app).toMatchObject({ code: 0, err: '' });
    expect(filesIn(app.folder)).toEqual([
      '.gitignore',
      'README.md',
      'cdk8s.yaml',
      'contract.ts',
      'main.ts',
      'manifests/agent/cache.yaml',
      'manifests/web.yaml',
      'package.json',
      'tsconfig.json',
    ]);
    expect(fileOf(app, 'contract.ts'))
      .toBe(`import { AgentContract, Backing, ClientVolume, NodeContent, SharedMemory } from 'cdk8s-shared-memory';

// The contracts that the manifests fulfil already. What nobody knows is left out: sizes, owners,
// groups, and what clients wait for. What is a guess says so, and what to check. README.md lists
// what each of them would bring.

export const cache = new AgentContract({
  name: 'cache',
  namespace: 'cache',
  version: 'v1',
  memory: [
    SharedMemory.files({
      name: 'cache',
      mountPath: '/run/cache',
      backing: Backing.existing('/run/cache', {
        // a guess: the manifests show no socket in /run/cache. Run \`find /run/cache -type s\` on a
        // node; if it lists one, write NodeContent.SOCKETS, and acknowledge SHM310
        contains: NodeContent.FILES,
        clientsWait: false,
      }),
    }),
  ],
  clientVolume: ClientVolume.hostPath(),
});
`);
    expect(fileOf(app, 'main.ts')).toContain(`
const agentCacheManifests = included('agent-cache', 'agent/cache.yaml');
const webManifests = included('web', 'web.yaml');

// asIs: only the mark of the contract is written, and no pod restarts

// a guess: it is the only DaemonSet that writes there. If it does not serve the memory, attach it,
// and write who does as servedBy in contract.ts
cache.serveFrom(agentCacheManifests, { workload: 'DaemonSet/cache', asIs: true });
cache.attachTo(webManifests, { workload: 'Deployment/web', asIs: true });

app.synth();
`);
    expect(fileOf(app, 'manifests/agent/cache.yaml')).toBe(agent);
    expect(fileOf(app, 'manifests/web.yaml')).toBe(client);
  });

  test('the page lists the steps, with what each adds and what restarts', async () => {
    const app = await adopt(folderOf(files));
    const page = fileOf(app, 'README.md');
    expect(app.out.startsWith(page)).toBe(true);
    expect(page).toContain('| agent | DaemonSet cache/cache | `app` | reads and writes |');
    expect(page).toContain('| client | Deployment shop/web | `app` | reads |');
    const steps = page
      .slice(page.indexOf('## Next steps'))
      .split('\n')
      .filter(line => line.startsWith('| `'));
    expect(steps.map(line => line.split(' | ').slice(-1)[0])).toEqual([
      'nothing |',
      'nothing |',
      'nothing |',
      'the pods of Deployment shop/web |',
      'the pods of Deployment shop/web |',
      'the pods of Deployment shop/web |',
      'the pods of DaemonSet cache/cache, the pods of Deployment shop/web |',
    ]);
    expect(steps[0]).toContain(
      'run `find /run/cache -type s` on a node. If it lists something, write `NodeContent.SOCKETS`',
    );
    expect(steps[1]).toContain('if the DaemonSet of `serveFrom()` does not serve the memory');
    expect(steps[2]).toContain('size: Size.mebibytes');
    expect(steps[3]).toContain('adds `spec.template.spec.nodeSelector["kubernetes.io/os"]`');
    expect(steps[5]).toContain('add a ContractGrant for shop');
  });

  test('the same input gives the same bytes', async () => {
    const folder = folderOf(files);
    const [first, second] = [await adopt(folder), await adopt(folder)];
    const all = (app: typeof first) => filesIn(app.folder).map(name => [name, fileOf(app, name)]);
    expect(all(second)).toEqual(all(first));
  });
});

test('what the library cannot take as it is, is listed with the reason', async () => {
  const { code, out, err } = await adopt(
    folderOf({
      'all.yaml': [
        agent,
        client,
        workload('Deployment', 'elsewhere', { at: '/cache' }),
        workload('Deployment', 'socket', { path: '/run/cache/api.sock', type: 'Socket' }),
        workload('Deployment', 'windows', {
          more: '      nodeSelector: { kubernetes.io/os: windows }\n',
        }),
        workload('Deployment', 'own-shm', { path: '/dev/shm' }),
      ].join('---\n'),
    }),
  );
  expect([code, err]).toEqual([
    3,
    'cdk8s-shared-memory: Deployment socket, Deployment elsewhere and Deployment windows use the memory of a contract and are not in it, so nobody compares them with the other sides: docs/adopt.md of the package says what to do\n',
  ]);
  const listed = out
    .slice(out.indexOf('## Shared, but not adopted'), out.indexOf('## Next steps'))
    .split('\n')
    .filter(line => line.startsWith('- '));
  expect(listed).toEqual([
    '- `/run/cache/api.sock` of the node, Deployment shop/socket: it is a Socket, not a directory. If the server makes a new one, a pod keeps the old one: mount its directory.',
    '- `/dev/shm` of the node, Deployment shop/own-shm: nothing else in these manifests shares it. If the other side is in another repository, adopt both together. If the program only needs a larger `/dev/shm`, use `PodSharedMemory`.',
    '- `/run/cache` of the node, Deployment shop/elsewhere: it is mounted at `/cache`, and the others mount it at `/run/cache`. A contract has one mount path.',
    '- `/run/cache` of the node, Deployment shop/windows: SHM010 spec.template.spec.nodeSelector["kubernetes.io/os"]: given "windows", written by the workload itself; allowed absent or "linux", for contract cache: no other system has this shared memory.',
  ]);
});

test.each([
  [
    'a hook of Helm',
    `, annotations: { helm.sh/hook: pre-install }`,
    'Helm runs it as a hook (`pre-install`). Leave it to Helm',
  ],
  [
    'an object that an operator owns',
    ', ownerReferences: [{ kind: Cluster, name: db }]',
    '`Cluster/db` owns it and would make it again. Adopt the owner',
  ],
  [
    'an object from a cluster',
    ', uid: 0b6e',
    'it was read from a cluster (`uid`, `resourceVersion`). Give what you apply',
  ],
])('%s is left out', async (_, metadata, why) => {
  const app = await adopt(
    folderOf({
      'all.yaml': [agent, client, workload('Deployment', 'other', { metadata })].join('---\n'),
    }),
  );
  expect(app.code).toBe(0);
  expect(app.out).toContain(`## Not part of the app\n\n- Deployment shop/other: ${why}.\n`);
  expect(fileOf(app, 'main.ts')).not.toContain('other');
  expect(fileOf(app, 'manifests/all.yaml')).toBe(`${agent}---\n${client}`);
});

test('a Secret of a chart is left out, and another Secret stays', async () => {
  const app = await adopt(
    folderOf({ 'a.yaml': agent, 'b.yaml': client, 's.yaml': secret('helm.sh/chart: x') }),
  );
  expect(app.out).toContain('- Secret s: a chart can make new values for a Secret');
  expect(filesIn(app.folder)).not.toContain('manifests/s.yaml');
  const other = await adopt(
    folderOf({ 'a.yaml': agent, 'b.yaml': client, 's.yaml': secret('a: b') }),
  );
  expect(fileOf(other, 'manifests/s.yaml')).toBe(secret('a: b'));
});

test('items of a List, and what Include reads in another way, are written as JSON', async () => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }],
  };
  const time = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: t }\ndata: { time: 12:30:45 }\n';
  const app = await adopt(
    folderOf({
      'a.yaml': agent,
      'b.yaml': client,
      'list.json': JSON.stringify(list),
      'time.yaml': time,
    }),
  );
  expect(JSON.parse(fileOf(app, 'manifests/list.yaml'))).toEqual(list.items[0]);
  expect(JSON.parse(fileOf(app, 'manifests/time.yaml')).data).toEqual({ time: '12:30:45' });
  const rendered = readFiles([synthesized(app)]).manifests;
  expect(rendered.find(({ name }) => name === 't')?.json.data).toEqual({ time: '12:30:45' });
});

test('objects of one name in two namespaces of one file are told apart', async () => {
  const two = ['shop', 'bank'].map(namespace =>
    client.replace('namespace: shop', `namespace: ${namespace}`),
  );
  const app = await adopt(folderOf({ 'all.yaml': [agent, ...two].join('---\n') }));
  expect(fileOf(app, 'main.ts')).toContain(
    "cache.attachTo(allManifests.node.findChild('web-deployment-bank'), { asIs: true });",
  );
  const marks = readFiles([synthesized(app)]).manifests.filter(({ json }) =>
    JSON.stringify(json).includes('cdk8s-shared-memory/contract.cache'),
  );
  expect(marks.map(({ namespace }) => namespace)).toEqual(['cache', 'shop', 'bank']);
});

test('workloads that are in a contract already stay as they are', async () => {
  const app = await adopt(folderOf({ 'a.yaml': agent, 'b.yaml': client }));
  const again = await adopt(synthesized(app));
  expect(again).toMatchObject({ code: 1 });
  expect(again.out).toMatch(/^# Nothing to adopt/);
});

describe('fails and writes nothing', () => {
  test.each<[string, Record<string, string>, string, number]>([
    [
      'without a contract',
      { 'a.yaml': agent.replaceAll('/run/cache', '/var/log') },
      'there is no contract to adopt',
      1,
    ],
    [
      'with a template',
      { 'a.yaml': agent.replace('cache:1', '{{ .Values.image }}') + '{{ end }}\n' },
      'a.yaml',
      2,
    ],
    [
      'with a kustomization',
      {
        'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      },
      'adopt what it renders: kustomize build FOLDER | cdk8s-shared-memory adopt - --out APP',
      2,
    ],
    ['with an object twice', { 'a.yaml': agent, 'b.yaml': agent }, 'DaemonSet cache is also in', 2],
    [
      'with a folder without manifests',
      { 'a.txt': '' },
      'nothing was written: there is no contract to adopt',
      1,
    ],
  ])('%s', async (_, files, message, code) => {
    const app = await adopt(folderOf(files));
    expect(app.err).toContain(message);
    expect(app.code).toBe(code);
    expect(() => filesIn(app.folder)).toThrow('ENOENT');
  });

  test('into a folder that has something in it', async () => {
    const folder = folderOf({ 'a.yaml': agent, 'b.yaml': client });
    const target = folderOf({ 'mine.txt': 'mine' });
    const { code, err } = await adoptInto(target, folder);
    expect([code, err]).toEqual([
      2,
      `cdk8s-shared-memory: --out ${target}: there is something in it already; name a new folder\n`,
    ]);
    expect(readFileSync(join(target, 'mine.txt'), 'utf8')).toBe('mine');
  });

  test('into the folder of the manifests', async () => {
    const folder = folderOf({ 'a.yaml': agent, 'b.yaml': client });
    const { code, err } = await adoptInto(join(folder, 'app'), folder);
    expect(code).toBe(2);
    expect(err).toContain('where its manifests would be read again; name a folder beside it');
  });

  test('below a folder that does not exist', async () => {
    const folder = folderOf({ 'a.yaml': agent, 'b.yaml': client });
    const { code, err } = await adoptInto('/proc/none/app', folder);
    expect(code).toBe(2);
    expect(err).toContain('--out /proc/none/app: name a new folder in one that exists');
  });
});
