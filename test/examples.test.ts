import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import Ajv from 'ajv';
import { App, Chart } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { NodeAgent, ReviewApp } from '../src';
import { AGENT, contract, deployment, TOOLS } from './yaml';
import { exampleNames, loadExample, renderExample } from '../scripts/examples';

const ROOT = join(__dirname, '..');
const NAMES = exampleNames();
const objects = (text: string): unknown[] =>
  parseAllDocuments(text, { version: '1.1' }).map(d => d.toJS() as unknown);
const schemaIn = (file: string) =>
  JSON.parse(readFileSync(join(ROOT, 'docs', file), 'utf8')) as object;
const ajv = new Ajv({ strictTypes: false })
  .addSchema(schemaIn('mark.schema.json'), 'mark')
  .addSchema(schemaIn('mark-v2.schema.json'), 'mark-v2')
  .addSchema(schemaIn('contract.schema.json'), 'contract');

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'examples-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

test('the examples that the README lists', () => {
  const listed = [
    ...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(
      /^\| \[[\w-]+\]\(examples\/([\w-]+)\/README\.md\)/gm,
    ),
  ].map(m => m[1]);
  expect(listed.sort()).toEqual(NAMES);
});

test.each(
  NAMES.flatMap(name =>
    (loadExample(name).STAGES ?? [undefined]).map(stage => [name, stage] as const),
  ),
)('%s carries marks that fit their schema %s', (name, stage) => {
  const app = new App({ outdir: scratch });
  const { IMAGES, build } = loadExample(name);
  build(app, IMAGES, stage);
  for (const object of objects(app.synthYaml()) as {
    metadata: { annotations?: Record<string, string> };
  }[]) {
    for (const [key, value] of Object.entries(object.metadata.annotations ?? {})) {
      if (key.startsWith('cdk8s-shared-memory/acknowledge.')) {
        continue;
      }
      const [, kind] =
        /^cdk8s-shared-memory\/(contract\.[a-z-]+|wave|shift|startup-taint|node-task|client-policy|injects)$/.exec(
          key,
        ) ?? [];
      const isSecond = value.includes('"apiVersion":"cdk8s-shared-memory/v2"');
      const validate = ajv.getSchema(
        kind === 'injects'
          ? 'contract'
          : kind === undefined || kind.startsWith('contract.')
            ? `mark${isSecond ? '-v2' : ''}`
            : `mark#/definitions/${kind}`,
      )!;
      expect([key, kind !== undefined && validate(JSON.parse(value)), validate.errors]).toEqual([
        key,
        true,
        null,
      ]);
    }
  }
});

test.each(NAMES)('%s renders the same bytes again', name => {
  renderExample(name, join(scratch, name, 'a'));
  renderExample(name, join(scratch, name, 'b'));
  const read = (dir: string) =>
    readdirSync(join(scratch, name, dir), { recursive: true, withFileTypes: true })
      .filter(f => f.isFile())
      .map(f => [
        relative(join(scratch, name, dir), join(f.parentPath, f.name)),
        readFileSync(join(f.parentPath, f.name), 'utf8'),
      ]);
  expect(read('a')).toEqual(read('b'));
});

test('an example runs by itself, as cdk8s.yaml runs it', () => {
  const tsx = join(ROOT, 'node_modules/.bin/tsx');
  execFileSync(
    tsx,
    ['--tsconfig', join(ROOT, 'examples/tsconfig.json'), join(ROOT, 'examples/host-ipc/main.ts')],
    { env: { ...process.env, CDK8S_OUTDIR: join(scratch, 'run') } },
  );
  expect(readdirSync(join(scratch, 'run')).sort()).toEqual([
    'REVIEW.md',
    'agents.k8s.yaml',
    'ledger.k8s.yaml',
    'review.sarif',
  ]);
});

describe('a small change is a small diff', () => {
  const text = (props: Parameters<typeof contract>[0], agent: object = {}) => {
    const app = new ReviewApp({ outdir: scratch });
    const chart = new Chart(app, 'c', { disableResourceNameHashes: true });
    const c = contract(props);
    new NodeAgent(chart, 'agent', {
      contract: c,
      toolImage: TOOLS,
      containers: [{ ...AGENT, ...agent }],
    });
    c.attachTo(deployment(chart));
    return app.synthYaml().split('\n');
  };
  const changed = (a: string[], b: string[]) => {
    const removed = a.filter(line => !b.includes(line)).map(line => line.trim());
    const added = b.filter(line => !a.includes(line)).map(line => line.trim());
    return { removed, added };
  };

  test('another image is one line', () => {
    expect(changed(text({}), text({}, { image: 'registry.example.com/routes-agent:2' }))).toEqual({
      removed: ['- image: registry.example.com/routes-agent:1'],
      added: ['- image: registry.example.com/routes-agent:2'],
    });
  });

  test('another group is the lines that name the group', () => {
    const { added } = changed(text({}), text({ groupId: 3000 }));
    expect(added.length).toBe(6);
    expect(added.every(line => line.includes('3000'))).toBe(true);
  });

  test('another version is the lines that name the version', () => {
    const { added } = changed(text({}), text({ version: 'v7' }));
    expect(added.every(line => line.includes('v7'))).toBe(true);
  });
});
