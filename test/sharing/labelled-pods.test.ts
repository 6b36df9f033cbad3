import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { Access, ClientInjection, ContractGrant, ReadyWhen } from '../../src';
import { main } from '../../src/cli/main';
import { changesOf } from '../change/sets';
import { page, section } from '../report/review/review-examples';
import { findingsOf, foundIn } from '../rules/findings';
import { chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const routes = contract({
  clients: Access.READ_WRITE,
  readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }),
});
const c = chart();
new ContractGrant(c, 'grant', { contract: routes, namespace: 'shop' });
new ClientInjection(c, 'join', {
  contract: routes,
  namespaces: ['shop'],
  access: Access.READ_WRITE,
});
const platform = Yaml.stringify(
  ...['PersistentVolume', 'PersistentVolumeClaim', 'MutatingAdmissionPolicy']
    .concat('MutatingAdmissionPolicyBinding')
    .flatMap(kind => rendered(c, kind)),
);

const web = (labels: object, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web', ...labels } },
      spec: {
        containers: [{ name: 'web', image: 'i:1', resources: { limits: { memory: '1Gi' } } }],
        ...spec,
      },
    },
  },
});
const use = (access: string) => ({ 'cdk8s-shared-memory/use.routes': `${access}.v1` });
const withPlatform = (...objects: Rendered[]) => `${platform}---\n${Yaml.stringify(...objects)}`;

test('the pod is judged as it will be: a client of the contract', () => {
  const text = page(withPlatform(web(use('readWrite'))));
  expect(section(text, 'What is shared with whom')).toContain(
    '| Deployment shop/web | `routes`, by label | read and **write** | `web` |',
  );
  expect(text).toContain('By label: the API server wires these pods when it creates them');
  expect(page(withPlatform(web({})))).not.toContain(', by label |');
});

test('rules find what is wrong with the pod as it will be, at the line of the manifest', () => {
  const small = web(use('readWrite'), {
    initContainers: [{ name: 'init', image: 'i:1' }],
    containers: [{ name: 'web', image: 'i:1', resources: { limits: { memory: '64Mi' } } }],
  });
  const text = withPlatform(small);
  const found = foundIn(text).filter(({ rule }) => rule.id === 'SHM206');
  expect(found.map(({ path, container }) => [path, container])).toEqual([
    ['/spec/template/spec/containers/0/resources/limits/memory', 'web'],
  ]);
  const lines = text.split('\n');
  const [line] = findingsOf(text).filter(each => each.includes('SHM206'));
  expect(lines[Number(line.split(':')[0]) - 1]).toContain('memory: 64Mi');
});

test('a label that is added replaces the pods, and makes a client of the contract', () => {
  const { pods } = changesOf(withPlatform(web({})), withPlatform(web(use('readOnly'))));
  expect(pods.map(({ of, replacement }) => [of.name, replacement.by])).toEqual([
    ['web', 'rollingUpdate'],
  ]);
});

describe('lint --contract', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelled-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const lint = async (object: object, ...args: string[]) => {
    writeFileSync(join(folder, 'web.yaml'), Yaml.stringify(object));
    writeFileSync(join(folder, 'routes.json'), routes.toJson());
    let out = '';
    const stream = { write: (words: string) => (out += words) };
    const code = await main(['lint', join(folder, 'web.yaml'), '--format', 'json', ...args], {
      stdout: stream,
      stderr: { write: () => true },
    } as never);
    const ids = (JSON.parse(out) as Rendered[]).map(({ rule }) => rule);
    return { code, ids };
  };

  test('without it, a note says that nothing was checked', async () => {
    expect((await lint(web(use('readOnly')))).ids).toContain('SHM119');
  });

  test('with it, the pod is checked as it will be', async () => {
    const file = join(folder, 'routes.json');
    expect((await lint(web(use('readOnly')), '--contract', file)).ids).not.toContain('SHM119');
    const mounted = web(use('readOnly'), { nodeSelector: { 'example.com/routes-agent': 'no' } });
    expect(await lint(mounted, '--contract', file)).toEqual({ code: 1, ids: ['SHM120'] });
  });

  test('fails for a file that is no contract', async () => {
    let err = '';
    const code = await main(['lint', folder, '--contract', join(folder, 'none.json')], {
      stdout: { write: () => true },
      stderr: { write: (words: string) => (err += words) },
    } as never);
    expect(code).toBe(2);
    expect(err).toContain('--contract');
  });
});
