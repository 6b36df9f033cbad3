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

  test.each<[string, string, string, string[], string[], string[]?]>([
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
      [`${POLICY}: no longer requires has(object.spec)`],
      [],
      [`${POLICY}: now requires has(object.spec)`],
    ],
    [
      'failurePolicy: Ignore',
      policy(none),
      policy(none, 'failurePolicy: Ignore'),
      [
        `${POLICY}: lets pass what it fails to evaluate (failurePolicy: Ignore), which it refused before`,
      ],
      [],
      [`${POLICY}: now refuses what it fails to evaluate (failurePolicy: Fail)`],
    ],
    [
      'a binding that no longer denies',
      binding('Deny, Audit'),
      binding('Audit'),
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients only audits in namespace shop, where it refused before',
      ],
      [],
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients now refuses in namespace shop, where it only audited before',
      ],
    ],
    [
      'a binding that denies from now on',
      binding('Warn, Audit'),
      binding('Deny'),
      [],
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients now refuses in namespace shop, where it only audited and warned before',
      ],
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients only audits and warns in namespace shop, where it refused before',
      ],
    ],
    [
      'a binding that audits another namespace',
      binding('Deny'),
      binding('Audit').replace('name: shop }', 'name: pay }'),
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients no longer refuses in namespace shop',
      ],
      [],
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients now refuses in namespace shop',
      ],
    ],
    [
      'a policy that is new: what it lets through was not refused before',
      '',
      policy(writes),
      [],
      [],
    ],
    [
      'a binding that is gone, and was for all namespaces',
      binding('Deny').replace(/, matchResources.*/, ' }'),
      '',
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients no longer refuses where this binding applies',
      ],
      [],
      [
        'ValidatingAdmissionPolicyBinding clients-shop: policy clients now refuses where this binding applies',
      ],
    ],
  ])('%s', (_, before, after, gained, lost, back = [...gained, ...lost]) => {
    expect(changes(before, after)).toEqual({ gained, lost });
    expect(changes(after, before)).toEqual(
      gained.length === 0 ? { gained: back, lost: [] } : { gained: [], lost: back },
    );
  });

  describe('a binding whose selector asks for other labels than the name of the namespace', () => {
    const BOUND = 'ValidatingAdmissionPolicyBinding clients-shop: policy clients';
    const selecting = (selector: string, action = 'Deny') =>
      binding(action).replace('matchLabels: { kubernetes.io/metadata.name: shop }', selector);
    const more = (team: string, name = 'shop') =>
      `matchLabels: { kubernetes.io/metadata.name: ${name}, team: ${team} }`;
    const ofName = (...values: string[]) =>
      `matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: [${values.join(', ')}] }]`;
    const PERHAPS =
      'ValidatingAdmissionPolicyBinding clients-shop: perhaps not refused any more: spec.matchResources differs';
    const IF = 'in namespace shop if the rest of its selector matches';

    test.each<[string, string, string, string[], string[]]>([
      ['that is new', '', selecting(more('x')), [], [`${BOUND} now refuses ${IF}`]],
      ['that is gone', selecting(more('x')), '', [`${BOUND} no longer refuses ${IF}`], []],
      [
        'that is new, with an expression',
        '',
        selecting(`${ofName('shop')}, matchLabels: { team: x }`),
        [],
        [`${BOUND} now refuses ${IF}`],
      ],
      [
        'that only warned',
        selecting(more('x'), 'Warn'),
        selecting(more('x')),
        [],
        [`${BOUND} now refuses ${IF}, where it only warned before`],
      ],
      ['in place of the name alone', binding('Deny'), selecting(more('x')), [PERHAPS], []],
      ['in place of another one', selecting(more('x')), selecting(more('y')), [PERHAPS], []],
      [
        'in place of another expression',
        selecting('matchExpressions: [{ key: team, operator: In, values: [x] }]'),
        selecting('matchExpressions: [{ key: team, operator: In, values: [y] }]'),
        [PERHAPS],
        [],
      ],
      ['and does not any more', selecting(more('x')), binding('Deny'), [PERHAPS], []],
      [
        'of another namespace',
        selecting(more('x', 'pay')),
        selecting(more('x')),
        [`${BOUND} no longer refuses ${IF.replace('shop', 'pay')}`],
        [`${BOUND} now refuses ${IF}`],
      ],
      [
        'and no name',
        '',
        selecting('matchLabels: { team: x }'),
        [],
        [`${BOUND} now refuses where this binding applies`],
      ],
      [
        'or not: several names',
        '',
        selecting(ofName('shop', 'pay')),
        [],
        [`${BOUND} now refuses in namespace shop, pay`],
      ],
      ['or not: the name in other words', binding('Deny'), selecting(ofName('shop')), [], []],
      [
        'or not: names that it must not have',
        '',
        selecting(ofName('shop').replace('In,', 'NotIn,')),
        [],
        [`${BOUND} now refuses where this binding applies`],
      ],
    ])('%s', (_, before, after, gained, lost) => {
      expect(changes(before, after)).toEqual({ gained, lost });
    });
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
      `${POLICY}: no longer requires has(object.spec)`,
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
