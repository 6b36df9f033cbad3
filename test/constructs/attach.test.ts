import { ApiObject, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  Backing,
  ClientVolume,
  PodSecurity,
  PodSharedMemory,
  ReadyWhen,
  SharedMemory,
  type AgentContractProps,
  type AttachOptions,
} from '../../src';
import { restrictedViolations } from '../../src/kube/pod-security';
import { chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

function attached(props: Partial<AgentContractProps> = {}, options: AttachOptions = {}): Rendered {
  const c = chart();
  contract(props).attachTo(deployment(c), options);
  return rendered(c, 'Deployment')[0];
}
const SIZE = Size.mebibytes(64);
const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';

test('attaching adds these fields and no others', () => {
  const c = chart();
  deployment(c);
  const [before] = rendered(c, 'Deployment');
  const after = attached();
  const expected = structuredClone(before);
  expected.metadata.annotations = {
    'cdk8s-shared-memory/contract.routes':
      '{"apiVersion":"cdk8s-shared-memory/v1","namespace":"node-agents","version":"v1","side":"client","access":"readOnly","group":2000,"payer":"agent",' +
      '"memory":[{"name":"table","api":"files","size":"256Mi","mountPath":"/run/routes","backing":"directory"}],"containers":["api"]}',
  };
  const pod = expected.spec.template.spec;
  pod.nodeSelector = { 'example.com/routes-agent': 'yes' };
  pod.tolerations = [
    { effect: 'NoSchedule', key: 'example.com/routes-agent', operator: 'Equal', value: 'yes' },
  ];
  pod.securityContext.supplementalGroups = [2000];
  pod.volumes = [
    {
      name: 'routes-table',
      persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true },
    },
  ];
  pod.containers[0].volumeMounts = [
    { mountPath: '/run/routes', name: 'routes-table', readOnly: true },
  ];
  expect(after).toEqual(expected);
});

test('a client that writes mounts the other claim, without readOnly', () => {
  const memory = [
    SharedMemory.files({
      name: 'table',
      size: SIZE,
      mountPath: '/run/routes',
      backing: Backing.directory(),
    }),
  ];
  const pod = attached({ clients: Access.READ_WRITE, memory }, { access: Access.READ_WRITE }).spec
    .template.spec;
  expect(pod.volumes).toEqual([
    { name: 'routes-table', persistentVolumeClaim: { claimName: 'routes-table-v1-rw' } },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-table' },
  ]);
});

test('by hostPath the pod waits for the leaf, and does not keep the node from being drained', () => {
  const { template } = attached({ clientVolume: ClientVolume.hostPath() }).spec;
  expect(template.spec.volumes).toEqual([
    {
      name: 'routes-table',
      hostPath: { path: '/run/cdk8s-shared-memory/node-agents.routes/v1/table', type: 'Directory' },
    },
  ]);
  expect(template.spec.containers[0].volumeMounts[0].readOnly).toBe(true);
  expect(template.metadata.annotations).toEqual({ [SAFE_TO_EVICT]: 'routes-table' });
});

test('volumes that are safe to evict are merged', () => {
  const c = chart();
  const d = deployment(c);
  d.podMetadata.addAnnotation(SAFE_TO_EVICT, 'own');
  contract({ clientVolume: ClientVolume.hostPath() }).attachTo(d);
  expect(rendered(c, 'Deployment')[0].spec.template.metadata.annotations[SAFE_TO_EVICT]).toBe(
    'own,routes-table',
  );
});

test('POSIX memory is at /dev/shm, read-only, by claim', () => {
  const pod = attached({ memory: [SharedMemory.posix({ size: SIZE })] }).spec.template.spec;
  expect(pod.containers[0].volumeMounts).toEqual([
    { mountPath: '/dev/shm', name: 'routes-data', readOnly: true },
  ]);
  expect(pod.volumes[0].persistentVolumeClaim.claimName).toBe('routes-data-v1-ro');
});

