import { gainsAndLosses as changes } from './sets';

describe('a policy for clients', () => {
  const policy = (grants: object[], more = 'failurePolicy: Fail') => `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: clients
  annotations:
    cdk8s-shared-memory/client-policy: '${JSON.stringify({ apiVersion: 'cdk8s-shared-memory/v1', grants: [{ namespace: 'ledger', use: 'hostIPC' }, ...grants] })}'
spec:
  ${more}
  validations: [{ expression: has(object.spec) }]
`;
  const binding = (action: string) => `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: clients-shop }
spec: { policyName: clients, validationActions: [${action}], matchResources: { namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: shop } } } }
`;
  const none: object[] = [];
  const reads = [{ namespace: 'shop', use: 'hostPath', path: '/dev/shm', access: 'readOnly' }];
  const writes = [{ namespace: 'shop', use: 'hostPath', path: '/dev/shm', access: 'readWrite' }];
  const POLICY = 'ValidatingAdmissionPolicy clients';

  test.each<[string, string, string, string[], string[]]>([
    [
      'a path more',
      policy(none),
      policy(reads),
      [`${POLICY}: namespace shop may use hostPath /dev/shm, read-only`],
      [],
    ],
    [
      'a namespace of the node',
      policy(none),
      policy([{ namespace: 'shop', use: 'hostPID' }]),
      [`${POLICY}: namespace shop may use hostPID`],
      [],
    ],
    [
      'a directory of a contract in another version, which is the same',
      policy([{ ...reads[0], path: '/run/cdk8s-shared-memory/agents.routes/v1/table' }]),
      policy([{ ...reads[0], path: '/run/cdk8s-shared-memory/agents.routes/v2/table' }]),
      [],
      [],
    ],
    [
      'a path that may be written',
      policy(reads),
      policy(writes),
      [`${POLICY}: namespace shop may use hostPath /dev/shm (read-only)`],
      [],
    ],
    [
      'a validation that is gone',
      policy(none),
      policy(none).replace('[{ expression: has(object.spec) }]', '[]'),
      [`${POLICY}: not refused: has(object.spec)`],
      [],
    ],
    [
      'failurePolicy: Ignore',
      policy(none),
      policy(none, 'failurePolicy: Ignore'),
      [`${POLICY}: not refused: what the policy fails to evaluate (failurePolicy)`],
      [],
    ],
    [
      'a binding that no longer denies',
      binding('Deny, Audit'),
      binding('Audit'),
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients applies to pods of namespace shop, but refuses none: it only audits',
      ],
      [],
    ],
    [
      'a binding that denies from now on',
      binding('Warn, Audit'),
      binding('Deny'),
      [],
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients applies to pods of namespace shop, but refuses none: it only audits and warns',
      ],
    ],
    [
      'a binding that audits another namespace',
      binding('Deny'),
      binding('Audit').replace('name: shop }', 'name: pay }'),
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients does not apply to pods of namespace shop',
      ],
      [],
    ],
    [
      'a policy that is new: what it lets through was not refused before',
      '',
      policy(writes),
      [],
      [],
    ],
  ])('%s', (_, before, after, gained, lost) => {
    expect(changes(before, after)).toEqual({ gained, lost });
    expect(changes(after, before)).toEqual({ gained: lost, lost: gained });
  });

  test('a validation that refuses nothing is none', () => {
    const nothing = policy(none).replace('has(object.spec)', "'true'");
    expect(
      changes(nothing, policy(none).replace('[{ expression: has(object.spec) }]', '[]')),
    ).toEqual({
      gained: [],
      lost: [],
    });
    expect(changes(policy(none), nothing).gained).toEqual([
      `${POLICY}: not refused: has(object.spec)`,
    ]);
  });

  const BINDING = 'ValidatingAdmissionPolicyBinding clients-shop';
  test.each<[string, string, string, string]>([
    [
      'a variable',
      policy(
        none,
        'variables: [{ name: privileged, expression: "[1]" }, { name: a, expression: "1" }]',
      ),
      policy(
        none,
        'variables: [{ name: privileged, expression: "[]" }, { name: a, expression: "1" }]',
      ),
      `${POLICY}: perhaps not refused any more: spec.variables[privileged] differs`,
    ],
    [
      'whom it is not for, and which requests',
      policy(none),
      policy(none, 'matchConditions: [{ name: bob, expression: "false" }]\n  matchConstraints: {}'),
      `${POLICY}: perhaps not refused any more: spec.matchConstraints, spec.matchConditions differ`,
    ],
    [
      'the objects of its binding',
      binding('Deny'),
      binding('Deny').replace(
        'matchResources: {',
        'matchResources: { objectSelector: { matchLabels: { a: b } },',
      ),
      `${BINDING}: perhaps not refused any more: spec.matchResources differs`,
    ],
  ])(
    '%s differs: whether less is refused, a person must say, in both directions',
    (_, before, after, gained) => {
      expect(changes(before, after)).toEqual({ gained: [gained], lost: [] });
      expect(changes(after, before)).toEqual({ gained: [gained], lost: [] });
    },
  );
});

test('a kind that every object inherits is no policy', () => {
  const object = 'apiVersion: example.com/v1\nkind: constructor\nmetadata: { name: a }\n';
  expect(changes(`${object}spec: { a: 1 }\n`, `${object}spec: { a: 2 }\n`)).toEqual({
    gained: [],
    lost: [],
  });
});

describe('what service accounts may do with nodes', () => {
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
