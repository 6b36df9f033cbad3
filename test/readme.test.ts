import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const ROOT = join(__dirname, '..');
const BIN = join(ROOT, 'node_modules', '.bin');

interface Block {
  readonly language: string;
  readonly head: string;
  readonly text: string;
}

/** Pages of one app: those in docs/ go on with the files of the README. */
const PAGES = ['README.md', 'docs/guide.md', 'docs/lint.md', 'docs/errors.md'];

/** The fenced blocks of a page; the first line of a file says its name. */
const blocksOf = (page: string): Block[] =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
    ([, language, text]) => ({
      language,
      head: text.split('\n')[0].replace(/^(\/\/|#) /, ''),
      text,
    }),
  );
const BLOCKS = PAGES.flatMap(blocksOf);
const FILES = BLOCKS.filter(b => b.language === 'ts' || b.head === 'cdk8s.yaml');

let app: string;
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'readme-'));
  for (const { head, text } of FILES) {
    writeFileSync(join(app, head), text);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
  writeFileSync(join(app, 'package.json'), '{}');
  writeFileSync(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noEmit: true,
        rootDir: '/',
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules', '@types')],
        paths: { 'cdk8s-shared-memory': [join(ROOT, 'src', 'index.ts')] },
      },
      include: ['*.ts'],
    }),
  );
});
afterAll(() => rmSync(app, { recursive: true }));

const run = (program: string, ...args: string[]) =>
  execFileSync(join(BIN, program), args, {
    cwd: app,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('every snippet names its file, and there are some: none twice', () => {
  expect(FILES.map(f => f.head)).toEqual([
    'contract.ts',
    'platform.ts',
    'shop.ts',
    'main.ts',
    'cdk8s.yaml',
    'sidecar.ts',
    'trainer.ts',
    'verdicts.ts',
    'rollout.ts',
    'nodes.ts',
    'namespaces.ts',
    'app-repo.ts',
    'two-repos.ts',
    'vendor.ts',
    'charts.ts',
    'shop.test.ts',
    'containers.ts',
    'writer.ts',
  ]);
});

test('the snippets compile', () => {
  try {
    run('tsc', '-p', '.');
  } catch (e) {
    throw new Error((e as { stdout: string }).stdout);
  }
});

test.each([
  ['README.md', 2],
  ['docs/guide.md', 4],
])('`cdk8s synth` renders what %s shows', (page, count) => {
  run('cdk8s', 'synth', '--no-check-upgrade');
  const excerpts = blocksOf(page).filter(b => b.head.startsWith('in dist/'));
  expect(excerpts).toHaveLength(count);
  for (const { head, text } of excerpts) {
    expect(readFileSync(join(app, head.slice('in '.length)), 'utf8')).toContain(
      text.slice(text.indexOf('\n') + 1),
    );
  }
});

const CHART = `---
# Source: cache/templates/role.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cache }
rules: []
---
# Source: cache/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: cache, labels: { app.kubernetes.io/managed-by: Helm } }
spec:
  selector: { matchLabels: { app.kubernetes.io/name: cache } }
  template:
    metadata: { labels: { app.kubernetes.io/name: cache } }
    spec:
      containers: [{ name: cache, image: "registry.example.com/cache:2.0.0" }]
`;

test('a post-renderer of Helm reads the objects of a chart, and prints them with one attached', () => {
  run('tsx', 'two-repos.ts');
  const script = BLOCKS.find(b => b.text.includes('# post-render.sh'))?.text ?? '';
  const printed = execFileSync('sh', ['-c', script], {
    cwd: app,
    encoding: 'utf8',
    input: CHART,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const [role, deployment] = parseAllDocuments(printed).map(document => document.toJS());
  expect(role).toEqual(parseAllDocuments(CHART)[0].toJS());
  expect(deployment.metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'Helm' });
  expect(deployment.spec.template.spec.volumes[0].persistentVolumeClaim.claimName).toBe(
    'routes-table-v1-ro',
  );
});

/** Node.js 24 prints another format by default than 20 and 22. */
const TEST = ['--test', '--test-reporter=tap'];

test('the test of docs/lint.md passes, and fails where nobody calls attachTo()', () => {
  expect(run('tsx', ...TEST, 'shop.test.ts')).toMatch(/^# pass 2$/m);
  const [file, text] = ['shop.ts', 'shop.test.ts'].map(name =>
    readFileSync(join(app, name), 'utf8'),
  );
  writeFileSync(join(app, 'forgotten.ts'), file.replace('routes.attachTo(api);', 'void routes;'));
  writeFileSync(join(app, 'forgotten.test.ts'), text.replace('./shop', './forgotten'));
  const { stdout } = spawnSync(join(BIN, 'tsx'), [...TEST, 'forgotten.test.ts'], {
    cwd: app,
    encoding: 'utf8',
  });
  expect(stdout.match(/^(not ok|ok) .*/gm)).toEqual([
    'not ok 1 - api reads /run/routes',
    'ok 2 - the checks find no error',
  ]);
});

test('the other snippets run', () => {
  expect(run('tsx', 'verdicts.ts')).toContain('ring: 64Mi, shm_open and sem_open at /dev/shm');
  run('tsx', 'two-repos.ts');
  expect(existsSync(join(app, 'routes.contract.json'))).toBe(true);
  run('tsx', 'app-repo.ts');
  expect(readFileSync(join(app, 'dist', 'shop.k8s.yaml'), 'utf8')).toContain(
    'claimName: routes-table-v1-ro',
  );
  const use =
    'import { ApiObject, App, Chart, Size } from "cdk8s";\nimport * as kplus from "cdk8s-plus-27";\nimport { withAgent } from "./sidecar";\nimport { withBigDevShm } from "./trainer";\nimport { withVendorAgent } from "./vendor";\nimport { update, shift } from "./rollout";\nimport { shopNamespace } from "./namespaces";\n' +
    'const c = new Chart(new App(), "c");\nwithAgent(new kplus.Deployment(c, "d", { containers: [{ image: "i" }] }));\n' +
    'withBigDevShm(new kplus.Job(c, "j", { containers: [{ image: "i", resources: { memory: { limit: Size.gibibytes(2) } } }] }));\n' +
    'withVendorAgent(new Chart(c.node.root, "platform"));\n' +
    'const web = (id: string) => new kplus.Deployment(c, id, { podMetadata: { labels: { app: "web" } }, containers: [{ name: "web", image: "i" }] });\n' +
    'if (update === undefined) { throw new Error(); }\nshift(c, web("old"), web("new"));\nshopNamespace(c);\n' +
    'console.log(c.toJson().map((o: { kind: string }) => o.kind).join());\n';
  writeFileSync(
    join(app, 'vendor.yaml'),
    readFileSync(join(ROOT, 'examples', 'vendor-agent', 'vendor.yaml'), 'utf8')
      .replaceAll('vendor-agents', 'node-agents')
      .replaceAll('128Mi', '512Mi'),
  );
  writeFileSync(join(app, 'use.ts'), use);
  expect(run('tsx', 'use.ts')).toBe(
    'Deployment,Job,Deployment,Deployment,Namespace,LimitRange,ResourceQuota\n',
  );
});
