import { markdown } from '../../../src/report/diff/diff-markdown';
import { text } from '../../../src/report/diff/diff-text';
import { reachVerdictOf } from '../../../src/report/diff/diff-words';
import { deployment, diffOf } from '../../change/sets';

const policy = (expression: string, name = 'clients', more = '') => `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: ${name} }
spec: { validations: [{ expression: "${expression}" }] ${more} }
`;
const binding = (actions: string, namespace = 'shop', name = 'clients') => `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: ${name}-${namespace} }
spec:
  policyName: ${name}
  validationActions: [${actions}]
  matchResources: { namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: ${namespace} } } }
`;
const POD = 'securityContext: { runAsNonRoot: true }';
const plain = (words: string) => words;
const marked = (words: string, look: string) => (look === 'warning' ? `!${words}` : words);
const verdict = (before: string, after: string) => diffOf(before, after).verdict;

test('a guardrail that is new has a plus, is no privilege that is lost, and does not alarm', () => {
  const found = diffOf(policy('a'), policy('a') + binding('Deny'));
  expect(text(found, marked))
    .toBe(`no privilege gained or lost; policy clients refuses more; no pod restarts

Guardrails
  + ValidatingAdmissionPolicyBinding clients-shop: policy clients now refuses in namespace shop

Objects
  + new: ValidatingAdmissionPolicyBinding clients-shop
`);
  expect(markdown(found)).toContain(
    '### Guardrails\n\n- ➕ `ValidatingAdmissionPolicyBinding clients-shop`: ',
  );
});

test('a guardrail that is gone has a minus, and alarms', () => {
  const found = diffOf(policy('a') + binding('Deny'), policy('a') + binding('Audit'));
  expect(text(found, marked)).toContain(`policy clients refuses less; no pod restarts

Guardrails
!  - ValidatingAdmissionPolicyBinding clients-shop: policy clients only audits in namespace shop, where it refused before
`);
  expect(found.privileges.gained.map(({ guardrail }) => guardrail)).toEqual([
    { kind: 'policy', policy: 'clients', certain: true },
  ]);
});

test.each<[string, string, string, string]>([
  ['more', policy('true'), policy('a'), 'no privilege gained or lost; policy clients refuses more'],
  ['less', policy('a'), policy('true'), 'policy clients refuses less'],
  [
    'less and more',
    policy('a') + binding('Deny'),
    policy('a') + binding('Deny', 'bank'),
    'policy clients refuses less, and more in other places',
  ],
  [
    'perhaps less',
    policy('a'),
    policy('a', 'clients', ', paramKind: { kind: ConfigMap }'),
    'policy clients may refuse less',
  ],
  [
    'perhaps less, and more',
    policy('a'),
    policy('a', 'clients', ', paramKind: { kind: ConfigMap }') + binding('Deny'),
    'policy clients may refuse less, and more in other places',
  ],
  [
    'less for sure, and perhaps less',
    policy('a'),
    policy('true', 'clients', ', paramKind: { kind: ConfigMap }'),
    'policy clients refuses less',
  ],
  [
    'three policies',
    ['a', 'b', 'c'].map(name => policy('a', name)).join(''),
    ['a', 'b', 'c'].map(name => policy('true', name)).join(''),
    'policies a, b, c refuse less',
  ],
  [
    'more than three',
    ['a', 'b', 'c', 'd'].map(name => policy('a', name)).join(''),
    ['a', 'b', 'c', 'd'].map(name => policy('true', name)).join(''),
    '4 policies refuse less',
  ],
])('the first line names the policies: %s', (_, before, after, expected) => {
  expect(verdict(before, after)).toBe(`${expected}; no pod restarts`);
});

test('hardening is a guardrail, too', () => {
  expect(verdict(deployment(POD), deployment())).toBe(
    '1 container loses hardening; 1 workload restarts',
  );
  const found = diffOf(deployment(), deployment(POD));
  expect(found.verdict).toBe(
    'no privilege gained or lost; 1 container gains hardening; 1 workload restarts',
  );
  expect(text(found, plain)).toContain(
    '\nGuardrails\n  + Deployment shop/web, container web: now has runAsNonRoot: true\n',
  );
  const two = (pod: string) => deployment(pod) + deployment(pod).replace('name: web', 'name: api');
  expect(verdict(two(POD), two(''))).toBe('2 containers lose hardening; 2 workloads restart');
  expect(verdict(two(''), two(POD))).toMatch(/; 2 containers gain hardening; /);
});

test('privileges and guardrails are counted apart', () => {
  const found = diffOf(
    deployment('hostPID: true') + policy('a'),
    deployment('hostIPC: true\nhostNetwork: true') + policy('a') + binding('Deny'),
  );
  expect(found.verdict).toBe(
    '2 privileges gained, 1 lost; policy clients refuses more; 1 workload restarts',
  );
  expect(found.privileges.lost.map(({ guardrail }) => guardrail?.kind ?? null)).toEqual([
    'policy',
    null,
  ]);
});

test('the part of the first line about privileges and guardrails, with which REVIEW.md begins', () => {
  const found = diffOf(
    policy('a') + binding('Deny') + deployment(),
    policy('a') +
      deployment('hostIPC: true').replace('matchLabels: { app: web }', 'matchLabels: { app: x }'),
  );
  expect([found.verdict, reachVerdictOf(found)]).toEqual([
    '1 privilege gained; policy clients refuses less; no pod restarts, 1 workload changed; 1 change is refused by apply',
    '1 privilege gained; policy clients refuses less',
  ]);
  const moved = diffOf(deployment(), deployment().replace('web:1', 'web:2'));
  expect(reachVerdictOf(moved)).toBe('no privilege gained or lost');
  expect(reachVerdictOf(diffOf('', ''))).toBe('no difference');
});