test("the node's /dev/shm is a hostPath", () => {
  const pod = attached({ memory: [SharedMemory.posix({ size: SIZE, backing: Backing.devShm() })] })
    .spec.template.spec;
  expect(pod.volumes).toEqual([
    { name: 'node-dev-shm', hostPath: { path: '/dev/shm', type: 'Directory' } },
  ]);
});

test('hostIPC is there for System V memory alone', () => {
  expect(
    attached({ memory: [SharedMemory.systemV({ size: SIZE })] }).spec.template.spec.hostIPC,
  ).toBe(true);
  expect(attached().spec.template.spec.hostIPC).toBeUndefined();
});

test.each([
  [
    ReadyWhen.file('table.bin', { toolImage: TOOLS }),
    'file:/run/routes/table.bin',
    [{ mountPath: '/run/routes', name: 'routes-table', readOnly: true }],
  ],
  [ReadyWhen.systemVKey(0xffffffff, { toolImage: TOOLS }), 'systemVKey:-1', undefined],
])('a client waits for what the contract names, as nobody', (readyWhen, until, volumeMounts) => {
  const memory = [
    SharedMemory.files({ name: 'table', size: SIZE, mountPath: '/run/routes' }),
    SharedMemory.systemV({ name: 'v', size: SIZE }),
  ];
  const [wait] = attached({ memory, readyWhen }).spec.template.spec.initContainers;
  expect([wait.name, wait.image, wait.env[1].value, wait.volumeMounts]).toEqual([
    'wait-for-routes',
    TOOLS,
    until,
    volumeMounts,
  ]);
  expect(wait.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsGroup: 65534,
    runAsNonRoot: true,
    runAsUser: 65534,
    seccompProfile: { type: 'RuntimeDefault' },
  });
});

test('named containers share, whatever their role, and others do not', () => {
  const c = chart();
  const d = new kplus.Deployment(c, 'd', {
    containers: [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'i' },
    ],
    initContainers: [{ name: 'init', image: 'i' }],
  });
  contract().attachTo(d, { containers: ['b', 'init'] });
  const pod = rendered(c, 'Deployment')[0].spec.template.spec;
  expect(
    [...pod.containers, ...pod.initContainers].map((x: Rendered) => [
      x.name,
      x.volumeMounts?.length,
    ]),
  ).toEqual([
    ['a', undefined],
    ['b', 1],
    ['init', 1],
  ]);
});

test('several contracts live together on one workload', () => {
  const c = chart();
  const d = deployment(c);
  contract().attachTo(d);
  contract({ name: 'flags', groupId: 2001, memory: [SharedMemory.posix({ size: SIZE })] }).attachTo(
    d,
  );
  const pod = rendered(c, 'Deployment')[0].spec.template.spec;
  expect(pod.securityContext.supplementalGroups).toEqual([2001, 2000]);
  expect(pod.tolerations).toHaveLength(1);
  expect(pod.containers[0].volumeMounts.map((m: Rendered) => m.mountPath)).toEqual([
    '/dev/shm',
    '/run/routes',
  ]);
});

test('`only` chooses one of several workloads, attachToAll() takes them all', () => {
  const c = chart();
  deployment(c, 'a');
  deployment(c, 'b');
  contract().attachTo(c, { workload: 'Deployment/test-b' });
  contract({ name: 'flags', memory: [SharedMemory.posix({ size: SIZE })] }).attachToAll(c);
  expect(rendered(c, 'Deployment').map(o => Object.keys(o.metadata.annotations))).toEqual([
    ['cdk8s-shared-memory/contract.flags'],
    ['cdk8s-shared-memory/contract.flags', 'cdk8s-shared-memory/contract.routes'],
  ]);
});

