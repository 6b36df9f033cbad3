import { changesOf, diffOf, grant } from './sets';
import { markdown } from '../../src/report/diff/diff-markdown';
import { text } from '../../src/report/diff/diff-text';

const claim = (name: string, namespace = 'shop') => `---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name}, namespace: ${namespace} }
`;

interface Policy {
  readonly read?: readonly string[];
  readonly written?: readonly string[];
  readonly name?: string;
  readonly actions?: string;
  readonly namespaces?: string;
}

/** A ClientPolicy with its lists of claims, and its binding. */
function policy({
  read = [],
  written = [],
  name = 'clients',
  actions = '[Deny]',
  namespaces = '[shop]',
}: Policy): string {
  return `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ${name}
  annotations: { cdk8s-shared-memory/client-policy: '{"apiVersion":"cdk8s-shared-memory/v1","grants":[]}' }
spec:
  matchConstraints: { resourceRules: [{ resources: [pods] }] }
  variables:
    - { name: readOnlyClaims, expression: "[${read.map(each => `'${each}'`).join(', ')}]" }
    - { name: writableClaims, expression: "{${written.map(each => `'${each}': 2000`).join(', ')}}" }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: ${name} }
spec:
  policyName: ${name}
  validationActions: ${actions}
  matchResources: { namespaceSelector: { matchExpressions: [{ key: kubernetes.io/metadata.name, operator: In, values: ${namespaces} }] } }
`;
}

const READ = 'shop routes-table-v1-ro';
const old = grant('shop') + claim('routes-table-v1-ro');
const next = grant('shop', 'ro', 'v2') + claim('routes-table-v2-ro');
const updated = policy({ read: ['shop routes-table-v2-ro'] });

/** The grants that are gone, by the kind of the object at which they are told. */
const left = (before: string, after: string) =>
  changesOf(before, after).objects.gone.flatMap(({ kind, grant: its }) =>
    its === null ? [] : [[kind, its] as const],
  );
const guards = (before: string, after = updated) =>
  left(old + before, next + after).flatMap(([, { noLongerGuardedBy }]) => noLongerGuardedBy);

test('the grant of an old version is told at its claim, with the policy that guarded it', () => {
  expect(left(old + policy({ read: [READ] }), next + updated)).toEqual([
    [
      'PersistentVolumeClaim',
      {
        ...{ to: 'shop', claim: 'routes-table-v1-ro', namespace: 'agents', contract: 'routes' },
        ...{ version: 'v1', memory: 'table', access: 'readOnly', noLongerGuardedBy: ['clients'] },
      },
    ],
  ]);
});

test('it is told at its volume if the claim is in other manifests, or stays', () => {
  expect(left(grant('shop'), '').map(([kind]) => kind)).toEqual(['PersistentVolume']);
  const stays = claim('routes-table-v1-ro');
  expect(left(old, stays).map(([kind]) => kind)).toEqual(['PersistentVolume']);
  expect(left(old, grant('shop'))).toEqual([]); // the grant is there, only the claim is not
  const other = grant('shop') + claim('routes-table-v1-ro', 'bank');
  expect(left(other, '').map(([kind]) => kind)).toEqual(['PersistentVolume']);
});

test('a claim that may be written is in another list', () => {
  const before = grant('shop', 'rw') + policy({ written: ['shop routes-table-v1-rw'] });
  expect(left(before, policy({}))).toMatchObject([
    ['PersistentVolume', { access: 'readWrite', noLongerGuardedBy: ['clients'] }],
  ]);
  const wrong = grant('shop', 'rw') + policy({ read: ['shop routes-table-v1-rw'] });
  expect(left(wrong, policy({}))).toMatchObject([['PersistentVolume', { noLongerGuardedBy: [] }]]);
});

test('several policies guarded it, everywhere or in some namespaces', () => {
  const [one, two] = ['one', 'two'];
  expect(
    guards(
      policy({ read: [READ], name: one, namespaces: '[bank, shop]' }) +
        policy({ read: [READ], name: two }).replace(/ {2}matchResources.*\n/, ''),
      policy({ name: one }) + policy({ name: two }),
    ),
  ).toEqual([one, two]);
});

test.each<[string, string, string]>([
  ['the policy that lists it still', policy({ read: [READ] }), policy({ read: [READ] })],
  ['a policy that did not list it', policy({ read: ['bank routes-table-v1-ro'] }), updated],
  ['a policy that only warned', policy({ read: [READ], actions: '[Warn, Audit]' }), updated],
  ['a policy of other namespaces', policy({ read: [READ], namespaces: '[bank]' }), updated],
  ['a policy that is gone, too, which stays in the cluster', policy({ read: [READ] }), ''],
  [
    'a policy of which another one has taken the claim',
    policy({ read: [READ] }),
    updated + policy({ read: [READ], name: 'other' }),
  ],
])('fails to lose a guard: %s', (_, before, after) => {
  expect(guards(before, after)).toEqual([]);
});

describe('in words', () => {
  const stays = (may: string) =>
    `      it stays in the cluster until somebody deletes it: until then, pods of namespace shop can mount it, and ${may} memory routes/table v1\n`;

  test('what pods can do until somebody deletes it, and who guarded it', () => {
    const found = diffOf(old + policy({ read: [READ] }), next + updated);
    expect(found.verdict).toMatch(
      /; 1 claim stays in the cluster until somebody deletes it, and no ClientPolicy here guards it any more; no pod restarts$/,
    );
    expect(text(found, words => words)).toContain(
      '  - gone: PersistentVolumeClaim shop/routes-table-v1-ro (grant)\n' +
        stays('read') +
        '      policy clients guarded the claim, and no longer lists it: only the volume limits what these pods do with it\n' +
        '  - gone: PersistentVolume agents-routes-table-v1-shop-ro (grant)\n',
    );
  });

  test('of several policies and claims; without a policy, only that it stays', () => {
    const two = ['one', 'two'].map(name => policy({ read: [READ], name })).join('');
    const bank = grant('bank', 'rw') + policy({ written: ['bank routes-table-v1-rw'] });
    const found = diffOf(
      old + two + bank.replaceAll('[shop]', '[bank]'),
      ['one', 'two', 'clients'].map(name => policy({ name })).join(''),
    );
    expect(found.verdict).toContain(
      '; 2 claims stay in the cluster until somebody deletes them, and no ClientPolicy here guards them any more; ',
    );
    expect(text(found, words => words)).toContain(
      '      policies one, two guarded the claim, and no longer list it: ',
    );
    const alone = diffOf(grant('shop', 'rw'), '');
    expect(alone.verdict).toBe('1 privilege lost, none gained; no pod restarts');
    expect(text(alone, words => words)).toMatch(new RegExp(`${stays('read and write')}$`));
  });

  test('Markdown folds no claim that can be written and that nobody guards any more', () => {
    const many = (access: 'ro' | 'rw') =>
      Array.from({ length: 12 }, (_, i) => grant(`n${i}`, access)).join('');
    const lists = Array.from({ length: 12 }, (_, i) => `n${i} routes-table-v1-rw`);
    const guarding = policy({ written: lists }).replace(/ {2}matchResources.*\n/, '');
    const [open, closed] = [guarding, policy({})].map(
      each => markdown(diffOf(many('rw') + each, policy({}))).split('<summary>')[0],
    );
    const gone = (page: string) => page.match(/^- ➖ gone: /gm)?.length;
    // of the ten that are shown, one says that apply deletes nothing
    expect([gone(open), gone(closed)]).toEqual([12, 9]);
  });
});
