import { ApiObject, Size, Testing } from 'cdk8s';
import { Access, Backing, PodSharedMemory, SharedMemory } from '../../src';
import type { JsonObject } from '../../src/kube/json';
import { messageOf } from '../bad-input/message';
import { chart, contract, type Rendered } from '../yaml';

const size = Size.mebibytes(64);

/** The contract of an agent that has its objects in the node's /dev/shm. */
const devShm = (clients = Access.READ_ONLY) =>
  contract({
    name: 'cache',
    clients,
    memory: [SharedMemory.posix({ name: 'objects', size, backing: Backing.devShm() })],
  });

/** A workload as its YAML has it. */
function workload(spec: object, kind = 'Deployment', more: object = {}) {
  const c = chart();
  const object = new ApiObject(c, 'worker', {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'worker' },
    spec: {
      ...more,
      selector: { matchLabels: { app: 'worker' } },
      template: {
        metadata: { labels: { app: 'worker' } },
        spec: { containers: [{ name: 'app', image: 'i:1' }], ...spec },
      },
    },
  } as never);
  const pod = (): Rendered => (Testing.synth(c) as Rendered[])[0].spec.template.spec;
  const fails = () => messageOf(() => Testing.synth(c));
  return { c, object, pod, fails };
}

const limits = { resources: { limits: { memory: '4Gi' } } };
const mounting = (name: string, volume = 'dshm', mount: JsonObject = {}): JsonObject => ({
  name,
  image: 'i:1',
  ...limits,
  volumeMounts: [{ name: volume, mountPath: '/dev/shm', ...mount }],
});
const memory = { name: 'dshm', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } };

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
    const { object } = workload(complete);
    expect(() => devShm().attachTo(object, { asIs: true, replaces: ['dshm'] })).toThrow(
      /SHM007.*asIs: given true, with replaces/,
    );
    expect(() => devShm().attachTo(object, { asIs: 'yes' as never })).toThrow(
      /SHM007.*asIs: given "yes"; allowed true or false/,
    );
  });
});

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
      /SHM009 .* containers: given nothing of init container chmod, which mounts dshm at \/dev\/shm; .* \{ containers: \['app', 'chmod'\] \}/,
    ],
    [
      'a container that mounts it and is not named',
      { containers: [mounting('app'), mounting('other')], volumes: [memory] },
      { replaces: ['dshm'], containers: ['app'] },
      /SHM009 .* containers: given nothing of container other, which mounts dshm at \/dev\/shm/,
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
    const files = (name: string) =>
      contract({
        name,
        memory: [SharedMemory.files({ name: 'table', size, mountPath: '/dev/shm' })],
      });
    devShm().attachTo(object, { replaces: ['dshm'] });
    expect(
      messageOf(() => {
        files('table').attachTo(object, { replaces: ['dshm'] });
      }) || fails(),
    ).toMatch(/SHM0\d\d/);
  });

  test.each([['dshm' as never], [[1] as never], [['']]])('fails with %j', replaces => {
    const { object } = workload(two);
    expect(() => devShm().attachTo(object, { replaces })).toThrow(
      /SHM007 .* replaces: given .*; allowed a list of names of volumes; fix: write \{ replaces: \['dshm'\] \}/,
    );
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
