import { Size, Testing, Yaml } from 'cdk8s';
import {
  Access,
  AgentContract,
  Backing,
  ClientPolicy,
  ClientUser,
  ClientVolume,
  ContractGrant,
  NodeCleanup,
  NodeContent,
  NodeGuard,
  PolicyAction,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
  type ClientPolicyGrant,
  type ExistingOptions,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { page, section } from '../report/review/review-examples';
import { findingsOf } from '../rules/findings';
import { chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const options = { contains: NodeContent.FILES, guardImage: TOOLS };
const memory = (path: string, more: Partial<ExistingOptions> = {}, name = 'objects') =>
  SharedMemory.files({
    name,
    size: Size.mebibytes(64),
    mountPath: `/run/${name}`,
    backing: Backing.existing(path, { ...options, ...more }),
  });
const vineyard = (props: Partial<AgentContractProps> = {}) =>
  contract({
    name: 'vineyard',
    memory: [memory('/run/vineyard')],
    servedBy: 'vineyard-operator',
    ...props,
  });
const BOUND = '/run/cdk8s-shared-memory/node-agents.vineyard/v1/objects.existing/shared';

function platform(of: AgentContract, action?: PolicyAction) {
  const c = chart();
  new NodeGuard(c, 'guard', { contract: of });
  new ContractGrant(c, 'grant', { contract: of, namespace: 'shop' });
  if (action !== undefined) {
    new ClientPolicy(c, 'policy', { grants: [{ namespace: 'shop', contract: of }], action });
  }
  return c;
}
const validate = (c: ReturnType<typeof chart>) => c.node.findAll().flatMap(n => n.node.validate());

test('the guard is one privileged container, which sees the paths and binds them', () => {
  const c = platform(vineyard());
  const [daemonSet] = rendered(c, 'DaemonSet');
  const { containers, initContainers, volumes, ...pod } = daemonSet.spec.template.spec;
  expect(daemonSet.metadata).toMatchObject({ name: 'vineyard-guard', namespace: 'node-agents' });
  expect([initContainers, containers.length]).toEqual([undefined, 1]);
  expect(pod).toMatchObject({
    nodeSelector: { 'example.com/routes-agent': 'yes' },
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
  });
  expect(volumes).toEqual([
    { emptyDir: { sizeLimit: '1Mi' }, name: 'staging' },
    {
      hostPath: {
        path: '/run/cdk8s-shared-memory/node-agents.vineyard',
        type: 'DirectoryOrCreate',
      },
      name: 'contract',
    },
    { hostPath: { path: '/run', type: 'Directory' }, name: 'node-0' },
  ]);
  const [guard] = containers;
  expect(guard.volumeMounts).toEqual([
    { mountPath: '/node', mountPropagation: 'Bidirectional', name: 'contract' },
    {
      mountPath: '/host/run',
      mountPropagation: 'HostToContainer',
      name: 'node-0',
      readOnly: true,
    },
    { mountPath: '/staging', name: 'staging' },
  ]);
  expect(guard.securityContext.privileged).toBe(true);
  const env = Object.fromEntries(guard.env.map(({ name, value }: Rendered) => [name, value]));
  expect(env).toMatchObject({
    MEMORIES: 'objects.existing:/run/vineyard',
    ACCESS: 'ro',
    VERSION: 'v1',
  });
  expect((Testing.synth(c) as Rendered[]).flatMap(o => schemaErrors(o))).toEqual([]);
});

test('each first directory of the paths is mounted once', () => {
  const of = vineyard({
    memory: [
      memory('/run/vineyard'),
      memory('/run/other/deep', {}, 'other'),
      memory('/opt/Vendor.data/shm', {}, 'third'),
    ],
    allowedNodePaths: [{ path: '/opt/Vendor.data', reason: 'the vendor keeps it there' }],
  });
  const [daemonSet] = rendered(platform(of), 'DaemonSet');
  const paths = daemonSet.spec.template.spec.volumes.map((v: Rendered) => v.hostPath?.path);
  expect(paths.slice(2)).toEqual(['/opt', '/run']);
});

test('claims and clients name what the guard binds; clients need no readyWhen', () => {
  const [volume] = rendered(platform(vineyard()), 'PersistentVolume');
  expect([volume.spec.local.path, volume.spec.mountOptions]).toEqual([BOUND, ['ro']]);
  expect(volume.metadata.annotations?.['cdk8s-shared-memory/grant']).toBeUndefined();
  const c = chart();
  vineyard({ clientVolume: ClientVolume.hostPath() }).attachTo(deployment(c));
  const [{ metadata, spec }] = rendered(c, 'Deployment');
  expect(spec.template.spec.volumes[0].hostPath).toEqual({ path: BOUND, type: 'Directory' });
  expect(spec.template.spec.initContainers).toBeUndefined();
  const mark = JSON.parse(metadata.annotations['cdk8s-shared-memory/contract.vineyard']);
  expect(mark.memory[0]).toMatchObject({ path: '/run/vineyard', guarded: true });
});

test('the contract keeps the guard in its JSON, and explains what it promises', () => {
  const of = vineyard();
  expect(AgentContract.fromJson(of.toJson()).toJson()).toBe(of.toJson());
  expect(of.toJson()).toContain(`"guardImage": "${TOOLS}"`);
  expect(of.explain()).toContain('promised: a pod outside the contract cannot read the memory');
  const unguarded = vineyard({
    memory: [memory('/run/vineyard', { guardImage: undefined })],
    readyWhen: ReadyWhen.file('ready', { toolImage: TOOLS }),
  });
  expect(unguarded.explain()).toContain('not promised: a pod outside the contract');
  const changes = of.compatibleWith(unguarded);
  expect(JSON.stringify(changes)).toContain('objects.existing/shared');
});

test('clients that write by claim: a policy denies what is not granted, and the guard binds it so', () => {
  const of = vineyard({ clients: Access.READ_WRITE });
  const c = platform(of, PolicyAction.DENY);
  expect(validate(c)).toEqual([]);
  const [daemonSet] = rendered(c, 'DaemonSet');
  const [guard] = daemonSet.spec.template.spec.containers;
  expect(guard.env.find(({ name }: Rendered) => name === 'ACCESS').value).toBe('rw');
  expect(guard.volumeMounts[1].readOnly).toBeUndefined();
  const volumes = rendered(c, 'PersistentVolume').map(({ spec }) => spec.mountOptions);
  expect(volumes).toEqual([['ro'], undefined]);
});

test.each([
  ['no policy', undefined],
  ['a policy that only warns', PolicyAction.WARN],
])('fails for clients that write by claim with %s', (_, action) => {
  const [error, ...more] = validate(platform(vineyard({ clients: Access.READ_WRITE }), action));
  expect([more, error]).toEqual([[], expect.stringContaining('SHM007')]);
  expect(error).toContain('a ClientPolicy with PolicyAction.DENY in the same app');
});

test.each<[string, () => ClientPolicyGrant]>([
  ['another contract', () => ({ namespace: 'shop', contract: contract() })],
  [
    'another version',
    () => ({
      namespace: 'shop',
      contract: vineyard({ clients: Access.READ_WRITE, version: 'v2' }),
    }),
  ],
  [
    'reading',
    () => ({
      namespace: 'shop',
      contract: vineyard({ clients: Access.READ_WRITE }),
      access: Access.READ_ONLY,
    }),
  ],
])('fails for a policy that grants %s alone', (_, grant) => {
  const c = platform(vineyard({ clients: Access.READ_WRITE }));
  new ClientPolicy(c, 'policy', { grants: [grant()] });
  expect(validate(c)).toHaveLength(1);
});

test('a guard has its reasons, and none with a container of somebody else in its pod', () => {
  const objects = Testing.synth(platform(vineyard())) as Rendered[];
  const rows = () =>
    section(page(Yaml.stringify(...objects)), 'What you approve')
      .split('\n')
      .filter(row => row.includes('vineyard-guard](0.yaml)'));
  const [pod, guard] = [
    rows().find(row => row.includes('`hostPath')),
    rows().find(row => row.includes('`guard`')),
  ];
  expect(pod).toContain('sees the directory and its parents');
  expect(guard).toContain('goes on');
  expect(rows().join()).not.toContain('no reason');

  const { spec } = objects.find(({ kind }) => kind === 'DaemonSet').spec.template;
  spec.containers.push({
    name: 'evil',
    image: 'i',
    securityContext: { privileged: true },
    volumeMounts: ['all', 'etc'].map(name => ({ name, mountPath: `/${name}` })),
  });
  spec.volumes.push({ name: 'all', hostPath: { path: '/' } });
  spec.volumes.push({ name: 'etc', hostPath: { path: '/etc' } });
  expect(rows().length).toBeGreaterThanOrEqual(3);
  expect(rows().filter(row => !row.includes('**these manifests give no reason**'))).toEqual([]);
});

test('fails for a grant without the guard, whose clients would wait forever', () => {
  const c = chart();
  new ContractGrant(c, 'grant', { contract: vineyard(), namespace: 'shop' });
  const [error] = validate(c);
  expect(error).toContain("write new NodeGuard(chart, 'guard', { contract })");
  expect(validate(platform(vineyard()))).toEqual([]);
});

describe('fails for', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a contract without a guard',
      () => new NodeGuard(chart(), 'guard', { contract: contract() }),
      'SHM007 [test/guard] contract: given contract routes, which has no directory to guard',
    ],
    [
      'two images',
      () =>
        new NodeGuard(chart(), 'guard', {
          contract: vineyard({
            memory: [memory('/run/a/b'), memory('/run/c/d', { guardImage: 'other:1' }, 'other')],
          }),
        }),
      'whose memories have the guardImages',
    ],
    [
      'clients that write by claim, without the owner of the directory',
      () => vineyard({ clients: Access.READ_WRITE, ownerId: undefined }),
      'SHM004 [contract vineyard] ownerId',
    ],
    [
      'clients that write by claim, without the group that may write',
      () => vineyard({ clients: Access.READ_WRITE, groupId: undefined }),
      'SHM004 [contract vineyard] groupId',
    ],
    [
      'clients that write by claim as the owner',
      () => vineyard({ clients: Access.READ_WRITE, clientUser: ClientUser.owner() }),
      'as the owner of the directory, they could lock others out',
    ],
    [
      'a NodeCleanup of the contract',
      () => new NodeCleanup(chart(), 'cleanup', { contract: vineyard(), toolImage: TOOLS }),
      'what it binds is not to be emptied',
    ],
    ['no image', () => vineyard({ memory: [memory('/run/a', { guardImage: '' })] }), 'SHM015'],
    [
      'a path with a space',
      () => vineyard({ memory: [memory('/run/a b')] }),
      'SHM006 [contract vineyard] backing of memory objects: given "/run/a b"',
    ],
    [
      'a directory in which everybody can write',
      () =>
        vineyard({
          memory: [memory('/tmp/vendor')],
          allowedNodePaths: [{ path: '/tmp', reason: 'the vendor keeps it there' }],
          clientVolume: ClientVolume.hostPath(),
        }),
      'with a guard, a directory whose parents only root can write',
    ],
    [
      'a misspelt option',
      () => Backing.existing('/run/a', { ...options, guardImge: 'x' } as never),
      'guardImage',
    ],
  ])('%s', (_, make, words) => {
    expect(messageOf(make)).toContain(words);
  });
});

test('lint, REVIEW.md and the reasons know the guard', () => {
  const c = platform(vineyard());
  vineyard().attachTo(deployment(c));
  const text = Yaml.stringify(...(Testing.synth(c) as Rendered[]));
  expect(findingsOf(text)).toEqual([]);
  const review = page(text);
  expect(section(review, 'What is shared with whom')).toContain(
    '`/run/vineyard`, which the contract does not make; a guard checks it, and binds it for the clients',
  );
  expect(review).toContain('goes on, because the owner can make the directory anew');
  const undo = section(review, 'How to undo it');
  expect(undo).toContain(
    'kubectl delete -n node-agents daemonset/vineyard-guard --cascade=foreground',
  );
  expect(undo).toContain('{ [ ! -e "$at" ] || find "$at" -xdev -delete; }');
  expect(undo).toContain('at=/run/cdk8s-shared-memory/node-agents.vineyard');
});
