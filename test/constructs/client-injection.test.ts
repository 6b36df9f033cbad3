import { Size, Testing } from 'cdk8s';
import {
  Access,
  AgentContract,
  Backing,
  ClientInjection,
  ClientUser,
  ClientVolume,
  ContractGrant,
  HugePages,
  Payer,
  SharedMemory,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { refusals, type Request } from '../kubernetes/cel';
import { chart, contract, rendered, type Rendered } from '../yaml';

const KEY = 'cdk8s-shared-memory/use.routes';
const inject = (props: object = {}, c = chart(), id = 'join') => {
  new ClientInjection(c, id, { contract: contract(), namespaces: ['shop'], ...props });
  return c;
};
const pod = (value?: string, annotations = {}, spec = {}) => ({
  metadata: {
    name: 'p',
    ...(value === undefined ? {} : { labels: { [KEY]: value } }),
    annotations,
  },
  spec,
});

describe('a contract that clients read', () => {
  const c = inject({ namespaces: ['shop', 'bank'] });
  const objects = Testing.synth(c) as Rendered[];

  test('has a policy that wires, one that checks, and one that guards the label', () => {
    expect(objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).toEqual([
      'MutatingAdmissionPolicy node-agents-routes-v1-ro',
      'MutatingAdmissionPolicyBinding node-agents-routes-v1-ro',
      'ValidatingAdmissionPolicy node-agents-routes-v1-ro',
      'ValidatingAdmissionPolicyBinding node-agents-routes-v1-ro',
      'ValidatingAdmissionPolicy shared-memory-use-routes',
      'ValidatingAdmissionPolicyBinding shared-memory-use-routes',
    ]);
  });

  test('fails closed: each policy holds for pods with the label, and denies', () => {
    const [wires, , checks, , guard] = objects;
    for (const { spec } of [wires, checks, guard]) {
      expect(spec.failurePolicy).toBe('Fail');
    }
    for (const { spec } of [wires, checks]) {
      expect(spec.matchConstraints.objectSelector).toEqual({
        matchLabels: { [KEY]: 'readOnly.v1' },
      });
      expect(spec.matchConstraints.resourceRules).toEqual([
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE'],
          resources: ['pods'],
          scope: 'Namespaced',
        },
      ]);
    }
    expect(guard.spec.matchConstraints.objectSelector).toEqual({
      matchExpressions: [{ key: KEY, operator: 'Exists' }],
    });
    const [wiresBinding, checksBinding, guardBinding] = [1, 3, 5].map(i => objects[i].spec);
    const here = {
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['bank', 'shop'] },
        ],
      },
    };
    expect(wiresBinding.matchResources).toEqual(here);
    expect(checksBinding).toMatchObject({
      matchResources: here,
      validationActions: ['Deny', 'Audit'],
    });
    expect(guardBinding).toEqual({
      policyName: 'shared-memory-use-routes',
      validationActions: ['Deny', 'Audit'],
    });
  });

  test('the contract is in an annotation of the policy that wires', () => {
    const json = objects[0].metadata.annotations['cdk8s-shared-memory/injects'];
    expect(AgentContract.fromJson(json).toJson()).toBe(contract().toJson());
  });
});

test.each([
  ['empty items', 'a, ', '(empty)'],
  ['more names than a pod has containers', 'a,'.repeat(60_000), '(more than 4096 characters)'],
])('an annotation with %s is refused', (_, asked, said) => {
  const [checks] = rendered(inject(), 'ValidatingAdmissionPolicy');
  const annotated = pod('readOnly.v1', { 'cdk8s-shared-memory/containers.routes': asked });
  const object = { ...annotated, spec: { containers: [{ name: 'a', image: 'i' }] } };
  expect(refusals(checks, object)[0]).toBe(
    `the annotation cdk8s-shared-memory/containers.routes names containers that the pod does not have: ${said}`,
  );
});

