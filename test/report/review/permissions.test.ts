import { LEDGER, page, ROUTES, section, SHOP } from './review-examples';

const digest = (text: string) => /sha256:\w+/.exec(text)?.[0];
const rows = (text: string) => {
  const [, table = ''] = section(text, 'What you approve').split(
    '| who | may | in | and so has | file |',
  );
  return table.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| -'));
};

const role = (kind: string, name: string, rules: object[], more: object = {}) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...more },
  rules,
});
const bound = (namespace: string | undefined, of: [string, string], ...subjects: object[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: `${of[1]}-${subjects.length}`, ...(namespace && { namespace }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: of[0], name: of[1] },
  subjects,
});
const withObjects = (...objects: object[]) =>
  page(ROUTES, SHOP, LEDGER, objects.map(each => JSON.stringify(each)).join('\n---\n'));
const GROUP = { kind: 'Group', name: 'contractors' };
const JANE = { kind: 'User', name: 'jane' };
const BOT = { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' };
const EXEC = [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }];

const MORE = { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] };

test('who may create pods where memory is granted, or enter them', () => {
  const text = withObjects(
    bound('shop', ['ClusterRole', 'edit'], GROUP),
    role('Role', 'debug', EXEC, { namespace: 'node-agents' }),
    bound('node-agents', ['Role', 'debug'], JANE, BOT),
    bound('elsewhere', ['ClusterRole', 'edit'], JANE),
  );
  expect(rows(text)).toEqual([
    '| user `jane` | run commands in pods | `node-agents` | the host privileges of its pods; can write `guard/verdicts`, `routes/table` | [3.yaml](3.yaml) |',
    '| `ci/bot` | run commands in pods | `node-agents` | the host privileges of its pods; can write `guard/verdicts`, `routes/table` | [3.yaml](3.yaml) |',
    '| group `contractors` | create or change pods, run commands in pods, act as service accounts | `shop` | can read `routes/table` | [3.yaml](3.yaml) |',
  ]);
  expect(text).toContain(' Apart from RBAC, each has its reason below');
  expect(page(ROUTES, SHOP, LEDGER)).toContain(' Each has its reason below');
  expect(text).toContain('; RBAC that lets 3 subjects have what pods get.**');
});

test('a role is only that of its own namespace, and what it aggregates counts', () => {
  const text = withObjects(
    role('Role', 'debug', EXEC, { namespace: 'elsewhere' }),
    bound('shop', ['Role', 'debug'], JANE),
    {
      ...role('ClusterRole', 'all', []),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'all' } }] },
    },
    role('ClusterRole', 'part', EXEC, { labels: { part: 'all' } }),
    bound(undefined, ['ClusterRole', 'all'], BOT),
  );
  expect(rows(text)).toEqual([
    '| `ci/bot` | run commands in pods | **every namespace** | the host privileges of its pods; can write `guard/verdicts`, `routes/table` | [3.yaml](3.yaml) |',
    '| user `jane` | **do what Role debug allows, which is not in these manifests** | `shop` | **unknown** | [3.yaml](3.yaml) |',
  ]);
});

test('a role that extends a role of every cluster gives it to all who have that one', () => {
  const more = role('ClusterRole', 'more', EXEC, {
    labels: {
      'rbac.authorization.k8s.io/aggregate-to-view': 'true',
      'rbac.authorization.k8s.io/aggregate-to-edit': 'true', // which has it already
    },
  });
  const ROW =
    '| whoever has ClusterRole `view` | run commands in pods | **each namespace where they have it** | the host privileges of its pods; can write `guard/verdicts`, `routes/table` | [3.yaml](3.yaml) |';
  expect(rows(withObjects(more))).toEqual([ROW]);
  expect(rows(withObjects(more, bound('shop', ['ClusterRole', 'view'], JANE)))).toEqual([
    '| user `jane` | run commands in pods | `shop` | can read `routes/table` | [3.yaml](3.yaml) |',
    ROW,
  ]);
});

