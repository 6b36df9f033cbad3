import { Testing } from 'cdk8s';
import { devShm, memory, mounting, size, workload } from './existing-workload';
import { Backing, SharedMemory } from '../../src';
import { contract, type Rendered } from '../yaml';

describe('another volume is replaced on request', () => {
  const two = {
    containers: [mounting('app'), { name: 'metrics', image: 'i:1' }],
    volumes: [{ name: 'config', configMap: { name: 'c' } }, memory, { name: 'tmp', emptyDir: {} }],
  };

  test('in its place, for the containers that mounted it, and the comment says what it was', () => {
    const { c, object, pod } = workload(two);
    devShm().attachTo(object, { replaces: ['dshm'] });
    const { volumes, containers } = pod();
    expect(volumes).toEqual([
      two.volumes[0],
      { name: 'node-dev-shm', hostPath: { path: '/dev/shm', type: 'Directory' } },
      two.volumes[2],
    ]);
    expect(containers.map((each: Rendered) => each.volumeMounts)).toEqual([
      [{ name: 'node-dev-shm', mountPath: '/dev/shm', readOnly: true }],
      undefined,
    ]);
    const [{ metadata }] = Testing.synth(c) as Rendered[];
    expect(
      JSON.parse(metadata.annotations['cdk8s-shared-memory/contract.cache']).containers,
    ).toEqual(['app']);
  });

  test('several volumes that different containers had there', () => {
    const { object, pod } = workload({
      containers: [mounting('app', 'a'), mounting('other', 'b')],
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'x', emptyDir: {} },
        { name: 'b', emptyDir: { medium: 'Memory' } },
      ],
    });
    devShm().attachTo(object, { replaces: ['b', 'a'] });
    const { volumes, containers } = pod();
    expect(volumes.map((each: Rendered) => each.name)).toEqual(['node-dev-shm', 'x']);
    expect(containers.map((each: Rendered) => each.volumeMounts[0].name)).toEqual(
      Array(2).fill('node-dev-shm'),
    );
  });

  test('by a claim, and a native sidecar that mounted it gets the memory too', () => {
    const { object, pod } = workload({
      initContainers: [{ ...mounting('helper'), restartPolicy: 'Always' }],
      containers: [mounting('app')],
      volumes: [memory],
    });
    contract({
      name: 'cache',
      memory: [SharedMemory.posix({ name: 'objects', size })],
    }).attachTo(object, { replaces: ['dshm'] });
    const { volumes, containers, initContainers } = pod();
    expect(volumes).toEqual([
      {
        name: 'cache-objects',
        persistentVolumeClaim: { claimName: 'cache-objects-v1-ro', readOnly: true },
      },
    ]);
    expect([...initContainers, ...containers].map(each => each.volumeMounts[0])).toEqual(
      Array(2).fill({ name: 'cache-objects', mountPath: '/dev/shm', readOnly: true }),
    );
  });

  test('an init container that mounts it gets the memory if it is named', () => {
    const { object, pod } = workload({
      initContainers: [mounting('prepare')],
      containers: [mounting('app')],
      volumes: [memory],
    });
    devShm().attachTo(object, { replaces: ['dshm'], containers: ['app', 'prepare'] });
    const { containers, initContainers } = pod();
    expect([...initContainers, ...containers].map(each => each.volumeMounts[0].name)).toEqual(
      Array(2).fill('node-dev-shm'),
    );
  });

  test('two contracts that mount the same directory may replace one volume', () => {
    const { object, pod } = workload({ containers: [mounting('app')], volumes: [memory] });
    devShm().attachTo(object, { replaces: ['dshm'] });
    contract({
      name: 'more',
      memory: [SharedMemory.posix({ name: 'objects', size, backing: Backing.devShm() })],
    }).attachTo(object, { replaces: ['dshm'] });
    expect(pod().volumes.map((each: Rendered) => each.name)).toEqual(['node-dev-shm']);
  });

  test.each<[string, object, object, RegExp]>([
    [
      'a name that is none',
      two,
      { replaces: ['shm'] },
      /SHM011 \[test\/worker\] replaces: given "shm"; allowed names of volumes of this pod: config, dshm, tmp;/,
    ],
    [
      'a volume that is not in the way',
      two,
      { replaces: ['dshm', 'tmp'] },
      /replaces: given "tmp", which is mounted nowhere; allowed volumes that are mounted at \/dev\/shm/,
    ],
    [
      'a volume that is also mounted elsewhere',
      {
        containers: [mounting('app'), mounting('log', 'dshm', { mountPath: '/scratch' })],
        volumes: [memory],
      },
      { replaces: ['dshm'] },
      /SHM011 .* spec\.template\.spec\.containers\[1\]\.volumeMounts\[0\]: given "dshm" in replaces, which is also used as .*"mountPath":"\/scratch"/,
    ],
    [
      'a part of a volume',
      { containers: [mounting('app', 'dshm', { subPath: 'a' })], volumes: [memory] },
      { replaces: ['dshm'] },
      /which is also used as .*"subPath":"a"/,
    ],
    [
      'a part of a volume by an expression',
      { containers: [mounting('app', 'dshm', { subPathExpr: '$(A)' })], volumes: [memory] },
      { replaces: ['dshm'] },
      /which is also used as .*"subPathExpr"/,
    ],
    [
      'a mount that propagates',
      {
        containers: [mounting('app', 'dshm', { mountPropagation: 'HostToContainer' })],
        volumes: [memory],
      },
      { replaces: ['dshm'] },
      /which is also used as .*"mountPropagation"/,
    ],
    [
      'an init container that mounts it and is not named',
      { initContainers: [mounting('chmod')], containers: [mounting('app')], volumes: [memory] },
      { replaces: ['dshm'] },
      /SHM009 .* containers: given no init container chmod, which mounts dshm at \/dev\/shm; .* \{ containers: \['app', 'chmod'\] \}/,
    ],
    [
      'a container that mounts it and is not named',
      { containers: [mounting('app'), mounting('other')], volumes: [memory] },
      { replaces: ['dshm'], containers: ['app'] },
      /SHM009 .* containers: given no container other, which mounts dshm at \/dev\/shm/,
    ],
    [
      'a probe on the path, of a container that is not named',
      {
        containers: [
          {
            ...mounting('app'),
            readinessProbe: { exec: { command: ['test', '-e', '/dev/shm/ready'] } },
          },
        ],
        volumes: [memory],
      },
      { replaces: ['dshm'] },
      /SHM009 .* names the path in spec\.template\.spec\.containers\[0\]\.readinessProbe/,
    ],
  ])('fails with %s', (_, spec, options, expected) => {
    const { object, fails } = workload(spec);
    devShm().attachTo(object, options);
    expect(fails()).toMatch(expected);
  });

  test.each([
    ['/dev/shm2/ready', true],
    ['/x/dev/shm', true],
    ['/dev/shm', false],
    ['test -e /dev/shm/ready', false],
    ['cat</dev/shm/a', false],
  ])('a probe with %j does not use the path: %p', (word, isOther) => {
    const { object, fails } = workload({
      containers: [{ ...mounting('app'), readinessProbe: { exec: { command: [word] } } }],
      volumes: [memory],
    });
    devShm().attachTo(object, { replaces: ['dshm'] });
    expect(fails()).toEqual(isOther ? 'nothing was thrown' : expect.stringContaining('SHM009'));
  });

  test('a probe on the path is fine where the container is named', () => {
    const readinessProbe = { exec: { command: ['test', '-e', '/dev/shm/ready'] } };
    const { object, pod } = workload({
      containers: [{ ...mounting('app'), readinessProbe }],
      volumes: [memory],
    });
    devShm().attachTo(object, { replaces: ['dshm'], containers: ['app'] });
    expect(pod().containers[0].volumeMounts[0].name).toBe('node-dev-shm');
  });

  test('fails with a claim of a StatefulSet', () => {
    const { object, fails } = workload({ containers: [mounting('app', 'data')] }, 'StatefulSet', {
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
    });
    devShm().attachTo(object, { replaces: ['data'] });
    expect(fails()).toMatch(
      /SHM011 .* spec\.volumeClaimTemplates\[0\]: given "data" in replaces, a claim that the StatefulSet makes for each pod/,
    );
  });

  test('fails where two contracts with different memory replace one volume', () => {
    const { object, fails } = workload({ containers: [mounting('app')], volumes: [memory] });
    const posix = (name: string) => contract({ name, memory: [SharedMemory.posix({ size })] });
    posix('ring').attachTo(object, { replaces: ['dshm'] });
    posix('table').attachTo(object, { replaces: ['dshm'] });
    expect(fails()).toMatch(/SHM011 .*mountPath: given \/dev\/shm of contract table/);
  });

  test.each([['dshm' as never], [[1] as never], [['']]])('fails with %j', replaces => {
    const { object, fails } = workload(two);
    devShm().attachTo(object, { replaces });
    expect(fails()).toMatch(
      /SHM007 .* replaces: given .*; allowed a list of names of volumes; fix: write \{ replaces: \['dshm'\] \}/,
    );
  });
});