describe('the guard of the label', () => {
  const c = inject({
    contract: contract({ clients: Access.READ_WRITE }),
    access: Access.READ_WRITE,
  });
  inject({ contract: contract({ version: 'v2' }), namespaces: ['bank'] }, c, 'next');
  const guards = rendered(c, 'ValidatingAdmissionPolicy').filter(
    ({ metadata: { name } }) => name === 'shared-memory-use-routes',
  );
  const said = (object: object, request: Request) => refusals(guards[0], object, request);

  test('is one for all versions', () => {
    expect(guards).toHaveLength(1);
  });

  test.each([
    ['shop', 'readOnly.v1'],
    ['shop', 'readWrite.v1'],
    ['bank', 'readOnly.v2'],
  ])('lets %s use %s', (namespace, value) => {
    expect(said(pod(value), { namespace })).toEqual([]);
  });

  test.each([
    ['shop', 'readOnly.v2', 'namespace shop may not use contract routes like this'],
    ['bank', 'readOnly.v1', 'namespace bank may not use contract routes like this'],
    ['bank', 'readWrite.v1', 'namespace bank may not use contract routes like this'],
    ['other', 'readOnly.v1', 'namespace other may not use contract routes like this'],
    [
      'shop',
      'readonly.v1',
      'contract routes has no such use; write one of readOnly.v1, readOnly.v2, readWrite.v1',
    ],
    ['shop', '', 'contract routes has no such use'],
    ['shop', 'readWrite.v2', 'contract routes has no such use'],
  ])('refuses %s that asks for %j', (namespace, value, message) => {
    expect(said(pod(value), { namespace })).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['adds', undefined, 'readOnly.v1'],
    ['changes', 'readOnly.v1', 'readWrite.v1'],
    ['removes', 'readOnly.v1', undefined],
  ])('refuses an update that %s the label', (_, old, now) => {
    const request = { namespace: 'shop', operation: 'UPDATE', oldObject: pod(old) } as const;
    expect(said(pod(now), request)).toEqual([
      expect.stringContaining('is read when a pod is created, and cannot be changed later'),
    ]);
  });

  test('refuses an update that removes the scheduling gate, which would run the pod unwired', () => {
    const gated = (...names: string[]) =>
      pod('readOnly.v1', {}, { schedulingGates: names.map(name => ({ name })) });
    const update = (old: object, now: object) =>
      said(now, { namespace: 'shop', operation: 'UPDATE', oldObject: old });
    const wired = 'cdk8s-shared-memory/wired';
    expect(update(gated(wired, 'other'), gated('other'))).toEqual([
      `the scheduling gate ${wired} is removed when a pod is wired, and a pod is wired only when it is created; create the pod again: p`,
    ]);
    expect(update(gated(wired, 'other'), gated(wired))).toEqual([]);
    expect(update(gated('other'), gated())).toEqual([]);
  });

  test('lets a pod be updated whose use is no longer granted', () => {
    const old = pod('readOnly.v0');
    expect(said(old, { namespace: 'shop', operation: 'UPDATE', oldObject: old })).toEqual([]);
  });

  test('leaves out the mirror pods of kubelets, and nobody else', () => {
    const mirror = pod('readOnly.v9', { 'kubernetes.io/config.mirror': 'x' });
    expect(said(mirror, { namespace: 'kube-system', username: 'system:node:n1' })).toEqual([]);
    expect(said(mirror, { namespace: 'kube-system', username: 'mallory' })).toHaveLength(1);
    expect(said(pod('readOnly.v9'), { username: 'system:node:n1' })).toHaveLength(1);
  });
});

const systemV = [SharedMemory.systemV({ size: Size.mebibytes(1) })];
const inDevShm = [SharedMemory.posix({ backing: Backing.devShm(), size: Size.mebibytes(1) })];
const huge = [
  SharedMemory.files({
    size: Size.mebibytes(4),
    mountPath: '/run/routes',
    hugePages: HugePages.SIZE_2MI,
  }),
];

