import { Size, Testing } from 'cdk8s';
import { devShm, memory, mounting, size, workload } from './existing-workload';
import { Access, Backing, PodSharedMemory, ReadyWhen, SharedMemory } from '../../src';
import type { JsonObject } from '../../src/kube/json';
import { contract, TOOLS, type Rendered } from '../yaml';

describe('a mount of the same source stays', () => {
  test.each<[string, JsonObject]>([
    ['without a type', { path: '/dev/shm' }],
    ['with an empty type', { path: '/dev/shm', type: '' }],
    ['with the type Directory', { path: '/dev/shm', type: 'Directory' }],
    ['with a path that is not clean', { path: '/dev//shm/' }],
  ])('a hostPath %s, with its name and its type', (_, hostPath) => {
    const { object, pod } = workload({
      containers: [mounting('app', 'dshm', { readOnly: true })],
      volumes: [{ name: 'dshm', hostPath }],
    });
    devShm().attachTo(object);
    const { volumes, containers } = pod();
    expect(volumes).toEqual([{ name: 'dshm', hostPath }]);
    expect(containers[0].volumeMounts).toEqual([
      { name: 'dshm', mountPath: '/dev/shm', readOnly: true },
    ]);
  });

  test('its name is the one that the cluster autoscaler is told', () => {
    const { c, object } = workload({
      containers: [mounting('app', 'dshm', { readOnly: true })],
      volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
    });
    devShm().attachTo(object);
    const [{ spec }] = Testing.synth(c) as Rendered[];
    expect(spec.template.metadata.annotations).toEqual({
      'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': 'dshm',
    });
  });

  test('a container that lacks the mount gets it, from the volume that is there', () => {
    const { object, pod } = workload({
      containers: [mounting('app', 'dshm', { readOnly: true }), { name: 'metrics', image: 'i:1' }],
      volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
    });
    devShm().attachTo(object, { containers: ['app', 'metrics'] });
    const { volumes, containers } = pod();
    expect(volumes).toHaveLength(1);
    expect(containers.map((each: Rendered) => each.volumeMounts)).toEqual(
      Array(2).fill([{ name: 'dshm', mountPath: '/dev/shm', readOnly: true }]),
    );
  });

  test('a claim of the same name stays, with its name in the pod', () => {
    const claim = { name: 'routes', persistentVolumeClaim: { claimName: 'routes-table-v1-ro' } };
    const { object, pod } = workload({
      containers: [
        {
          name: 'app',
          image: 'i:1',
          volumeMounts: [{ name: 'routes', mountPath: '/run/routes', readOnly: true }],
        },
      ],
      volumes: [claim],
    });
    contract().attachTo(object);
    expect(pod().volumes).toEqual([claim]);
  });

  test('the step that waits mounts it too', () => {
    const { object, pod } = workload({
      containers: [mounting('app', 'dshm', { readOnly: true })],
      volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
    });
    contract({
      name: 'cache',
      memory: [SharedMemory.posix({ name: 'objects', size, backing: Backing.devShm() })],
      readyWhen: ReadyWhen.file('ring', { toolImage: TOOLS }),
    }).attachTo(object);
    expect(pod().initContainers[0].volumeMounts).toEqual([
      { name: 'dshm', mountPath: '/dev/shm', readOnly: true },
    ]);
  });

  test('fails where it is writable and the client may only read', () => {
    const { object, fails } = workload({
      containers: [mounting('app')],
      volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
    });
    devShm().attachTo(object);
    expect(fails()).toContain(
      'SHM011 [test/worker] spec.template.spec.containers[0].volumeMounts[0].readOnly: given false, written by the workload itself; allowed true, which contract cache needs for this container; fix: write readOnly: true at the mount, or attach with access: Access.READ_WRITE if the contract allows it',
    );
  });

  test('fails where it is read-only and the client writes', () => {
    const { object, fails } = workload({
      containers: [mounting('app', 'dshm', { readOnly: true })],
      volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
    });
    devShm(Access.READ_WRITE).attachTo(object, { access: Access.READ_WRITE });
    expect(fails()).toContain('fix: remove readOnly from the mount');
  });

  test.each<[string, JsonObject]>([
    ['another directory', { path: '/dev/shm/cache' }],
    ['a type that creates it', { path: '/dev/shm', type: 'DirectoryOrCreate' }],
  ])('fails with %s', (_, hostPath) => {
    const { object, fails } = workload({
      containers: [mounting('app', 'dshm', { readOnly: true })],
      volumes: [{ name: 'dshm', hostPath }],
    });
    devShm().attachTo(object);
    expect(fails()).toContain('attach with { replaces: ["dshm"] }');
  });
});

