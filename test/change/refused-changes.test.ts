import { diffOf, grant, workload } from './sets';
import { text } from '../../src/report/diff/diff-text';
import { objectWords } from '../../src/report/diff/diff-words';

const refused = (before: string, after: string) => diffOf(before, after).refused;
const fields = (before: string, after: string) =>
  refused(before, after).map(
    ({ of, field, from, to, certainty }) =>
      `${certainty} ${objectWords(of)} ${field}: ${from} -> ${to}`,
  );

test('fails to apply: the path of a grant, whose contract needs another version', () => {
  const moved = grant('shop', 'ro', 'v1', 'pv').replace('v1/table }', 'v1/table/shared }');
  expect(refused(grant('shop', 'ro', 'v1', 'pv'), moved)).toEqual([
    {
      of: { kind: 'PersistentVolume', namespace: null, name: 'pv', file: null },
      field: 'spec.local.path',
      from: '/run/cdk8s-shared-memory/agents.routes/v1/table',
      to: '/run/cdk8s-shared-memory/agents.routes/v1/table/shared',
      certainty: 'refused',
      why: 'immutable',
      fix: 'give contract routes a new version, which has volumes and claims of its own',
    },
  ]);
});

test('fails to apply: a selector; deleting the object alone lets its pods be', () => {
  const [change] = refused(
    workload('DaemonSet'),
    workload('DaemonSet').replaceAll('app: web', 'app: other'),
  );
  expect(change).toMatchObject({
    field: 'spec.selector.matchLabels.app',
    from: 'web',
    to: 'other',
  });
  expect(change.fix).toContain('kubectl delete daemonset web -n shop --cascade=orphan, then apply');
});

test('fails to apply: a selector that does not match the template, in new objects too', () => {
  const wrong = workload('Deployment').replace('labels: { app: web }', 'labels: { app: other }');
  const expected = [
    'refused Deployment shop/web spec.template.metadata.labels: selector {"matchLabels":{"app":"web"}} -> {"app":"other"}',
  ];
  expect(fields('', wrong)).toEqual(expected);
  expect(fields(workload('Deployment'), wrong)).toEqual(expected);
  expect(fields(wrong, wrong)).toEqual([]); // it was wrong before
});

test.each([
  ['In', '{ key: app, operator: In, values: [web, api] }', true],
  ['In, of others', '{ key: app, operator: In, values: [api] }', false],
  ['NotIn', '{ key: app, operator: NotIn, values: [api] }', true],
  ['NotIn, of this', '{ key: app, operator: NotIn, values: [web] }', false],
  ['Exists', '{ key: app, operator: Exists }', true],
  ['Exists, of another key', '{ key: tier, operator: Exists }', false],
  ['DoesNotExist', '{ key: tier, operator: DoesNotExist }', true],
  ['DoesNotExist, of this key', '{ key: app, operator: DoesNotExist }', false],
])('a selector by expressions: %s', (_, expression, matches) => {
  expect(
    fields(
      '',
      workload('Deployment').replace(
        'matchLabels: { app: web }',
        `matchExpressions: [${expression}]`,
      ),
    ).length,
  ).toBe(matches ? 0 : 1);
});

test('fails to apply: the template of a Job', () => {
  expect(fields(workload('Job'), workload('Job').replace('web:1', 'web:2'))).toEqual([
    'refused Job shop/web spec.template.spec.containers[web].image: web:1 -> web:2',
  ]);
});

test('what is not certain says why', () => {
  const claim = (size: string) =>
    `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: a, namespace: shop }\nspec: { resources: { requests: { storage: ${size} } } }\n`;
  expect(refused(claim('1Gi'), claim('2Gi'))).toMatchObject([
    { certainty: 'may', why: expect.stringContaining('allowVolumeExpansion') as string },
  ]);
  expect(diffOf(claim('1Gi'), claim('2Gi')).verdict).toBe(
    'no privilege gained or lost; no pod restarts; 1 change may be refused',
  );
});

test('values of Secrets and environments are not shown', () => {
  const secret = (value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nimmutable: true\nstringData: { password: ${value} }\n`;
  expect(fields(secret('hunter2'), secret('hunter3'))).toEqual([
    'refused Secret a stringData.password: not shown -> not shown',
  ]);
  const job = (value: string) =>
    workload('Job', { container: `env: [{ name: PASSWORD, value: ${value} }]` });
  expect(JSON.stringify(diffOf(job('hunter2'), job('hunter3')))).not.toContain('hunter');
  const other = (value: string) =>
    workload('Deployment', { container: `env: [{ name: PASSWORD, value: ${value} }]` });
  expect(JSON.stringify(diffOf(other('hunter2'), other('hunter3')))).not.toContain('hunter');
});

test('long values are shortened', () => {
  const config = (value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\nimmutable: true\ndata: { a: ${value} }\n`;
  expect(refused(config('a'), config('b'.repeat(500)))[0].to).toBe(`${'b'.repeat(117)}...`);
});

test('an object counts once, however many of its fields are refused, and says once why', () => {
  const job = (image: string, more: string) =>
    workload('Job', { name: 'load', container: `command: [${image}]`, pod: more });
  const before = job('a', 'restartPolicy: Never\nhostname: a');
  const after = job('b', 'restartPolicy: OnFailure\nhostname: b');
  const [verdict, ...lines] = text(diffOf(before, after), words => words).split('\n');
  expect(verdict).toContain('1 change is refused by apply');
  const said = lines.map(line => line.trim());
  expect(said.filter(line => line.startsWith('and '))).toHaveLength(2);
  expect(said.filter(line => /^(why|fix): /.test(line))).toEqual([
    'why: immutable',
    expect.stringMatching(/^fix: give it a new name; or kubectl delete job load -n shop/),
  ]);
});