test.each<[string, () => unknown, string]>([
  [
    'System V memory',
    () => inject({ contract: contract({ memory: systemV }) }),
    'SHM007 [test/join] contract: given "contract routes with System V memory"; allowed memory that clients reach by claim',
  ],
  [
    'the /dev/shm of the node',
    () => inject({ contract: contract({ memory: inDevShm }) }),
    'a label must not carry a host privilege; fix: use attachTo()',
  ],
  [
    'hostPath',
    () => inject({ contract: contract({ clientVolume: ClientVolume.hostPath() }) }),
    'contract routes with ClientVolume.hostPath()',
  ],
  [
    'hostPid',
    () => inject({ contract: contract({ hostPid: true }) }),
    'leave hostPid out of the contract',
  ],
  [
    'hostNetwork',
    () => inject({ contract: contract({ hostNetwork: true }) }),
    'leave hostNetwork out of the contract',
  ],
  [
    'a umask',
    () => inject({ contract: contract({ umask: '007', clients: Access.READ_WRITE }) }),
    'contract routes with a umask',
  ],
  [
    'clients as the owner',
    () =>
      inject({
        contract: contract({ clientUser: ClientUser.owner(), clients: Access.READ_WRITE }),
      }),
    'contract routes with clientUser: ClientUser.owner()',
  ],
  [
    'huge pages that clients pay for',
    () =>
      inject({
        contract: contract({ memory: huge, chargedTo: Payer.CLIENT, clients: Access.READ_WRITE }),
      }),
    'contract routes with huge pages that clients pay for',
  ],
  [
    'a namespace twice',
    () => inject({ namespaces: ['shop', 'shop'] }),
    'SHM007 [test/join] namespaces: given "shop"; allowed each namespace once',
  ],
  ['no namespace', () => inject({ namespaces: [] }), 'namespaces: given []'],
  [
    'a namespace that is none',
    () => inject({ namespaces: ['Shop'] }),
    'SHM001 [test/join] namespaces[0]: given "Shop"',
  ],
  [
    'a name that is none',
    () => inject({ name: 'Not A Name' }),
    'SHM001 [test/join] name: given "Not A Name"',
  ],
  [
    'more access than the contract has',
    () => inject({ access: Access.READ_WRITE }),
    'SHM012 [test/join] access',
  ],
  ['a misspelt option', () => inject({ namespace: ['shop'] }), 'namespace'],
  [
    'one contract twice in a namespace',
    () => inject({}, inject({ name: 'a' }), 'again'),
    'SHM011 [test/again] injection: given routes v1 in namespace shop, which test/join already makes',
  ],
  [
    'two contracts of one name in a namespace',
    () => inject({ contract: contract({ namespace: 'other' }) }, inject(), 'again'),
    'SHM011',
  ],
  [
    'two injections of one name',
    () => inject({ name: 'a', namespaces: ['bank'] }, inject({ name: 'a' }), 'again'),
    'SHM011 [test/again] MutatingAdmissionPolicy: given a',
  ],
])('fails with %s', (_, make, message) => {
  expect(messageOf(make)).toContain(message);
});

describe('a namespace without a grant', () => {
  const granted = (access: Access, ...namespaces: string[]) => {
    const c = chart();
    const writable = contract({ clients: Access.READ_WRITE });
    for (const namespace of namespaces) {
      new ContractGrant(c, namespace, { contract: writable, namespace, access });
    }
    return inject({ contract: writable, access: Access.READ_WRITE }, c);
  };

  test('is no error if the grants are in another app, or if it has one', () => {
    expect(() => Testing.synth(granted(Access.READ_WRITE))).not.toThrow();
    expect(() => Testing.synth(granted(Access.READ_WRITE, 'shop', 'bank'))).not.toThrow();
  });

  test.each([
    [
      'has a grant in another namespace',
      Access.READ_WRITE,
      'bank',
      'routes-table-v1-ro, routes-table-v1-rw',
    ],
    ['may write by label and not by its grant', Access.READ_ONLY, 'shop', 'routes-table-v1-rw'],
  ])('fails if the contract %s', (_, access, namespace, missing) => {
    const message = messageOf(() => Testing.synth(granted(access, namespace)));
    expect(message).toContain(
      `SHM007 [test/join] namespaces: given shop, which has no grant for ${missing}; allowed`,
    );
  });
});
