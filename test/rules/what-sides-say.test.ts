import { foundIn } from './findings';
import { ruleOf } from '../../src/rules/catalog';

const said = (id: string, yaml: string) => foundIn(yaml).filter(({ rule }) => rule.id === id);

test('SHM106: a namespace that may be misspelled is told of the one that has the grant', () => {
  const { right } = ruleOf('SHM106')!;
  const fixes = (namespace: string) =>
    said('SHM106', right.replace('namespace: shop', `namespace: ${namespace}`)).map(
      ({ fix }) => fix,
    );
  const grant = (namespace: string) =>
    `grant contract routes to the namespace: with cdk8s, new ContractGrant(chart, '${namespace}', { contract, namespace: '${namespace}' }); in plain YAML, docs/mark.md of the package has it ("A grant in plain YAML")`;
  expect(fixes('shopp')).toEqual([
    `if namespace shop is meant, which has a grant: write that name; otherwise: ${grant('shopp')}`,
  ]);
  expect(fixes('payments')).toEqual([grant('payments')]);
  // a grant of another version would not help
  const next = right.replaceAll('routes-table-v1-ro }', 'routes-table-v2-ro }');
  expect(
    said('SHM106', next.replace('"version":"v1"', '"version":"v2"').replace('shop', 'shopp')).map(
      ({ fix }) => fix,
    ),
  ).toEqual([grant('shopp')]);
});

test('SHM106: a volume that is reserved for another claim is named, with both', () => {
  const { right } = ruleOf('SHM106')!;
  const volume = 'node-agents-routes-table-v1-shop-ro';
  const reserved = right.replace(
    'claimRef: { name: routes-table-v1-ro, namespace: shop }',
    'claimRef: { name: routes-table-v1-ro, namespace: shopp }',
  );
  const found = (yaml: string) =>
    said('SHM106', yaml).map(({ message, severity, fix }) => [severity, message, fix]);
  const expected = [
    'error',
    `claim routes-table-v1-ro is in namespace shop, and PersistentVolume ${volume} is reserved for claim routes-table-v1-ro in namespace shopp: claim and pod stay Pending`,
    'write namespace: shop and name: routes-table-v1-ro in the claimRef of the volume, if this pod is to have the memory',
  ];
  expect(found(reserved)).toEqual([expected]);
  expect(found(reserved.replace(`  volumeName: ${volume}\n`, ''))).toEqual([expected]);
  const other = right.replace('claimName: routes-table-v1-ro', 'claimName: routes-table-v2-ro');
  expect(found(other)).toEqual([
    [
      'error',
      'claim routes-table-v2-ro is mounted for memory table of contract routes; the grant of namespace shop makes claim routes-table-v1-ro: the pod stays Pending if nobody else made routes-table-v2-ro in namespace shop',
      'write claimName: routes-table-v1-ro',
    ],
  ]);
});

test('SHM104: sides that differ in the size alone are not told of a directory that nobody makes', () => {
  const { wrong, why } = ruleOf('SHM104')!;
  const sized = (size: string) =>
    said(
      'SHM104',
      wrong
        .replaceAll('"version":"v2"', '"version":"v1"')
        .replaceAll('cdk8s-shared-memory/v1', 'cdk8s-shared-memory/v2')
        .replace(/"size":"64Mi",/, size),
    );
  expect(said('SHM104', wrong)[0].why).toBeUndefined();
  expect(sized('"size":"96Mi",').map(each => [each.severity, each.message])).toEqual([
    ['warning', 'contract routes: the size of memory ring is 64Mi here and 96Mi at the agent'],
  ]);
  expect(sized('').map(({ message }) => message)).toEqual([
    'contract routes: the size of memory ring is 64Mi here and not known at the agent',
  ]);
  const [other] = sized('"size":"96Mi",');
  expect(other.why).toMatch(/^Only the agent makes the memory/);
  expect(other.why).not.toBe(why);
});