test('`only` chooses one of several templates of one object', () => {
  const c = chart();
  const template = { spec: { containers: [{ name: 'm', image: 'i' }] } };
  const job = new ApiObject(c, 'job', {
    apiVersion: 'kubeflow.org/v2beta1',
    kind: 'MPIJob',
    metadata: { name: 'train' },
    spec: { mpiReplicaSpecs: { Launcher: { template }, Worker: { template } } },
  });
  contract().attachTo(job, { workload: 'MPIJob/train#/spec/mpiReplicaSpecs/Worker/template' });
  const { Launcher, Worker } = rendered(c, 'MPIJob')[0].spec.mpiReplicaSpecs;
  expect([Launcher.template.spec.volumes, Worker.template.spec.volumes.length]).toEqual([
    undefined,
    1,
  ]);
});

test('PodSharedMemory is a sized memory-medium emptyDir at /dev/shm', () => {
  const c = chart();
  new PodSharedMemory({ size: SIZE }).attachTo(deployment(c));
  const pod = rendered(c, 'Deployment')[0].spec.template.spec;
  expect(pod.volumes).toEqual([
    { name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([{ mountPath: '/dev/shm', name: 'dev-shm' }]);
});

test('a size that is no whole number of mebibytes stays exact', () => {
  const c = chart();
  new PodSharedMemory({ size: Size.kibibytes(100) }).attachTo(deployment(c));
  expect(rendered(c, 'Deployment')[0].spec.template.spec.volumes[0].emptyDir.sizeLimit).toBe(
    '100Ki',
  );
});

test('PodSecurity.restricted() makes a bare pod pass, also with a claim and its wait step', () => {
  const c = chart();
  const pod = new ApiObject(c, 'pod', {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { containers: [{ name: 'a', image: 'i' }], initContainers: [{ name: 'b', image: 'i' }] },
  });
  PodSecurity.restricted().attachTo(pod);
  contract({ readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) }).attachTo(pod);
  expect(restrictedViolations(rendered(c, 'Pod')[0].spec)).toEqual([]);
});

test('PodSecurity.restricted() makes all workloads of a chart pass', () => {
  const c = chart();
  for (const name of ['one', 'two']) {
    const spec = { containers: [{ name: 'a', image: 'i' }] };
    new ApiObject(c, name, { apiVersion: 'v1', kind: 'Pod', spec } as never);
  }
  PodSecurity.restricted().attachToAll(c);
  expect(rendered(c, 'Pod').map(({ spec }) => restrictedViolations(spec))).toEqual([[], []]);
});

test.each([
  [
    'a host process',
    { spec: { securityContext: { windowsOptions: { hostProcess: true } } } },
    'securityContext.windowsOptions.hostProcess: given true; allowed absent or false',
  ],
  [
    'AppArmor switched off',
    {
      metadata: {
        annotations: { 'container.apparmor.security.beta.kubernetes.io/api': 'unconfined' },
      },
    },
    'given "unconfined"; allowed runtime/default or localhost/...',
  ],
  [
    'a probe of another host',
    {
      spec: {
        containers: [{ name: 'api', livenessProbe: { httpGet: { host: '192.0.2.1', port: 80 } } }],
      },
    },
    'containers[0].livenessProbe.httpGet.host: given "192.0.2.1"; allowed absent: the pod itself',
  ],
])('PodSecurity.restricted() fails with %s', (_, template, message) => {
  const c = chart();
  const spec = {
    template: {
      ...template,
      spec: { containers: [{ name: 'api' }], ...(template as { spec?: object }).spec },
    },
  };
  PodSecurity.restricted().attachTo(
    new ApiObject(c, 'api', { apiVersion: 'apps/v1', kind: 'Deployment', spec } as never),
  );
  expect(() => rendered(c, 'Deployment')).toThrow(message);
});

test('what the kubelet would expand in the wait step is escaped', () => {
  const [wait] = attached({ readyWhen: ReadyWhen.file('a$(CONTRACT)$b', { toolImage: TOOLS }) })
    .spec.template.spec.initContainers;
  expect(wait.env).toContainEqual({ name: 'UNTIL', value: 'file:/run/routes/a$$(CONTRACT)$$b' });
});
