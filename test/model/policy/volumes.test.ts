import { Size } from 'cdk8s';
import {
  Access,
  Backing,
  ClientPolicy,
  ContractGrant,
  NodeContent,
  PolicyAction,
  ReadyWhen,
  SharedMemory,
} from '../../../src';
import { messageOf } from '../../bad-input/message';
import { refusals } from '../../kubernetes/cel';
import { schemaErrors } from '../../kubernetes/schema';
import { chart, contract, rendered, type Rendered } from '../../yaml';

const size = Size.mebibytes(1);
const routes = contract({
  memory: [
    SharedMemory.files({ name: 'table', size, mountPath: '/t', backing: Backing.directory() }),
  ],
  clients: Access.READ_WRITE,
});
const datadog = contract({
  name: 'datadog',
  memory: [
    SharedMemory.files({
      name: 'sockets',
      size,
      mountPath: '/run/datadog',
      backing: Backing.existing('/run/datadog', { contains: NodeContent.SOCKETS }),
    }),
  ],
  readyWhen: ReadyWhen.socket('dsd.socket', { toolImage: 'busybox:1' }),
  acknowledgements: [{ rule: 'SHM310', reason: 'DogStatsD' }],
});

function objects(action?: PolicyAction) {
  const c = chart('test', 'elsewhere');
  new ClientPolicy(c, 'policy', {
    persistentVolumes: true,
    action,
    grants: [
      { namespace: 'shop', contract: routes },
      { namespace: 'pay', contract: routes, access: Access.READ_ONLY },
      { namespace: 'shop', contract: datadog },
    ],
  });
  new ContractGrant(c, 'shop', { contract: routes, namespace: 'shop' });
  new ContractGrant(c, 'pay', { contract: routes, namespace: 'pay', access: Access.READ_ONLY });
  new ContractGrant(c, 'datadog', { contract: datadog, namespace: 'shop' });
  return {
    policies: rendered(c, 'ValidatingAdmissionPolicy'),
    bindings: rendered(c, 'ValidatingAdmissionPolicyBinding'),
    volumes: rendered(c, 'PersistentVolume'),
  };
}
const { policies, bindings, volumes } = objects();
const policy = policies[1];

test('a policy and a binding of their own, for the whole cluster', () => {
  expect([policy.metadata, bindings[2]]).toEqual([
    { ...policy.metadata, name: 'shared-memory-clients.volumes' },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: bindings[2].metadata,
      spec: {
        policyName: 'shared-memory-clients.volumes',
        validationActions: ['Deny', 'Audit'],
      },
    },
  ]);
  expect(policy.metadata.namespace).toBeUndefined();
  expect(objects(PolicyAction.WARN).bindings[2].spec.validationActions).toEqual(['Warn', 'Audit']);
  expect([policy, bindings[2]].flatMap(o => schemaErrors(o, '1.31'))).toEqual([]);
});

test('without persistentVolumes there is none', () => {
  const c = chart('test', 'elsewhere');
  const made = new ClientPolicy(c, 'policy', { grants: [{ namespace: 'shop', contract: routes }] });
  expect([made.volumePolicy, made.volumeBinding]).toEqual([undefined, undefined]);
  expect(rendered(c, 'ValidatingAdmissionPolicy')).toHaveLength(1);
});

test('fails with persistentVolumes that is no boolean', () => {
  const given = 'yes' as unknown as boolean;
  expect(
    messageOf(
      () =>
        new ClientPolicy(chart(), 'policy', {
          persistentVolumes: given,
          grants: [{ namespace: 'shop', contract: routes }],
        }),
    ),
  ).toContain('SHM007 [test/policy] persistentVolumes: given "yes"; allowed true or false;');
});

test('the volumes of the grants are allowed', () => {
  expect(volumes.map((v: Rendered) => v.metadata.name)).toEqual([
    'node-agents-routes-table-v1-shop-ro',
    'node-agents-routes-table-v1-shop-rw',
    'node-agents-routes-table-v1-pay-ro',
    'node-agents-datadog-sockets-v1-shop-ro',
  ]);
  expect(volumes.flatMap((v: Rendered) => refusals(policy, v))).toEqual([]);
});

const DIRECTORY = '/run/cdk8s-shared-memory/node-agents.routes';
const ALLOWED =
  'a PersistentVolume may name a directory of a contract only as its ContractGrant renders it: with the local path, the claimRef and the mountOptions of a grant that the ClientPolicy lists; it names, or contains:';
const [reading, writing, , vendor] = volumes;
const changed = (volume: Rendered, spec: object, metadata: object = {}) => ({
  metadata: { ...volume.metadata, ...metadata },
  spec: { ...volume.spec, ...spec },
});
const at = (path: string) => changed(writing, { local: { path } });

test.each<[string, object, string]>([
  ['no mountOptions', changed(reading, { mountOptions: undefined }), DIRECTORY],
  ['one more mountOption', changed(reading, { mountOptions: ['ro', 'exec'] }), DIRECTORY],
  ['mountOptions that write', changed(reading, { mountOptions: ['rw'] }), DIRECTORY],
  [
    'another namespace',
    changed(reading, { claimRef: { namespace: 'x', name: reading.spec.claimRef.name } }),
    DIRECTORY,
  ],
  [
    'writing, for who reads',
    changed(writing, { claimRef: { namespace: 'pay', name: 'routes-table-v1-rw' } }),
    DIRECTORY,
  ],
  ['another claim', changed(reading, { claimRef: { namespace: 'shop', name: 'mine' } }), DIRECTORY],
  ['no claimRef', changed(reading, { claimRef: undefined }), DIRECTORY],
  [
    'hostPath, which ignores mountOptions',
    changed(reading, { local: undefined, hostPath: reading.spec.local }),
    DIRECTORY,
  ],
  ['another version', at(`${DIRECTORY}/v2/table`), DIRECTORY],
  ['a directory below', at(`${DIRECTORY}/v1/table/x`), DIRECTORY],
  ['a directory above', at(`${DIRECTORY}/v1`), DIRECTORY],
  ['the directory of all contracts', at('/run/cdk8s-shared-memory'), DIRECTORY],
  ['/run', at('/run'), `${DIRECTORY}, /run/datadog`],
  ['the root', at('/'), `${DIRECTORY}, /run/datadog`],
  [
    'another spelling',
    at(`/var//run/./cdk8s-shared-memory/node-agents.routes/v1/table/`),
    DIRECTORY,
  ],
  ['/var/run', at('/var/run/'), `${DIRECTORY}, /run/datadog`],
  ['an existing directory, to write', changed(vendor, { mountOptions: [] }), '/run/datadog'],
  [
    'below an existing directory',
    changed(vendor, { local: { path: '/run/datadog/apm' } }),
    '/run/datadog',
  ],
])('refused: %s', (_, volume, directories) => {
  const given = JSON.parse(JSON.stringify(volume));
  expect(refusals(policy, given)).toEqual([`${ALLOWED} ${directories}`]);
});

test.each<[string, object]>([
  ['a disk', at('/mnt/disks/1')],
  ['a directory that begins alike', at(`${DIRECTORY}2/v1/table`)],
  ['another contract', at('/run/cdk8s-shared-memory/node-agents.other/v1/table')],
  ['a driver', changed(writing, { local: undefined, csi: { driver: 'x' } })],
  [
    'a wrong one that is being deleted',
    changed(reading, { mountOptions: [] }, { deletionTimestamp: 'now' }),
  ],
])('not refused: %s', (_, volume) => {
  expect(refusals(policy, JSON.parse(JSON.stringify(volume)))).toEqual([]);
});
