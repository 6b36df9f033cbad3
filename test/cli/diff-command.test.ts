import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOWED, diffFolder, folder, pod, run, SAME, verdict, write } from './diff-run';
import { grant, mark, workload } from '../change/sets';

const CLAIM = {
  pod: 'volumes: [{ name: t, persistentVolumeClaim: { claimName: routes-table-v1-ro } }]',
  container: 'volumeMounts: [{ name: t, mountPath: /run/routes, readOnly: true }]',
};
const client = () =>
  workload('Deployment', { ...CLAIM, name: 'client', annotations: mark('client') });
const byHand = workload('Deployment', { ...CLAIM, name: 'by-hand' });
const NODE_AGENTS = join(__dirname, '..', '..', 'dist', 'node-agents');
diffFolder();

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

  test.each([
    ['a grant', '', grant('shop'), 1],
    ['a grant to write', grant('shop'), grant('shop', 'rw'), 1],
    ['no grant any more', grant('shop'), '', 0],
    ['a container without a mark at the memory', client(), client() + byHand, 1],
    ['a container that leaves the memory', client() + byHand, client(), 0],
    ['a client with a mark', '', client(), 0],
  ])('memory counts as a privilege: %s', async (_, before, after, code) => {
    const [old, now] = [write('a.yaml', pod() + before), write('b.yaml', pod() + after)];
    expect((await run(old, now, '--fail-on', 'privilege')).code).toBe(code);
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
      `cdk8s-shared-memory: nowhere: there is no such file or folder, and this folder is in no git repository: run the command inside the repository; ${ALLOWED}`,
    ],
    [
      'with a revision where there is no repository',
      ['main:dist', 'a.yaml'],
      `cdk8s-shared-memory: main:dist: there is no such file or folder, and this folder is in no git repository: run the command inside the repository; ${ALLOWED}`,
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
      `cdk8s-shared-memory: main:dist: there is no such file or folder, and git is not installed, or not on the PATH; ${ALLOWED}`,
    );
    expect(await verdict('a.yaml', 'a.yaml')).toBe(SAME);
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
      ['value: v1', 'value: v2'],
    );
    change('shop.k8s.yaml', ['hostNetwork: false', 'hostNetwork: true']);
    const { out } = await run('old', 'new');
    expect(out)
      .toBe(`1 privilege gained; 2 workloads restart; 1 contract changed, 4 have not followed

Privileges
  + Deployment shop/shop-web: hostNetwork; no reason given

Pods
    restarts: DaemonSet node-agents/routes, rolling update: maxUnavailable 1, maxSurge 0
      containers[agent].image, initContainers[prepare-routes].env[VERSION].value
      image of containers[agent]: registry.example.com/routes-agent:1.8.2 -> registry.example.com/routes-agent:1.9.0
    restarts: Deployment shop/shop-web, rolling update: maxUnavailable 25%, maxSurge 25%
      hostNetwork

Contracts
    contract node-agents/routes
      breaks version: v1 -> v2: nobody writes the data of the old version any more: running clients keep it, new ones of the old version start on it where a node still has it, and wait on other nodes; must follow: agent, grants, clients
      followed: DaemonSet node-agents/routes
      has not followed: Deployment ledger/ledger-book, still version v1
      has not followed: PersistentVolume node-agents-routes-table-v1-ledger-ro, still version v1
      has not followed: PersistentVolume node-agents-routes-table-v1-shop-ro, still version v1
      has not followed: Deployment shop/shop-web, still version v1

Memory
    stays on nodes example.com/node-agents=yes until somebody removes it or the node restarts, charged to no pod: contract node-agents/routes v1, memory table (in a directory, 256Mi)
      when no pod uses it any more, remove it there as root ("Clean removal" in docs/operations.md of the package):
      at=/run/cdk8s-shared-memory/node-agents.routes/v1
      mounts=$(awk -v at="$at/" 'index($2 "/", at) == 1 { print $2 }' /proc/mounts) && echo "$mounts" | sort -r | xargs -r umount && { [ ! -e "$at" ] || find "$at" -xdev -delete; }
`);
  });
});
