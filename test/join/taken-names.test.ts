import { devShm, memory, mounting, size, workload } from './existing-workload';
import { Access, Backing, SharedMemory } from '../../src';
import { contract, type Rendered } from '../yaml';

const dev = (name: string) =>
  contract({
    name,
    memory: [SharedMemory.posix({ name: 'objects', size, backing: Backing.devShm() })],
  });

test('fails where another volume of the workload has the name of the new one', () => {
  const { object, fails } = workload({
    containers: [mounting('app'), mounting('b', 'node-dev-shm', { mountPath: '/scratch' })],
    volumes: [memory, { name: 'node-dev-shm', emptyDir: {} }],
  });
  devShm().attachTo(object, { replaces: ['dshm'], containers: ['app'] });
  expect(fails()).toMatch(
    /SHM011 .*spec\.template\.spec\.volumes\[1\]: given "node-dev-shm", a volume of the workload itself/,
  );
});

test('fails where a claim of the StatefulSet has it', () => {
  const { object, fails } = workload(
    { containers: [mounting('app')], volumes: [memory] },
    'StatefulSet',
    { volumeClaimTemplates: [{ metadata: { name: 'node-dev-shm' } }] },
  );
  devShm().attachTo(object, { replaces: ['dshm'] });
  expect(fails()).toMatch(/SHM011 .*volumeClaimTemplates\[0\].*given "node-dev-shm", a claim/);
});

test('two contracts that add one volume share it, in the place of the first', () => {
  const { object, pod } = workload({
    containers: [mounting('a', 'x'), mounting('b', 'y')],
    volumes: [
      { name: 'first', emptyDir: {} },
      { name: 'x', emptyDir: {} },
      { name: 'y', emptyDir: {} },
    ],
  });
  dev('one').attachTo(object, { replaces: ['y'], containers: ['b'] });
  dev('two').attachTo(object, { replaces: ['x'], containers: ['a'] });
  const { volumes, containers } = pod();
  expect(volumes.map((each: Rendered) => each.name)).toEqual(['first', 'node-dev-shm']);
  expect(containers.map((each: Rendered) => each.volumeMounts[0].name)).toEqual([
    'node-dev-shm',
    'node-dev-shm',
  ]);
});

test('fails where a container that only read would write', () => {
  const { object, fails } = workload({
    containers: [mounting('app', 'dshm', { readOnly: true })],
    volumes: [memory],
  });
  devShm(Access.READ_WRITE).attachTo(object, { replaces: ['dshm'], access: Access.READ_WRITE });
  expect(fails()).toMatch(/SHM011 .*volumeMounts\[0\]\.readOnly: given true, .*remove readOnly/);
});
