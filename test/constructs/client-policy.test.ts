import { Size } from 'cdk8s';
import {
  Access,
  Backing,
  ClientUser,
  ClientPolicy,
  ClientVolume,
  NodeContent,
  PolicyAction,
  SharedMemory,
  type AgentContractProps,
  type ClientPolicyGrant,
  type ClientPolicyProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { chart, contract, rendered, type Rendered } from '../yaml';

const size = Size.mebibytes(1);
const files = (name = 'table') =>
  SharedMemory.files({ name, size, mountPath: `/run/${name}`, backing: Backing.directory() });
const systemV = contract({ name: 'verdicts', memory: [SharedMemory.systemV({ size })] });

function policy(grants: ClientPolicyGrant[], props: Partial<ClientPolicyProps> = {}) {
  const c = chart('test', 'elsewhere');
  new ClientPolicy(c, 'policy', { grants, ...props });
  const [object] = rendered(c, 'ValidatingAdmissionPolicy');
  const variables = Object.fromEntries(
    object.spec.variables.map((v: Rendered) => [v.name, v.expression]),
  );
  return { object, variables, bindings: rendered(c, 'ValidatingAdmissionPolicyBinding') };
}
const existing = (name: string, ownerId: number, props: Partial<AgentContractProps> = {}) =>
  contract({
    ...props,
    name,
    ownerId,
    clients: Access.READ_WRITE,
    clientVolume: ClientVolume.hostPath(),
    memory: [
      SharedMemory.files({
        size,
        mountPath: '/run/vendor',
        backing: Backing.existing('/run/vendor', {
          contains: NodeContent.FILES,
          clientsWait: false,
        }),
      }),
    ],
  });
const LISTS = [
  'hostIPC',
  'hostPID',
  'hostNetwork',
  'readOnlyPaths',
  'writablePaths',
  'readOnlyClaims',
  'writableClaims',
];
const granted = ({ variables }: ReturnType<typeof policy>) =>
  LISTS.map(list => variables[list].replace(/\s+/g, ' '));

test('what a contract grants, by the namespace that it is granted to', () => {
  expect(granted(policy([{ namespace: 'shop', contract: contract() }]))).toEqual([
    '[]',
    '[]',
    '[]',
    '[]',
    '[]',
    "[ 'shop routes-table-v1-ro', ]",
    '{}',
  ]);
  expect(
    granted(
      policy([
        { namespace: 'shop', contract: contract({ clientVolume: ClientVolume.hostPath() }) },
      ]),
    ),
  ).toEqual([
    '[]',
    '[]',
    '[]',
    "[ 'shop /run/cdk8s-shared-memory/node-agents.routes/v1/table', ]",
    '[]',
    '[]',
    '{}',
  ]);
  expect(granted(policy([{ namespace: 'ledger', contract: systemV }]))).toEqual([
    "[ 'ledger', ]",
    '[]',
    '[]',
    '[]',
    '[]',
    '[]',
    '{}',
  ]);
  expect(
    granted(
      policy([
        {
          namespace: 'shop',
          contract: contract({
            memory: [files()],
            clients: Access.READ_WRITE,
            hostPid: true,
            hostNetwork: true,
          }),
        },
      ]),
    ),
  ).toEqual([
    '[]',
    "[ 'shop', ]",
    "[ 'shop', ]",
    '[]',
    '[]',
    "[ 'shop routes-table-v1-ro', ]",
    "{ 'shop routes-table-v1-rw': 2000, }",
  ]);
});

test("the node's /dev/shm is granted by path; writing it includes reading it", () => {
  const devShm = (name: string, clients: Access) =>
    contract({ name, clients, memory: [SharedMemory.posix({ size, backing: Backing.devShm() })] });
  expect(
    granted(
      policy([
        { namespace: 'a', contract: devShm('x', Access.READ_ONLY) },
        { namespace: 'a', contract: devShm('y', Access.READ_WRITE) },
      ]),
    ).slice(3, 5),
  ).toEqual(['[]', "[ 'a /dev/shm', ]"]);
});

test("a namespace may be granted less than the contract allows, and a socket's directory is never written", () => {
  const writing = contract({
    memory: [files(), SharedMemory.descriptors({ name: 'socket', size, mountPath: '/run/socket' })],
    clients: Access.READ_WRITE,
  });
  expect(
    granted(policy([{ namespace: 'shop', contract: writing, access: Access.READ_ONLY }])).slice(5),
  ).toEqual(["[ 'shop routes-socket-v1-ro', 'shop routes-table-v1-ro', ]", '{}']);
  expect(granted(policy([{ namespace: 'shop', contract: writing }]))[6]).toBe(
    "{ 'shop routes-table-v1-rw': 2000, }",
  );
});

test('one more grant is one more line and one more binding', () => {
  const grants = ['shop', 'ledger'].map(namespace => ({ namespace, contract: contract() }));
  const [before, after] = [policy(grants.slice(0, 1)), policy(grants)];
  const lines = ({ object }: ReturnType<typeof policy>) => JSON.stringify(object).split('\\n');
  expect(lines(after).filter(line => !lines(before).includes(line))).toEqual([
    "  'ledger routes-table-v1-ro',",
  ]);
  expect(after.bindings.map((b: Rendered) => b.metadata.name)).toEqual([
    'shared-memory-clients-ledger',
    'shared-memory-clients-shop',
  ]);
});

test('the namespace decides, by the label that the API server gives it', () => {
  const {
    object,
    bindings: [binding],
  } = policy([{ namespace: 'shop', contract: contract() }]);
  expect(binding.spec).toEqual({
    policyName: 'shared-memory-clients',
    validationActions: ['Deny', 'Audit'],
    matchResources: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
    },
  });
  expect(JSON.stringify(object)).not.toContain('object.metadata.?labels');
  expect([
    object.metadata.namespace,
    binding.metadata.namespace,
    object.spec.failurePolicy,
  ]).toEqual([undefined, undefined, 'Fail']);
  expect([object, binding].flatMap(o => schemaErrors(o, '1.31'))).toEqual([]);
});

