import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { Access, ClientInjection, ContractGrant, ReadyWhen } from '../../src';
import { main } from '../../src/cli/main';
import type { DiffDocument } from '../../src/report/diff/diff-document';
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
const LABEL = 'cdk8s-shared-memory/use.routes';
const use = (access: string) => ({ 'cdk8s-shared-memory/use.routes': `${access}.v1` });
const withPlatform = (...objects: Rendered[]) => `${platform}---\n${Yaml.stringify(...objects)}`;

test('the pod is judged as it will be: a client of the contract', () => {
  const text = page(withPlatform(web(use('readWrite'))));
  expect(section(text, 'What is shared with whom')).toContain(
    '| Deployment [shop/web](0.yaml) | `routes`, by label | read and **write** | `web` |',
  );
  expect(text).toContain('By label: the API server wires these pods when it creates them');
  expect(page(withPlatform(web({})))).not.toContain(', by label |');
});

describe('the namespaces of a binding', () => {
  const WIRED = ', by label | read and **write**';
  const withSelector = (change: (platform: string) => string) =>
    page(`${change(platform)}---\n${Yaml.stringify(web(use('readWrite')))}`);

  test('all of its requirements hold, not any', () => {
    const and = (name: string) => (text: string) =>
      text.replaceAll(
        /^( *)matchExpressions:$/gm,
        (all, indent: string) =>
          `${all}\n${indent}  - { key: kubernetes.io/metadata.name, operator: In, values: [${name}, x] }`,
      );
    expect(withSelector(and('shop'))).toContain(WIRED);
    expect(withSelector(and('other'))).not.toContain(WIRED);
  });

  test('a binding that names none may be for all', () => {
    const text = withSelector(all =>
      all.replaceAll('key: kubernetes.io/metadata.name', 'key: team'),
    );
    expect(text).toContain(WIRED);
  });
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

test('REVIEW.md of a platform without clients: labels first, then the policies, then the grants', () => {
  const undo = section(page(platform), 'How to undo it');
  const order = [
    'kubectl get pods -A -l cdk8s-shared-memory/use.routes',
    'kubectl delete mutatingadmissionpolicybinding/',
    'kubectl delete persistentvolume/',
  ].map(command => undo.indexOf(command));
  expect(order).not.toContain(-1);
  expect([...order].sort((a, b) => a - b)).toEqual(order);
});

describe('--contract: the policies are in another repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'labelled-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const given = ['--contract', file('routes.json', routes.toJson())];
  const run = async (...args: string[]) => {
    const said = { out: '', err: '' };
    const code = await main(args, {
      stdout: { write: (words: string) => (said.out += words) },
      stderr: { write: (words: string) => (said.err += words) },
    } as never);
    return { code, ...said };
  };
  const lint = async (object: object, ...args: string[]) => {
    const yaml = file('web.yaml', Yaml.stringify(object));
    const { code, out } = await run('lint', yaml, '--format', 'json', ...args);
    return { code, ids: (JSON.parse(out) as Rendered[]).map(({ rule }) => rule) };
  };
  const wrongNode = web(use('readOnly'), { nodeSelector: { 'example.com/routes-agent': 'no' } });

  test('lint: without it, a note says that nothing was checked', async () => {
    expect((await lint(web(use('readOnly')))).ids).toContain('SHM119');
  });

  test('lint: with it, the pod is checked as it will be', async () => {
    expect((await lint(web(use('readOnly')), ...given)).ids).not.toContain('SHM119');
    expect(await lint(wrongNode, ...given)).toEqual({ code: 1, ids: ['SHM120'] });
  });

  test('lint says which uses a contract has whose policies it has not seen', async () => {
    const yaml = file(
      'v9.yaml',
      Yaml.stringify(web({ ...use('readOnly'), [LABEL]: 'readOnly.v9' })),
    );
    const { out } = await run('lint', yaml, ...given);
    expect(out.replace(/\s+/g, ' ')).toContain('contract routes has readOnly.v1 and readWrite.v1');
  });

  test('review shows the client', async () => {
    const yaml = file('review.yaml', Yaml.stringify(web(use('readOnly'))));
    const client =
      /\| Deployment \[shop\/web\]\([^)]*review\.yaml\) \| `routes`, by label \| read \| `web` \|/;
    const review = (await run('review', yaml, ...given)).out;
    expect(review).toMatch(client);
    expect(review).toContain('Kubernetes 1.36 or newer');
    expect((await run('review', yaml)).out).not.toMatch(client);
  });

  test('diff says what joins and what is refused', async () => {
    const plain = file('plain.yaml', Yaml.stringify(web({})));
    const joins = file('joins.yaml', Yaml.stringify(web(use('readOnly'))));
    const refused = file('refused.yaml', Yaml.stringify(wrongNode));
    const diff = async (to: string, ...args: string[]) => {
      const { code, out } = await run('diff', plain, to, '--format', 'json', ...args);
      const labels = (JSON.parse(out) as DiffDocument).labels;
      return { code, outcomes: labels.map(({ outcome }) => outcome) };
    };
    expect(await diff(joins)).toEqual({ code: 0, outcomes: ['notWired'] });
    expect(await diff(joins, ...given)).toEqual({ code: 0, outcomes: ['joins'] });
    expect(await diff(refused, ...given)).toEqual({ code: 0, outcomes: ['refused'] });
  });

  test('a contract that is given does not override the policies that are seen', async () => {
    const elsewhere = platform.replaceAll('- shop', '- bank');
    const plain = file('seen-before.yaml', `${elsewhere}---\n${Yaml.stringify(web({}))}`);
    const to = file('seen.yaml', `${elsewhere}---\n${Yaml.stringify(web(use('readOnly')))}`);
    const { out } = await run('diff', plain, to, '--format', 'json', ...given, ...given);
    expect(
      (JSON.parse(out) as DiffDocument).labels.map(({ outcome, why }) => [outcome, why]),
    ).toEqual([['refused', 'no use of it is granted to the namespace']]);
  });

  test('diff says that it has not seen the grant', async () => {
    const plain = file('unseen-before.yaml', Yaml.stringify(web({})));
    const to = file('unseen.yaml', Yaml.stringify(web(use('readOnly'))));
    const { out } = await run('diff', plain, to, ...given);
    expect(out).toContain('if its namespace is granted this; the policies are not in these');
  });

  test('diff --fail-on restart fails for a refused pod that does not restart', async () => {
    const pod = (nodes: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop', labels: use('readOnly') },
      spec: { containers: [{ name: 'web', image: 'i:1' }], nodeSelector: nodes },
    });
    const both = file('none.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n');
    const to = file('pod.yaml', Yaml.stringify(pod({ 'example.com/routes-agent': 'no' })));
    const right = file('right.yaml', Yaml.stringify(pod({})));
    const failsOn = async (yaml: string) =>
      (await run('diff', both, yaml, '--fail-on', 'restart', ...given)).code;
    expect(await failsOn(to)).toBe(1);
    expect(await failsOn(right)).toBe(0);
  });

  test.each(['lint', 'review', 'diff'])(
    '%s fails for a file that is no contract',
    async command => {
      const [a, b] = [file('a.yaml', ''), file('b.yaml', '')];
      const args = command === 'diff' ? [a, b] : [a];
      const { code, err } = await run(command, ...args, '--contract', join(folder, 'none.json'));
      expect(code).toBe(2);
      expect(err).toContain('--contract');
    },
  );
});
