import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { changesBetween } from '../../../src/change/diff';
import { readFiles } from '../../../src/read/input-files';
import type { DiffDocument } from '../../../src/report/diff/diff-document';
import { json } from '../../../src/report/diff/diff-json';
import { markdown } from '../../../src/report/diff/diff-markdown';
import { text } from '../../../src/report/diff/diff-text';
import { diffDocument } from '../../../src/report/diff/worded-changes';
import { deployment, diffOf, grant, mark, workload } from '../../change/sets';

const documentOf = (...sides: Parameters<typeof changesBetween>) =>
  diffDocument(changesBetween(...sides));

const ROOT = join(__dirname, '..', '..', '..');
const EXAMPLES = readdirSync(join(ROOT, 'dist'));
const side = (example: string) => ({
  manifests: readFiles([join(ROOT, 'dist', example)]).manifests,
  root: join(ROOT, 'dist', example),
});
const plain = (words: string) => words;

/** Something of every part. */
function everything(): DiffDocument {
  const agent = (size: string) =>
    workload('DaemonSet', {
      name: 'agent',
      namespace: 'agents',
      annotations: mark('agent', { size }),
    });
  const config = (name: string) =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
  return diffOf(
    agent('64Mi') +
      deployment('', 'resources: { limits: { memory: 1Gi } }') +
      grant('shop', 'ro', 'v1', 'pv') +
      config('old') +
      workload('StatefulSet', { name: 'db' }),
    agent('128Mi') +
      deployment('hostIPC: true', 'resources: { limits: { memory: 2Gi } }') +
      grant('shop', 'ro', 'v1', 'pv').replace('/v1/table }', '/v1/table/shared }') +
      config('new') +
      workload('StatefulSet', { name: 'db', spec: 'replicas: 2' }),
  );
}

test('text', () => {
  expect(text(everything(), plain))
    .toBe(`1 privilege gained; 1 workload restarts, 2 do not; 1 change is refused by apply; 1 contract changed, 1 has not followed

Privileges
  + Deployment shop/web: hostIPC; no reason given

Refused by apply
    PersistentVolume pv, spec.local.path: /run/cdk8s-shared-memory/agents.routes/v1/table -> /run/cdk8s-shared-memory/agents.routes/v1/table/shared
      why: immutable
      fix: give contract routes a new version, which has volumes and claims of its own

Pods
    restarts: Deployment shop/web, rolling update: maxUnavailable 25%, maxSurge 25%
      containers[web].resources.limits.memory, hostIPC
    does not restart: StatefulSet shop/db, the pod template is the same
      spec.replicas
      replicas: not set -> 2; if an autoscaler set it, this overrides it
    does not restart: 1 workload, because only its own labels and annotations changed

Contracts
    contract agents/routes
      keeps memory table size: 64Mi -> 128Mi: more room under the same path; must follow: agent
      followed: DaemonSet agents/agent
      has not followed: PersistentVolume pv, still memory table backing tmpfs

Memory
    shared on all nodes, contract agents/routes: 64Mi -> 128Mi, paid by agent
    Deployment shop/web, container web, memory limit: 1Gi -> 2Gi

Objects
  + new: ConfigMap new
    apply does not delete what is gone: prune it, or delete it by hand
  - gone: ConfigMap old
    changed: PersistentVolume pv: spec.local.path
`);
});

test('Markdown', () => {
  expect(markdown(everything()))
    .toBe(`**1 privilege gained; 1 workload restarts, 2 do not; 1 change is refused by apply; 1 contract changed, 1 has not followed**

### Privileges

- ➕ \`Deployment shop/web\`: \`hostIPC\`; no reason given

### Refused by apply

- \`PersistentVolume pv\`, \`spec.local.path\`: \`/run/cdk8s-shared-memory/agents.routes/v1/table\` → \`/run/cdk8s-shared-memory/agents.routes/v1/table/shared\`
  - why: immutable
  - fix: give contract routes a new version, which has volumes and claims of its own

### Pods

- restarts: \`Deployment shop/web\`, rolling update: maxUnavailable 25%, maxSurge 25%
  - \`containers[web].resources.limits.memory\`, \`hostIPC\`
- does not restart: \`StatefulSet shop/db\`, the pod template is the same
  - \`spec.replicas\`
  - replicas: \`not set\` → \`2\`; if an autoscaler set it, this overrides it
- does not restart: 1 workload, because only its own labels and annotations changed

### Contracts

- contract \`agents/routes\`
  - keeps \`memory table size\`: \`64Mi\` → \`128Mi\`: more room under the same path; must follow: agent
  - followed: \`DaemonSet agents/agent\`
  - has not followed: \`PersistentVolume pv\`, still \`memory table backing tmpfs\`

### Memory

- shared on \`all nodes\`, contract \`agents/routes\`: \`64Mi\` → \`128Mi\`, paid by agent
- \`Deployment shop/web\`, container \`web\`, memory limit: \`1Gi\` → \`2Gi\`

### Objects

- ➕ new: \`ConfigMap new\`
- apply does not delete what is gone: prune it, or delete it by hand
- ➖ gone: \`ConfigMap old\`
- changed: \`PersistentVolume pv\`: \`spec.local.path\`
`);
});

