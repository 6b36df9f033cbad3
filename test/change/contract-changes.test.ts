import { diffOf, grant, mark, workload } from './sets';
import { objectWords } from '../../src/report/diff/diff-words';

const agent = (memory: object = {}, more: object = {}) =>
  workload('DaemonSet', {
    name: 'agent',
    namespace: 'agents',
    annotations: mark('agent', memory, more),
  });
const client = (memory: object = {}, more: object = {}, name = 'web') =>
  workload('Deployment', { name, annotations: mark('client', memory, more) });

function changed(before: string, after: string) {
  return diffOf(before, after).contracts.map(
    ({ contract, namespace, changes, followed, behind, apart }) => ({
      contract: `${namespace}/${contract}`,
      changes: changes.map(
        ({ field, from, to, breaks, follow }) =>
          `${breaks ? 'breaks' : 'keeps'} ${field}: ${from} -> ${to} (${follow.join(' ')})`,
      ),
      followed: followed.map(({ of }) => objectWords(of)),
      behind: behind.map(({ of, still }) => `${objectWords(of)}: ${still}`),
      ...(apart.length === 0
        ? {}
        : { apart: apart.map(({ of, has }) => `${objectWords(of)}: ${has}`) }),
    }),
  );
}

test.each<[string, object, object, object, object, string]>([
  ['version', {}, {}, {}, { version: 'v2' }, 'breaks version: v1 -> v2 (agent grants clients)'],
  ['size', {}, {}, { size: '512Mi' }, {}, 'keeps memory table size: 256Mi -> 512Mi (agent)'],
  [
    'size that clients pay for',
    {},
    { payer: 'client' },
    { size: '512Mi' },
    { payer: 'client' },
    'breaks memory table size: 256Mi -> 512Mi (agent clients)',
  ],
  [
    'mountPath',
    {},
    {},
    { mountPath: '/run/other' },
    {},
    'keeps memory table mountPath: /run/routes -> /run/other (agent clients)',
  ],
  [
    'backing',
    {},
    {},
    { backing: 'tmpfs' },
    {},
    'breaks memory table backing: directory -> tmpfs (agent grants clients)',
  ],
  ['api', {}, {}, { api: 'posix' }, {}, 'keeps memory table api: files -> posix (agent clients)'],
  ['group', {}, {}, {}, { group: 3000 }, 'breaks groupId: 2000 -> 3000 (agent clients)'],
  ['payer', {}, {}, {}, { payer: 'client' }, 'breaks chargedTo: agent -> client (agent clients)'],
])('%s', (_, memoryBefore, before, memoryAfter, after, change) => {
  expect(changed(agent(memoryBefore, before), agent(memoryAfter, after))).toEqual([
    {
      contract: 'agents/routes',
      changes: [change],
      followed: ['DaemonSet agents/agent'],
      behind: [],
    },
  ]);
});

test('who followed, and who did not', () => {
  const before = agent() + client() + client({}, {}, 'search') + grant('shop') + grant('ledger');
  const after =
    agent({}, { version: 'v2' }) +
    client({}, { version: 'v2' }) +
    client({}, {}, 'search') +
    grant('shop') +
    grant('shop', 'ro', 'v2') +
    grant('ledger');
  expect(changed(before, after)).toEqual([
    {
      contract: 'agents/routes',
      changes: ['breaks version: v1 -> v2 (agent grants clients)'],
      followed: ['DaemonSet agents/agent', 'Deployment shop/web'],
      behind: [
        'Deployment shop/search: version v1',
        'PersistentVolume agents-routes-table-v1-ledger-ro: version v1',
      ],
    },
  ]);
});

test('a client that follows later', () => {
  const followed = (mine: string) =>
    changed(agent({}, { version: 'v2' }) + client({}, {}), agent({}, { version: 'v2' }) + mine);
  expect(followed(client({}, { version: 'v2' }))).toEqual([
    { contract: 'agents/routes', changes: [], followed: ['Deployment shop/web'], behind: [] },
  ]);
  expect(followed(client({}, {}) + '# untouched')).toEqual([]);
});

test('clients need not follow in what concerns the agent alone', () => {
  expect(changed(agent() + client(), agent({ size: '512Mi' }) + client())).toMatchObject([
    { behind: [] },
  ]);
});

test('with the agent in another repo, the first client says what the contract is', () => {
  expect(
    changed(
      client() + client({}, {}, 'search'),
      client({}, {}, 'search') + client({}, { version: 'v2' }, 'web'),
    ),
  ).toMatchObject([{ contract: 'agents/routes' }]);
  expect(changed(client(), client({}, { version: 'v2' }))).toMatchObject([
    {
      changes: ['breaks version: v1 -> v2 (agent grants clients)'],
      followed: ['Deployment shop/web'],
    },
  ]);
});

test('a client that goes ahead of its agent, or comes with another contract', () => {
  const expected = [
    {
      contract: 'agents/routes',
      changes: [],
      followed: [],
      behind: [],
      apart: ['Deployment shop/web: version v2'],
    },
  ];
  expect(changed(agent() + client(), agent() + client({}, { version: 'v2' }))).toEqual(expected);
  expect(changed(agent(), agent() + client({}, { version: 'v2' }))).toEqual(expected);
});

test('a second agent serves the new version beside the old one: clients of either have one', () => {
  const canary = workload('DaemonSet', {
    name: 'canary',
    namespace: 'agents',
    annotations: mark('agent', {}, { version: 'v2' }),
  });
  expect(changed(agent() + client(), agent() + canary + client())).toEqual([
    {
      contract: 'agents/routes',
      changes: ['breaks version: v1 -> v2 (agent grants clients)'],
      followed: [],
      behind: ['DaemonSet agents/agent: version v1'],
    },
  ]);
});

test('a contract that moves to another namespace', () => {
  expect(
    changed(agent() + client(), agent({}, { namespace: 'other' }) + client())[0].changes,
  ).toEqual(['breaks namespace: agents -> other (agent grants clients)']);
});

test('a client that writes where it read', () => {
  expect(changed(agent() + client(), agent() + client({}, { access: 'readWrite' }))).toEqual([
    {
      contract: 'agents/routes',
      changes: ['keeps access of Deployment shop/web: readOnly -> readWrite (grants)'],
      followed: [],
      behind: [],
    },
  ]);
});

test("memory in a sidecar's pod is an emptyDir: no difference of the contract", () => {
  expect(
    changed(agent(), agent() + workload('Deployment', { annotations: mark('sidecar') })),
  ).toEqual([]);
});

test('a grant by another backing has not followed', () => {
  expect(
    changed(agent() + grant('shop'), agent({ backing: 'tmpfs' }) + grant('shop'))[0].behind,
  ).toEqual(['PersistentVolume agents-routes-table-v1-shop-ro: memory table backing directory']);
});

test('contracts that are new or gone are no changed contracts', () => {
  expect(changed('', agent() + client())).toEqual([]);
  expect(changed(agent() + client(), '')).toEqual([]);
});

test('a mark that cannot be read says nothing', () => {
  expect(changed(agent(), agent().replace('"version":"v1"', '"version":1'))).toEqual([]);
});
