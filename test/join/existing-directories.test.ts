import Ajv from 'ajv';
import { ApiObject, Size, Testing } from 'cdk8s';
import {
  Access,
  AgentContract,
  Backing,
  ClientVolume,
  ContractGrant,
  NodeAgent,
  NodeContent,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
} from '../../src';
import { CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { schemaErrors } from '../kubernetes/schema';
import { foundIn } from '../rules/findings';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const size = Size.mebibytes(64);
const { FILES, SOCKETS } = NodeContent;
const reason = 'the vendor puts its sockets next to its files';

function vineyard(
  props: Partial<AgentContractProps> = {},
  path = '/run/vineyard',
  contains = FILES,
) {
  return contract({
    name: 'vineyard',
    memory: [
      SharedMemory.files({
        name: 'objects',
        size,
        mountPath: '/run/objects',
        backing: Backing.existing(path, { contains }),
      }),
    ],
    readyWhen: ReadyWhen.file('ready', { toolImage: TOOLS }),
    servedBy: 'vineyard-operator',
    ...props,
  });
}

describe('by claim', () => {
  test('the volume names the directory, read-only, with the grant as an annotation', () => {
    const c = chart();
    new ContractGrant(c, 'grant', { contract: vineyard(), namespace: 'shop' });
    const [volume] = rendered(c, 'PersistentVolume');
    expect([volume.spec.local, volume.spec.mountOptions, volume.spec.accessModes]).toEqual([
      { path: '/run/vineyard' },
      ['ro'],
      ['ReadOnlyMany'],
    ]);
    expect(JSON.parse(volume.metadata.annotations['cdk8s-shared-memory/grant'])).toEqual({
      apiVersion: 'cdk8s-shared-memory/v2',
      namespace: 'node-agents',
      contract: 'vineyard',
      version: 'v1',
      memory: 'objects',
      access: 'readOnly',
    });
    expect((Testing.synth(c) as Rendered[]).flatMap(o => schemaErrors(o))).toEqual([]);
  });

  test('a client mounts the claim, waits, and its mark says what and whose it is', () => {
    const c = chart();
    vineyard().attachTo(deployment(c));
    const [{ metadata, spec }] = rendered(c, 'Deployment');
    const pod = spec.template.spec;
    expect(pod.volumes).toEqual([
      {
        name: 'vineyard-objects',
        persistentVolumeClaim: { claimName: 'vineyard-objects-v1-ro', readOnly: true },
      },
    ]);
    expect(pod.initContainers.map((each: Rendered) => each.name)).toEqual(['wait-for-vineyard']);
    const mark = JSON.parse(metadata.annotations['cdk8s-shared-memory/contract.vineyard']);
    expect([mark.apiVersion, mark.servedBy, mark.memory[0]]).toEqual([
      'cdk8s-shared-memory/v2',
      'vineyard-operator',
      {
        name: 'objects',
        api: 'files',
        size: '64Mi',
        mountPath: '/run/objects',
        backing: 'existing',
        path: '/run/vineyard',
        contains: 'files',
      },
    ]);
  });
});

test('by hostPath, clients may write, and the rules say why the pod has the directory', () => {
  const c = chart();
  const of = vineyard({ clientVolume: ClientVolume.hostPath(), clients: Access.READ_WRITE });
  of.attachTo(deployment(c), { access: Access.READ_WRITE });
  const [{ spec }] = rendered(c, 'Deployment');
  expect(spec.template.spec.volumes).toEqual([
    { name: 'vineyard-objects', hostPath: { path: '/run/vineyard', type: 'Directory' } },
  ]);
});

test('the agent that makes the directory keeps its own mount, and only gets the mark and the nodes', () => {
  const c = chart();
  const own = {
    containers: [
      {
        name: 'vineyardd',
        image: 'i:1',
        resources: { limits: { memory: '1Gi' } },
        securityContext: { runAsUser: 7, runAsGroup: 7 },
        volumeMounts: [{ name: 'run', mountPath: '/run/vineyard' }],
      },
    ],
    volumes: [{ name: 'run', hostPath: { path: '/run/vineyard', type: 'DirectoryOrCreate' } }],
  };
  const object = new ApiObject(c, 'vineyardd', {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'vineyardd', namespace: 'node-agents' },
    spec: { selector: {}, template: { spec: own } },
  } as never);
  vineyard({ servedBy: undefined }).serveFrom(object);
  const [{ metadata, spec }] = rendered(c, 'DaemonSet');
  const pod = spec.template.spec;
  expect([pod.volumes, pod.containers[0].volumeMounts, pod.initContainers]).toEqual([
    own.volumes,
    own.containers[0].volumeMounts,
    undefined,
  ]);
  expect(metadata.annotations['cdk8s-shared-memory/contract.vineyard']).toContain('"side":"agent"');
});

