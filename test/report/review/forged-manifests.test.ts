import { LEDGER, page, ROUTES, section, SHOP, rows as rowsOf, yaml } from './review-examples';

/* What somebody writes by hand, and what the page must not believe of it. */

const rows = (text: string) => rowsOf(text, 'What you approve');

test('the first line does not say that there are reasons where there are none', () => {
  const debug = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'debug' },
    spec: {
      hostPID: true,
      containers: [{ name: 'a', image: 'x', securityContext: { privileged: true } }],
    },
  };
  expect(page(yaml([debug])).split('\n')[2]).toBe(
    '**To approve: 2 host privileges of 1 workload.** **These manifests give no reason for 2 host privileges of pods that share no memory.** No finding is open.',
  );
});

test('the mark of a client gives no reason for what only an agent or nobody may have', () => {
  const mark = (more: object) =>
    JSON.stringify({
      ...{ apiVersion: 'cdk8s-shared-memory/v2', namespace: 'agents', version: 'v1' },
      ...{ side: 'client', access: 'readOnly', containers: ['a'], owner: 0 },
      memory: [
        {
          name: 'm',
          api: 'files',
          mountPath: '/x',
          backing: 'existing',
          contains: 'files',
          ...more,
        },
      ],
    });
  const pod = (path: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', annotations: { 'cdk8s-shared-memory/contract.c': mark({ path }) } },
    spec: {
      volumes: [{ name: 'v', hostPath: { path } }],
      containers: [
        {
          ...{ name: 'a', image: 'x', securityContext: { runAsUser: 0 } },
          volumeMounts: [{ name: 'v', mountPath: '/x' }],
        },
      ],
    },
  });
  const reasons = (path: string) => rows(page(yaml([pod(path)]))).map(row => row.split(' | ')[2]);
  expect(reasons('/etc')).toEqual([
    '**these manifests give no reason**',
    '**these manifests give no reason**',
  ]);
  expect(reasons('/run/vendor')).toContainEqual(
    expect.stringContaining('contract c: memory m is a directory'),
  );
});

test.each([
  [['ro'], 'read'],
  [['ro', 'rw'], 'read and **write**'],
  [['ro,noexec'], 'read'],
  [['rw,ro'], 'read'],
  [[], 'read and **write**'],
])('with the mount options %j, pods may %s', (options, may) => {
  const text = page(
    ROUTES.replace(/ {2}mountOptions:\n {4}- ro\n/, `  mountOptions: ${JSON.stringify(options)}\n`),
  );
  expect(rows(text).find(row => row.includes('`shop`'))).toContain(`| ${may} |`);
});

test.each([
  [{ kind: 'User', name: 'system:serviceaccount:shop:default' }, '`shop/default`'],
  [{ kind: 'Group', name: 'system:serviceaccounts:shop' }, 'group `system:serviceaccounts:shop`'],
  [{ kind: 'User', name: 'alice' }, 'user `alice`'],
])('a subject %j that may change nodes', (subject, who) => {
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'nodes' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'nodes' },
    subjects: [subject],
  };
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'nodes' },
    rules: [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }],
  };
  expect(section(page(yaml([binding, role])), 'What you approve')).toContain(
    `| ${who} | get nodes/proxy of nodes | **nothing in these manifests** |`,
  );
});

test('a service account that may do everything', () => {
  const admin = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'admin' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'cluster-admin',
    },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'shop' }],
  };
  const text = page(ROUTES, SHOP, LEDGER, yaml([admin]));
  expect(section(text, 'What you approve')).toContain(
    '| `shop/default` | do everything with nodes | **nothing in these manifests** |',
  );
  expect(text).toContain('1 service account that may change nodes');
});

describe('the annotation of a PersistentVolume that grants a directory of somebody else', () => {
  const contract = { namespace: 'agents', version: 'v1' };
  const volume = (path: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: 'tiles',
      annotations: {
        'cdk8s-shared-memory/grant': JSON.stringify({
          ...{ apiVersion: 'cdk8s-shared-memory/v2', ...contract, contract: 'maps' },
          ...{ memory: 'tiles', access: 'readOnly' },
        }),
      },
    },
    spec: {
      claimRef: { namespace: 'shop', name: 'tiles' },
      mountOptions: ['ro'],
      local: { path },
    },
  });
  const agent = (path: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name: 'a', namespace: 'agents' },
      annotations: {
        'cdk8s-shared-memory/contract.maps': JSON.stringify({
          ...{ apiVersion: 'cdk8s-shared-memory/v2', ...contract, side: 'agent' },
          ...{ access: 'readWrite', containers: ['a'] },
          memory: [
            {
              ...{ name: 'tiles', api: 'files', mountPath: '/x', backing: 'existing' },
              ...{ contains: 'files', path },
            },
          ],
        }),
      },
    },
    spec: { containers: [{ name: 'a', image: 'x' }] },
  });

  test('is no reason without an agent that shares the directory', () => {
    const text = page(yaml([volume('/srv/vendor'), agent('/srv/tiles')]));
    expect(rows(text)).toContain(
      '| `/srv/vendor` | read | `shop` | **these manifests give no reason**: the annotation of the volume names contract `maps`, and no workload that shares this directory for it is among them | [0.yaml](0.yaml) |',
    );
    expect(text).toContain('1 PersistentVolume of a directory of the node without a reason');
  });

  test('is the reason with such an agent', () => {
    const text = page(yaml([volume('/srv/tiles'), agent('/srv/tiles')]));
    expect(rows(text)).toContain(
      '| `/srv/tiles` | read | `shop` | contract maps: memory tiles, a directory that the contract does not make | [0.yaml](0.yaml) |',
    );
    expect(text).not.toContain('without a reason');
  });
});