describe('as it is', () => {
  const complete = {
    containers: [mounting('app', 'dshm', { readOnly: true })],
    nodeSelector: { 'example.com/routes-agent': 'yes' },
    securityContext: { supplementalGroups: [2000] },
    tolerations: [
      { effect: 'NoSchedule', key: 'example.com/routes-agent', operator: 'Equal', value: 'yes' },
    ],
    volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
  };

  test('only the object gets annotations: no pod restarts', () => {
    const { c, object } = workload(complete);
    const [before] = structuredClone(Testing.synth(c)) as Rendered[];
    devShm().attachTo(object, { asIs: true });
    const [after] = Testing.synth(c) as Rendered[];
    expect(after.spec).toEqual(before.spec);
    const [[key, mark]] = Object.entries<string>(after.metadata.annotations);
    expect(key).toBe('cdk8s-shared-memory/contract.cache');
    expect(JSON.parse(mark).containers).toEqual(['app']);
  });

  test.each<[string, object, string]>([
    ['the group', { securityContext: {} }, 'spec.template.spec.securityContext.supplementalGroups'],
    [
      'the nodes',
      { nodeSelector: {} },
      'spec.template.spec.nodeSelector["example.com/routes-agent"]',
    ],
    ['the toleration', { tolerations: [] }, 'spec.template.spec.tolerations'],
    [
      'the mount',
      { containers: [{ name: 'app', image: 'i:1' }] },
      'spec.template.spec.containers[0].volumeMounts',
    ],
    [
      'the volume',
      { volumes: [], containers: [{ name: 'app', image: 'i:1' }] },
      'spec.template.spec.volumes',
    ],
  ])('fails without %s, and says what is missing', (_, more, field) => {
    const { object, fails } = workload({ ...complete, ...more });
    devShm().attachTo(object, { asIs: true });
    expect(fails()).toContain(`SHM010 [test/worker] ${field}: given `);
    expect(fails()).toContain('leave asIs out');
  });

  test('fails with what it replaces, and with what is not true or false', () => {
    const { object, fails } = workload(complete);
    devShm().attachTo(object, { asIs: true, replaces: ['dshm'] });
    devShm().attachTo(object, { asIs: 'yes' as never });
    expect(fails()).toMatch(/SHM007.*asIs: given true, with replaces/);
    expect(fails()).toMatch(/SHM007.*asIs: given "yes"; allowed true or false/);
  });
});

describe('a bigger /dev/shm', () => {
  const gigabyte = new PodSharedMemory({ size: Size.gibibytes(1) });

  test('sets the size of a memory-medium emptyDir that is there without one', () => {
    const { object, pod } = workload({
      containers: [mounting('app')],
      volumes: [{ name: 'dshm', emptyDir: { medium: 'Memory' } }],
    });
    gigabyte.attachTo(object);
    expect(pod().volumes).toEqual([
      { name: 'dshm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    ]);
  });

  test('an equal size stays as it is written', () => {
    const own = { name: 'dshm', emptyDir: { medium: 'Memory', sizeLimit: '1024Mi' } };
    const { object, pod } = workload({ containers: [mounting('app')], volumes: [own] });
    gigabyte.attachTo(object);
    expect(pod().volumes).toEqual([own]);
  });

  test('fails with another size, which stays', () => {
    const { object, fails } = workload({ containers: [mounting('app')], volumes: [memory] });
    gigabyte.attachTo(object);
    expect(fails()).toContain(
      'SHM010 [test/worker] spec.template.spec.volumes[0].emptyDir.sizeLimit: given "2Gi", written by the workload itself; allowed absent or "1Gi", which PodSharedMemory needs; fix: remove it, or write 1Gi',
    );
  });

  test("replaces the node's /dev/shm, which was only mounted for its size", () => {
    const { object, pod } = workload({
      containers: [mounting('app')],
      volumes: [{ name: 'dshm', hostPath: { path: '/dev/shm' } }],
    });
    gigabyte.attachTo(object, { replaces: ['dshm'] });
    expect(pod().volumes).toEqual([
      { name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
    ]);
  });
});