test('the vendor decides who owns its directory: a contract needs no owner and no group', () => {
  const of = vineyard({ ownerId: undefined, groupId: undefined });
  expect(AgentContract.fromJson(of.toJson()).toJson()).toBe(of.toJson());
  expect(new Ajv({ strict: false }).compile(CONTRACT_SCHEMA_2)(JSON.parse(of.toJson()))).toBe(true);
  const c = chart();
  of.attachTo(deployment(c));
  const [{ spec }] = rendered(c, 'Deployment');
  expect(spec.template.spec.securityContext?.supplementalGroups).toBeUndefined();
});

test('sockets need an acknowledged reason, and are found where clients can reach them', () => {
  expect(messageOf(() => vineyard({}, '/run/vineyard', SOCKETS))).toMatch(
    /SHM021 \[contract vineyard\] acknowledgements: given \[\]; allowed an acknowledgement of SHM310: clients can talk to whatever listens in \/run\/vineyard/,
  );
  const c = chart();
  const acknowledgements = [{ rule: 'SHM310', reason }];
  vineyard({ acknowledgements }, '/run/vineyard', SOCKETS).attachTo(deployment(c));
  const text = JSON.stringify(rendered(c, 'Deployment')[0]);
  expect(
    foundIn(text)
      .filter(({ rule }) => rule.id === 'SHM310')
      .map(({ acknowledged }) => acknowledged?.reason),
  ).toEqual([reason]);
});

test('the JSON is read back, and compared', () => {
  const of = vineyard({ allowedNodePaths: [{ path: '/srv/vendor', reason }] }, '/srv/vendor/shm');
  expect(JSON.parse(of.toJson())).toMatchObject({
    apiVersion: 'cdk8s-shared-memory/v2',
    servedBy: 'vineyard-operator',
    allowedNodePaths: [{ path: '/srv/vendor', reason }],
    memory: [{ backing: 'existing', existing: { path: '/srv/vendor/shm', contains: 'files' } }],
  });
  expect(AgentContract.fromJson(of.toJson()).toJson()).toBe(of.toJson());
  expect(
    vineyard({}, '/run/other')
      .compatibleWith(vineyard())
      .changes.map(({ field, from, to, breaks }) => [field, from, to, breaks]),
  ).toEqual([['memory objects path', '/run/vineyard', '/run/other', true]]);
});

