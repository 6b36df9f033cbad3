import Ajv from 'ajv';
import { Size } from 'cdk8s';
import {
  AgentContract,
  Backing,
  ClientVolume,
  NodeContent,
  ReadyWhen,
  SharedMemory,
} from '../../../src';
import { readMarks } from '../../../src/model/contract/contract-mark';
import { CONTRACT_SCHEMA_2 } from '../../../src/model/contract/contract-schema';
import { parseUseValue } from '../../../src/model/injection/use-label';
import { messageOf } from '../../bad-input/message';
import { contract, TOOLS, type Rendered } from '../../yaml';

const vendor = (more: object = {}) =>
  contract({
    memory: [
      SharedMemory.files({
        name: 'table',
        mountPath: '/run/table',
        backing: Backing.existing('/opt/vendor/shm', { contains: NodeContent.FILES }),
      }),
    ],
    allowedNodePaths: [{ path: '/opt/vendor', reason: 'the vendor keeps it there' }],
    readyWhen: ReadyWhen.file('ready', { toolImage: TOOLS }),
    servedBy: 'a vendor',
    ...more,
  });
const json = (of: AgentContract): Rendered => JSON.parse(of.toJson());

describe('the version of the format without an owner and a group', () => {
  const without = (memory: SharedMemory) =>
    json(
      contract({
        memory: [memory],
        clientVolume: ClientVolume.hostPath(),
        ownerId: undefined,
        groupId: undefined,
      }),
    ).apiVersion;

  test('System V memory had none in the first version either', () => {
    const size = Size.mebibytes(1);
    expect(without(SharedMemory.systemV({ name: 'a', size }))).toBe('cdk8s-shared-memory/v1');
  });

  test("the node's /dev/shm had one", () => {
    const size = Size.mebibytes(1);
    const memory = SharedMemory.posix({ name: 'a', size, backing: Backing.devShm() });
    expect(without(memory)).toBe('cdk8s-shared-memory/v2');
  });
});

test.each([
  ['path', { path: 5, reason: 'why' }],
  ['reason', { path: '/opt/vendor', reason: ['why'] }],
])('fails to read allowedNodePaths with a wrong %s', (field, wrong) => {
  const text = JSON.stringify({ ...json(vendor()), allowedNodePaths: [wrong] });
  expect(messageOf(() => AgentContract.fromJson(text))).toContain(`allowedNodePaths[0].${field}`);
});

test('the schema refuses what the reader refuses', () => {
  const fits = new Ajv({ strictTypes: false }).compile(CONTRACT_SCHEMA_2);
  const whole = json(vendor());
  expect(fits(whole)).toBe(true);
  for (const wrong of [
    { servedBy: '' },
    { servedBy: 'x'.repeat(101) },
    { servedBy: 5 },
    ...['team', 'dataClass'].flatMap(field =>
      ['', 'x'.repeat(101), 5].map(text => ({ [field]: text })),
    ),
    { umask: '77' },
    { clientUser: 'root' },
    { allowedNodePaths: [{ path: '/opt/vendor' }] },
  ]) {
    expect([wrong, fits({ ...whole, ...wrong })]).toEqual([wrong, false]);
  }
});

describe('a mark of the second version', () => {
  const mark = {
    apiVersion: 'cdk8s-shared-memory/v2',
    namespace: 'agents',
    version: 'v1',
    side: 'client',
    access: 'readOnly',
    memory: [{ name: 'table', api: 'files', mountPath: '/run/table', backing: 'existing' }],
    containers: ['web'],
  };
  const read = (memory: object) =>
    readMarks({
      'cdk8s-shared-memory/contract.routes': JSON.stringify({
        ...mark,
        memory: [{ ...mark.memory[0], ...memory }],
      }),
    });

  test('is read', () => {
    expect(read({ path: '/run/vendor', contains: 'files', guarded: true }).marks).toHaveLength(1);
  });

  test.each([
    ['without a backing', { backing: undefined }],
    ['without a name', { name: undefined }],
    ['with an unknown field', { pathh: '/run/vendor' }],
    ['with an unknown backing', { backing: 'disk' }],
    ['without a mount path', { mountPath: undefined }],
    ['without the size of a directory of ours', { backing: 'tmpfs' }],
  ])('fails %s', (_, memory) => {
    expect(read(memory).unreadable).toHaveLength(1);
  });
});

test.each([
  ['readOnly.v1', { access: 'readOnly', version: 'v1' }],
  ['readWrite.2026-11', { access: 'readWrite', version: '2026-11' }],
  ['xreadOnly.v1', undefined],
  ['readOnly.v1!', undefined],
  ['readOnly.v1.2', undefined],
  ['readOnly.', undefined],
  [`readOnly.${'v'.repeat(21)}`, undefined],
  ['readOnly-v1', undefined],
])('the value of a label: %s', (value, expected) => {
  expect(parseUseValue(value)).toEqual(expected);
});
