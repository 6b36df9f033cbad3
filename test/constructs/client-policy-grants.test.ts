import { ClientPolicy, ContractGrant } from '../../src';
import { chart, contract } from '../yaml';

test.each([
  ['another contract', { name: 'flags' }],
  ['another version', { version: 'v2' }],
])('fails with a grant beside a policy that has %s alone', (_, props) => {
  const c = chart();
  new ClientPolicy(c, 'policy', { grants: [{ namespace: 'shop', contract: contract(props) }] });
  const grant = new ContractGrant(c, 'grant', { contract: contract(), namespace: 'shop' });
  const elsewhere = new ContractGrant(c, 'bank', { contract: contract(), namespace: 'bank' });
  expect(elsewhere.node.validate()).toEqual([]); // no policy there
  expect(grant.node.validate()).toEqual([
    'SHM007 contract: given contract routes v1 for namespace shop, whose ClientPolicy does not have it; allowed what the ClientPolicy of the namespace has, too: it does not limit how pods use other claims; fix: add { namespace: "shop", contract } to the grants of the ClientPolicy',
  ]);
});

test('a policy may come after the grants that it has', () => {
  const c = chart();
  const grant = new ContractGrant(c, 'grant', { contract: contract(), namespace: 'shop' });
  new ClientPolicy(c, 'policy', { grants: [{ namespace: 'shop', contract: contract() }] });
  expect(grant.node.validate()).toEqual([]);
});