test('no difference is one line', () => {
  const same = diffOf(deployment(), deployment());
  expect([text(same, plain), markdown(same)]).toEqual(['no difference\n', '**no difference**\n']);
});

test('limits of huge pages are said like those of memory', () => {
  const pages = (bytes: string, name = 'hugepages-2Mi') =>
    deployment('', `resources: { limits: { memory: 1Gi, "${name}": ${bytes} } }`);
  const found = diffOf(pages('64Mi'), pages('128Mi'));
  expect(text(found, plain)).toContain(
    '    Deployment shop/web, container web, hugepages-2Mi limit: 64Mi -> 128Mi\n',
  );
  expect(markdown(found)).toContain(
    '- `Deployment shop/web`, container `web`, `hugepages-2Mi` limit: `64Mi` → `128Mi`\n',
  );
  expect(markdown(diffOf(pages('1', 'hugepages-<b>'), pages('2')))).toContain(
    'container `web`, `hugepages-<b>` limit: `1` → `absent`',
  );
});

test('Markdown folds long lists, but no privilege', () => {
  const many = (image: string) =>
    Array.from({ length: 13 }, (_, i) =>
      workload('Deployment', { name: `web-${i}`, pod: 'hostIPC: true' }).replace('web:1', image),
    ).join('');
  const privileges = markdown(diffOf('', many('web:1')))
    .split('### ')[1]
    .split('\n');
  expect(privileges.filter(line => line.startsWith('- ➕ `Deployment shop/web-')).length).toBe(13);
  expect(privileges.join('\n')).not.toContain('<details>');

  const lines = markdown(diffOf(many('web:1'), many('web:2'))).split('\n');
  const fold = lines.indexOf('<summary>3 more</summary>');
  expect(lines.slice(fold - 2, fold + 2)).toEqual([
    '',
    '<details>',
    '<summary>3 more</summary>',
    '',
  ]);
  expect(lines.slice(0, fold).filter(line => line.startsWith('- restarts: ')).length).toBe(10);
  expect(lines.slice(fold).filter(line => line.startsWith('- restarts: ')).length).toBe(3);
  expect(lines.slice(-3)).toEqual(['', '</details>', '']);
});

test('Markdown shows names as they are, whatever they hold', () => {
  const nasty = (name: string) =>
    diffOf('', `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${JSON.stringify(name)} }\n`);
  expect(markdown(nasty('a`b|c'))).toContain('new: ``ConfigMap a`b|c``');
  expect(markdown(nasty('``x`'))).toContain('new: ``` ConfigMap ``x` ```');
  expect(markdown(nasty('<img src=x>\n# @everyone'))).toContain(
    'new: `ConfigMap <img src=x> # @everyone`',
  );
  const reason = diffOf(
    '',
    workload('Deployment', {
      pod: 'hostIPC: true',
      annotations: 'cdk8s-shared-memory/acknowledge.SHM301: "<b>*see* [x](http://y) @team `z` | q"',
    }),
  );
  expect(markdown(reason)).toContain(
    '; acknowledged (SHM301): \\<b\\>\\*see\\* \\[x\\](http\u200b://y) @\u200bteam \\`z\\` \\| q',
  );
});

test('text is free of what a terminal would obey', () => {
  const nasty = diffOf(
    '',
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "a\\e[31mb\\rc" }\n',
  );
  expect(text(nasty, plain)).toContain('new: ConfigMap a [31mb c');
});

describe('JSON', () => {
  const validate = new Ajv({
    allErrors: true,
    allowUnionTypes: true,
    strictRequired: false,
  }).compile(JSON.parse(readFileSync(join(ROOT, 'docs', 'diff.schema.json'), 'utf8')));
  const problems = (found: DiffDocument) => {
    validate(JSON.parse(json(found)));
    return validate.errors;
  };

  test('has its version first, and follows its schema', () => {
    expect(json(everything())).toMatch(
      /^\{\n {2}"apiVersion": "cdk8s-shared-memory\/diff\/v1",\n {2}"verdict": "1 privilege gained; /,
    );
    expect(problems(everything())).toBeNull();
    expect(problems(diffOf('', ''))).toBeNull();
  });

  test('of each example against the next one follows its schema', () => {
    EXAMPLES.forEach((example, i) =>
      expect(
        problems(documentOf(side(example), side(EXAMPLES[(i + 1) % EXAMPLES.length]))),
      ).toBeNull(),
    );
  });

  test('fails its schema with a field more, or less', () => {
    validate({ ...everything(), more: 1 });
    expect(validate.errors).not.toBeNull();
    validate({ ...everything(), verdict: undefined });
    expect(validate.errors).not.toBeNull();
  });

  test('has no path of this machine in it', () => {
    expect(json(documentOf(side('node-agents'), side('policy')))).not.toContain(ROOT);
  });
});
