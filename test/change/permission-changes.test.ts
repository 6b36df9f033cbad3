import { deployment, gainsAndLosses as changes } from './sets';

describe('what RBAC lets somebody do with nodes', () => {
  const bound = (role: string, verbs?: string) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: nodes }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }
subjects: [{ kind: ServiceAccount, name: remover, namespace: agents }]
${
  verbs === undefined
    ? ''
    : `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${role} }
rules: [{ apiGroups: [''], resources: [nodes], verbs: [${verbs}] }]
`
}`;
  const may = (what: string) => [
    `ClusterRoleBinding nodes: service account agents/remover may ${what} nodes`,
  ];

  test.each<[string, string, string, string[]]>([
    ['a verb more', bound('a', 'get, patch'), bound('a', 'get, patch, delete'), may('delete')],
    ['to look, which is none', '', bound('a', 'get, list'), []],
    ['a new account', '', bound('a', 'patch'), may('patch')],
    ['everything', bound('a', 'patch'), bound('cluster-admin'), may('do everything with')],
    ['less than everything', bound('a', "'*'"), bound('a', 'delete'), []],
  ])('%s', (_, before, after, gained) => {
    expect(changes(before, after).gained).toEqual(gained);
  });
});

describe('what RBAC lets somebody do where pods have host privileges', () => {
  const AGENT = deployment('hostIPC: true');
  const bound = ({
    binding = 'RoleBinding',
    namespace = 'shop',
    role = 'runner',
    subject = '{ kind: User, name: jane }',
  } = {}) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${binding}
metadata: { name: jane${binding === 'RoleBinding' ? `, namespace: ${namespace}` : ''} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }
subjects: [${subject}]
`;
  const runner = (resources: string, name = 'runner') => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${name} }
rules: [{ apiGroups: ['', apps], resources: [${resources}], verbs: [create] }]
`;
  const JANE = 'RoleBinding shop/jane: user jane may';

  test.each<[string, string, string, string[]]>([
    [
      'a new binding',
      '',
      bound() + runner('deployments'),
      [`${JANE} create or change pods in namespace shop`],
    ],
    [
      'a role that allows more',
      bound() + runner('pods'),
      bound() + runner('pods, pods/exec'),
      [`${JANE} run commands in pods in namespace shop`],
    ],
    ['a namespace without privileges', '', bound({ namespace: 'other' }) + runner('pods'), []],
    ['a role that allows nothing of it', '', bound() + runner('configmaps'), []],
    [
      'every namespace',
      bound() + runner('pods'),
      bound() + bound({ binding: 'ClusterRoleBinding' }) + runner('pods'),
      ['ClusterRoleBinding jane: user jane may create or change pods in every namespace'],
    ],
    [
      'one namespace after all of them',
      bound({ binding: 'ClusterRoleBinding' }) + runner('pods'),
      bound() + runner('pods'),
      [],
    ],
    ['less than everything', bound({ role: 'cluster-admin' }), bound({ role: 'edit' }), []],
    [
      'a role that is not among the objects',
      bound({ role: 'view' }),
      bound({ role: 'theirs' }),
      [
        `${JANE} do what ClusterRole theirs allows, which is not in these manifests in namespace shop`,
      ],
    ],
    ['the same role that is not among the objects', bound({ role: 'a' }), bound({ role: 'a' }), []],
    [
      'another subject',
      bound({ role: 'edit' }),
      bound({ role: 'edit', subject: '{ kind: Group, name: jane }' }),
      [
        'RoleBinding shop/jane: group jane may create or change pods, run commands in pods, act as service accounts in namespace shop',
      ],
    ],
  ])('%s', (_, before, after, gained) => {
    expect(changes(AGENT + before, AGENT + after).gained).toEqual(gained);
  });

  test('what is gone is lost', () => {
    expect(changes(AGENT + bound({ role: 'edit' }), AGENT).lost).toEqual([
      `${JANE} create or change pods, run commands in pods, act as service accounts in namespace shop`,
    ]);
  });
});
