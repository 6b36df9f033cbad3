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
    `new ContractGrant(chart, '${namespace}', { contract: routes, namespace: '${namespace}' })`;
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