test.each([
  [PolicyAction.AUDIT, ['Audit']],
  [PolicyAction.WARN, ['Warn', 'Audit']],
  [PolicyAction.DENY, ['Deny', 'Audit']],
])('%s', (action, actions) => {
  expect(
    policy([{ namespace: 'shop', contract: contract() }], { action }).bindings[0].spec
      .validationActions,
  ).toEqual(actions);
});

test('each namespace can have an action of its own, but PersistentVolumes cannot', () => {
  const { bindings } = policy(
    ['bank', 'ledger', 'shop'].map(namespace => ({ namespace, contract: contract() })),
    {
      action: PolicyAction.WARN,
      namespaceActions: { shop: PolicyAction.DENY, bank: PolicyAction.AUDIT },
      persistentVolumes: true,
    },
  );
  expect(
    bindings.map(({ metadata, spec }: Rendered) => [metadata.name, spec.validationActions]),
  ).toEqual([
    ['shared-memory-clients-bank', ['Audit']],
    ['shared-memory-clients-ledger', ['Warn', 'Audit']],
    ['shared-memory-clients-shop', ['Deny', 'Audit']],
    ['shared-memory-clients.volumes', ['Warn', 'Audit']],
  ]);
});

test('a namespace with the name of something that every JavaScript object has', () => {
  const { bindings } = policy([{ namespace: 'constructor', contract: contract() }], {
    namespaceActions: { constructor: undefined as unknown as PolicyAction },
  });
  expect(bindings[0].spec.validationActions).toEqual(['Deny', 'Audit']);
});

test('two versions of a contract are granted side by side', () => {
  const versions = ['v2', 'v3'].map(version => contract({ version, clients: Access.READ_WRITE }));
  const both = policy(versions.map(each => ({ namespace: 'shop', contract: each })));
  expect(granted(both).slice(5)).toEqual([
    "[ 'shop routes-table-v2-ro', 'shop routes-table-v3-ro', ]",
    "{ 'shop routes-table-v2-rw': 2000, 'shop routes-table-v3-rw': 2000, }",
  ]);
  expect(both.bindings).toHaveLength(1);
});

