import Ajv from 'ajv';
import { Size } from 'cdk8s';
import { AgentContract, Backing, SharedMemory } from '../../src';
import { CONTRACT_SCHEMA, CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { chart, contract, deployment, rendered } from '../yaml';

const size = Size.mebibytes(64);
const at = (mountPath: string) =>
  contract({ memory: [SharedMemory.files({ name: 'table', size, mountPath })] });
const [fits1, fits2] = [CONTRACT_SCHEMA, CONTRACT_SCHEMA_2].map(schema =>
  new Ajv({ strict: false }).compile(schema),
);

test.each([
  '/run/routes',
  '/var/lib/routes',
  '/opt/routes/shm',
  '/etc/routes',
  '/home/app/shm',
  '/tmp',
  '/dev/shm/routes',
  '/dev/shm/a/b',
  '/usr/share/routes',
  '/binary',
])('a memory can be at %s, and the schema says so', mountPath => {
  const c = chart();
  const of = at(mountPath);
  of.attachTo(deployment(c));
  const [{ spec }] = rendered(c, 'Deployment');
  expect(spec.template.spec.containers[0].volumeMounts[0].mountPath).toBe(mountPath);
  const json = JSON.parse(of.toJson());
  const isSecond = mountPath.startsWith('/dev/shm/');
  expect([
    json.apiVersion,
    fits1(json),
    fits2({ ...json, apiVersion: 'cdk8s-shared-memory/v2' }),
  ]).toEqual([`cdk8s-shared-memory/v${isSecond ? 2 : 1}`, !isSecond, true]);
  expect(AgentContract.fromJson(of.toJson()).toJson()).toBe(of.toJson());
});

test.each([
  '/run',
  '/var/run',
  '/var',
  '/etc',
  '/usr',
  '/usr/bin',
  '/usr/lib/x',
  '/bin',
  '/lib/x',
  '/var/run/secrets',
  '/var/run/secrets/kubernetes.io/serviceaccount',
  '/run/secrets',
  '/opt',
  '/root',
])(
  'fails at %s, which has files of the container; a contract of the first version is still read',
  mountPath => {
    expect(messageOf(() => at(mountPath))).toMatch(
      /SHM006 \[contract routes\] mountPath of memory table: given .*; allowed a path that hides no files of a container/,
    );
    const json = JSON.parse(at('/run/routes').toJson());
    json.memory[0].mountPath = mountPath;
    const text = JSON.stringify(json);
    expect(JSON.parse(AgentContract.fromJson(text).toJson())).toEqual(json);
    const second = { ...json, apiVersion: 'cdk8s-shared-memory/v2' };
    expect(fits2(second)).toBe(false);
    expect(messageOf(() => AgentContract.fromJson(JSON.stringify(second)))).toContain('SHM006');
  },
);

test.each(['/dev', '/dev/shm2', '/dev/x', '/proc/x', '/sys'])('fails at %s', mountPath => {
  expect(messageOf(() => at(mountPath))).toContain(
    'allowed a path outside /dev, /proc, /sys, or below /dev/shm',
  );
});

test('fails below /dev/shm with the first apiVersion', () => {
  const json = {
    ...JSON.parse(at('/dev/shm/routes').toJson()),
    apiVersion: 'cdk8s-shared-memory/v1',
  };
  expect(messageOf(() => AgentContract.fromJson(JSON.stringify(json)))).toContain(
    'SHM018 [contract JSON] memory[0].mountPath: given "/dev/shm/routes"; allowed a path outside /dev with apiVersion cdk8s-shared-memory/v1',
  );
});

test.each([
  ['System V memory', SharedMemory.systemV({ name: 'ring', size })],
  ["the node's /dev/shm", SharedMemory.posix({ name: 'ring', size, backing: Backing.devShm() })],
])("fails below /dev/shm next to %s: the container's /dev/shm is the node's", (_, ring) => {
  expect(
    messageOf(() =>
      contract({
        memory: [SharedMemory.files({ name: 'table', size, mountPath: '/dev/shm/routes' }), ring],
      }),
    ),
  ).toMatch(/SHM006 .*mountPath of memory table: .*because of memory ring/);
});