describe('fences', () => {
  test.each([
    ['relative', 'run/vineyard', 'SHM006'],
    ['the root', '/', 'SHM006'],
    ['not clean', '/run//vineyard', 'SHM006'],
    ['with ..', '/run/../etc', 'SHM006'],
    ['in /etc', '/etc/vendor', 'SHM006'],
    ['in /proc', '/proc/1/root', 'SHM006'],
    ['in /sys', '/sys/fs/bpf', 'SHM006'],
    ['in /dev', '/dev/vendor', 'SHM006'],
    ['/dev itself', '/dev', 'SHM006'],
    ["the kubelet's", '/var/lib/kubelet/pods', 'SHM006'],
    ['above the kubelet', '/var/lib', 'SHM006'],
    ['logs', '/var/log/pods', 'SHM006'],
    ["systemd's", '/run/systemd', 'SHM006'],
    ["the runtime's", '/run/containerd/io.containerd.grpc', 'SHM006'],
    ["CRI-O's", '/run/containers/storage', 'SHM006'],
    ['the link to /dev/shm', '/run/shm', 'SHM006'],
    ['programs', '/usr/lib/x', 'SHM006'],
    ['locks', '/var/lock/x', 'SHM006'],
    ['ours', '/run/cdk8s-shared-memory/x', 'SHM006'],
    ['all of /run', '/run', 'SHM006'],
    ['by the link', '/var/run/vineyard', 'SHM006'],
    ['not allowed', '/srv/vineyard', 'SHM007'],
    ['not below what is allowed', '/opt/vendors', 'SHM007'],
  ])('fails with a path that is %s: %s', (_, path, code) => {
    const allowedNodePaths = [{ path: '/opt/vendor', reason }];
    expect(messageOf(() => vineyard({ allowedNodePaths }, path))).toContain(
      `${code} [contract vineyard] backing of memory objects: given "${path}";`,
    );
  });

  test.each(['/dev/shm/vendor', '/tmp/vendor', '/dev/shm'])(
    'fails with %s by claim, where any process can put a link; by hostPath it is allowed',
    path => {
      const allowedNodePaths = [{ path, reason }];
      expect(messageOf(() => vineyard({ allowedNodePaths }, path))).toMatch(
        /SHM007 .*by claim, a directory whose parents only root can write/,
      );
      const clientVolume = ClientVolume.hostPath();
      expect(() => vineyard({ allowedNodePaths, clientVolume }, path)).not.toThrow();
    },
  );

  test.each<[string, () => unknown, RegExp]>([
    [
      'an allowed path that no contract can share',
      () => vineyard({ allowedNodePaths: [{ path: '/etc', reason }] }),
      /SHM006 .*allowedNodePaths: given "\/etc"/,
    ],
    [
      'an allowed path without a reason',
      () => vineyard({ allowedNodePaths: [{ path: '/srv/x', reason: ' ' }] }),
      /SHM007 .*reason of allowedNodePaths \/srv\/x/,
    ],
    [
      'nothing to wait for',
      () => vineyard({ readyWhen: undefined }),
      /SHM007 .*readyWhen: given nothing; allowed what clients wait for, because nothing of this library makes \/run\/vineyard/,
    ],
    [
      'clients that write by claim',
      () => vineyard({ clients: Access.READ_WRITE }),
      /SHM012 .*clients: given "Access\.READ_WRITE"; allowed Access\.READ_ONLY, for an existing directory by claim/,
    ],
    [
      'no content',
      () => vineyard({}, '/run/vineyard', 'pipes' as never),
      /SHM007 .*contains of memory objects: given "pipes"; allowed NodeContent.FILES or NodeContent.SOCKETS/,
    ],
    [
      'a servedBy of two lines',
      () => vineyard({ servedBy: 'a\nb' }),
      /SHM007 .*servedBy: given "a\\nb"/,
    ],
    [
      'a NodeAgent, which would make the directory',
      () =>
        new NodeAgent(chart(), 'agent', {
          contract: vineyard({ servedBy: undefined }),
          toolImage: TOOLS,
          containers: [AGENT],
        }),
      /SHM007 \[test\/agent\] contract: given "?memory objects in \/run\/vineyard/,
    ],
    [
      'an agent where somebody else serves',
      () =>
        vineyard().serveFrom(
          new ApiObject(chart(), 'd', {
            apiVersion: 'apps/v1',
            kind: 'DaemonSet',
            metadata: { name: 'd', namespace: 'node-agents' },
            spec: { template: { spec: { containers: [{ name: 'a', image: 'i' }] } } },
          } as never),
        ),
      /SHM007 .*which is served by vineyard-operator/,
    ],
  ])('fails with %s', (_, act, message) => {
    expect(messageOf(act)).toMatch(message);
  });
});