test('what one subject has in several namespaces is one row', () => {
  const bindings = ['shop', 'bank'].map(name => bound(name, ['ClusterRole', 'edit'], GROUP));
  const text = page(
    ...[ROUTES, SHOP, SHOP.replace(/shop/g, 'bank')],
    bindings.map(each => JSON.stringify(each)).join('\n---\n'),
  );
  expect(rows(text)).toHaveLength(1);
  expect(rows(text)[0]).toContain(' | `bank`, `shop` | can read `routes/table` | ');
});

test('the first line names one or two, and says what they may do', () => {
  expect(
    withObjects(
      role('Role', 'debug', [...EXEC, MORE], { namespace: 'node-agents' }),
      bound('node-agents', ['Role', 'debug'], GROUP),
    ),
  ).toContain(
    '; RBAC that lets group `contractors` add ephemeral containers to pods, run commands in pods in `node-agents`.**',
  );
});

test('a policy that is bound where pods are privileged limits what somebody makes there', () => {
  const policy = (actions: string[]) => [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'agents' },
      spec: {
        matchConstraints: { resourceRules: [{ apiGroups: [''], resources: ['pods'] }] },
        validations: [{ expression: 'false' }],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'agents' },
      spec: { policyName: 'agents', validationActions: actions },
    },
  ];
  const has = (...objects: object[]) =>
    rows(withObjects(bound('node-agents', ['ClusterRole', 'edit'], GROUP), ...objects))[0]
      .split(' | ')[3]
      .split(';')[0];
  expect(has(...policy(['Deny']))).toBe('what policy `agents` lets pass');
  expect(has(...policy(['Warn']))).toBe('**all of its nodes, as root**');
  // it refuses elsewhere, and only warns here
  const [rule, warns] = policy(['Warn']);
  const elsewhere = {
    ...{ ...warns, metadata: { name: 'elsewhere' } },
    spec: {
      ...{ policyName: 'agents', validationActions: ['Deny'] },
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elsewhere' } },
      },
    },
  };
  expect(has(rule, warns, elsewhere)).toBe('**all of its nodes, as root**');
});

test('who may only change policies or volumes has no memory by that', () => {
  const text = withObjects(
    role('ClusterRole', 'policies', [
      { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] },
    ]),
    bound(undefined, ['ClusterRole', 'policies'], JANE),
  );
  expect(rows(text)).toEqual([
    '| user `jane` | change admission policies | **every namespace** |  | [3.yaml](3.yaml) |',
  ]);
});

test('what else RoleBindings give there is listed, not judged, and covered by the digest', () => {
  const LOGS = [
    { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['events'], verbs: ['get'] },
  ];
  const text = withObjects(
    role('Role', 'logs', LOGS, { namespace: 'node-agents' }),
    bound('node-agents', ['Role', 'logs'], GROUP),
    bound('shop', ['ClusterRole', 'view'], JANE),
    bound('elsewhere', ['ClusterRole', 'view'], JANE),
    bound(undefined, ['ClusterRole', 'view'], JANE),
  );
  const [, others] = section(text, 'What you approve').split('It is not judged here');
  expect(
    others
      .split('\n')
      .filter(line => line.startsWith('| '))
      .slice(2),
  ).toEqual([
    '| group `contractors` | get, list `pods`, `pods/log`; get `events` | `node-agents` | [3.yaml](3.yaml) |',
    '| user `jane` | what ClusterRole `view` allows | `shop` | [3.yaml](3.yaml) |',
  ]);
  expect(rows(text)).toEqual([]);
  expect(text.split('\n')[2]).not.toContain('RBAC');
  expect(digest(text)).not.toBe(digest(page(ROUTES, SHOP, LEDGER)));
});

test('RBAC elsewhere leaves the page as it is', () => {
  const text = withObjects(bound('elsewhere', ['ClusterRole', 'edit'], GROUP));
  expect(digest(text)).toBe(digest(page(ROUTES, SHOP, LEDGER)));
});

test('the digest covers the role, although it is the same row', () => {
  const of = (name: string) =>
    withObjects(
      role('Role', 'debug', [{ ...EXEC[0], resourceNames: [name] }], { namespace: 'shop' }),
      bound('shop', ['Role', 'debug'], JANE),
    );
  expect(rows(of('a'))).toEqual(rows(of('b')));
  expect(digest(of('a'))).not.toBe(digest(of('b')));
});