test.each<[string, Partial<ClientPolicyProps>, string]>([
  [
    'no grants',
    { grants: [] },
    'SHM007 [test/policy] grants: given []; allowed a list of one or more grants;',
  ],
  [
    'a grant twice',
    {
      grants: [
        { namespace: 'shop', contract: contract() },
        { namespace: 'shop', contract: contract() },
      ],
    },
    'SHM007 [test/policy] grants[1]: given "shop, routes v1"; allowed one grant of a version of a contract for a namespace; fix: remove it, or grants[0]',
  ],
  [
    'the namespace of agents',
    { grants: [{ namespace: 'node-agents', contract: contract() }] },
    'SHM007 [test/policy] grants[0].namespace: given "node-agents"; allowed a namespace of clients;',
  ],
  [
    'no namespace',
    { grants: [{ namespace: 'a_b', contract: contract() }] },
    'SHM001 [test/policy] grants[0].namespace: given "a_b";',
  ],
  [
    'more than the contract allows',
    { grants: [{ namespace: 'shop', contract: contract(), access: Access.READ_WRITE }] },
    'SHM012 [test/policy] grants[0].access: given Access.READ_WRITE;',
  ],
  [
    'another action',
    { action: 'refuse' as PolicyAction },
    'SHM007 [test/policy] action: given "refuse"; allowed PolicyAction.AUDIT, .WARN or .DENY;',
  ],
  [
    'another action in a namespace',
    { namespaceActions: { shop: 'refuse' as PolicyAction } },
    'SHM007 [test/policy] namespaceActions.shop: given "refuse"; allowed PolicyAction.AUDIT, .WARN or .DENY;',
  ],
  [
    'an action in a namespace without a grant',
    { namespaceActions: { shopp: PolicyAction.WARN } },
    'SHM007 [test/policy] namespaceActions: given "shopp"; allowed the namespaces of the grants: shop; fix: write one of them,',
  ],
  [
    'an action instead of one for each namespace',
    { namespaceActions: PolicyAction.WARN as unknown as Record<string, PolicyAction> },
    'SHM007 [test/policy] namespaceActions: given "warn"; allowed an action for each of some namespaces;',
  ],
  [
    'two owners of one directory',
    {
      grants: [10001, 10002].map((ownerId, i) => ({
        namespace: 'shop',
        contract: existing(`c${i}`, ownerId),
      })),
    },
    'SHM007 [test/policy] grants: given "contracts with different users that own it for shop /run/vendor: 10001, 10002"; allowed one of them for each claim and directory of a namespace;',
  ],
  [
    'one directory that clients write as its owner, and must not',
    {
      grants: [ClientUser.owner(), undefined].map((clientUser, i) => ({
        namespace: 'shop',
        contract: existing(`c${i}`, 10001, { clientUser }),
      })),
    },
    'SHM007 [test/policy] grants: given "contracts with ClientUser.owner() and without it for shop /run/vendor"; allowed one of them for each claim and directory of a namespace;',
  ],
  [
    'an action of every JavaScript object',
    { action: 'toString' as PolicyAction },
    'SHM007 [test/policy] action: given "toString"; allowed PolicyAction.AUDIT, .WARN or .DENY;',
  ],
  [
    'a name that Kubernetes refuses',
    { name: 'Clients' },
    'SHM001 [test/policy] name: given "Clients";',
  ],
  [
    'no contract',
    { grants: [{ namespace: 'shop' } as ClientPolicyGrant] },
    'SHM018 [test/policy] grants[0].contract: given nothing;',
  ],
])('fails with %s', (_, props, message) => {
  expect(messageOf(() => policy([{ namespace: 'shop', contract: contract() }], props))).toContain(
    message,
  );
});

test('fails with a namespace in two policies', () => {
  const c = chart();
  new ClientPolicy(c, 'one', { grants: [{ namespace: 'shop', contract: contract() }] });
  expect(
    messageOf(
      () =>
        new ClientPolicy(c, 'two', {
          name: 'other',
          grants: [{ namespace: 'shop', contract: systemV }],
        }),
    ),
  ).toContain(
    'SHM011 [test/two] policy for namespace: given shop, which test/one already makes; allowed all grants of a namespace in one ClientPolicy',
  );
});
