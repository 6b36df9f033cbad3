import { immutableChanges } from '../../src/change/immutable-fields';
import type { JsonObject } from '../../src/kube/json';

const changes = (kind: string, apiVersion: string, before: object, after: object) => {
  const object = (more: object) =>
    ({ apiVersion, kind, metadata: { name: 'a' }, ...more }) as unknown as JsonObject;
  return immutableChanges(object(before), object(after)).map(({ path, doubt }) =>
    doubt === undefined ? path : `may ${path}`,
  );
};
const spec = (value: object) => ({ spec: value });
const template = (image: string) => ({
  template: { spec: { containers: [{ name: 'a', image }] } },
});
const pod = (more: object) => spec({ containers: [{ name: 'a', image: 'a:1' }], ...more });
const local = (path: string, more: object = {}) =>
  spec({ local: { path }, nodeAffinity: { required: 1 }, ...more });

test.each<[string, string, string, object, object, string[]]>([
  [
    'selector of a DaemonSet',
    'DaemonSet',
    'apps/v1',
    spec({ selector: { matchLabels: { a: 'b' } } }),
    spec({ selector: { matchLabels: { a: 'c' } } }),
    ['spec.selector.matchLabels.a'],
  ],
  [
    'selector of a Deployment that matches more',
    'Deployment',
    'apps/v1',
    spec({ selector: { matchLabels: { a: 'b' } } }),
    spec({ selector: { matchLabels: { a: 'b', c: 'd' } } }),
    ['spec.selector.matchLabels.c'],
  ],
  [
    'serviceName of a StatefulSet',
    'StatefulSet',
    'apps/v1',
    spec({ serviceName: 'a' }),
    spec({ serviceName: 'b' }),
    ['spec.serviceName'],
  ],
  [
    'claims of a StatefulSet',
    'StatefulSet',
    'apps/v1',
    spec({
      volumeClaimTemplates: [
        { metadata: { name: 'a' }, spec: { resources: { requests: { storage: '1Gi' } } } },
      ],
    }),
    spec({
      volumeClaimTemplates: [
        { metadata: { name: 'a' }, spec: { resources: { requests: { storage: '2Gi' } } } },
      ],
    }),
    ['spec.volumeClaimTemplates[0].spec.resources.requests.storage'],
  ],
  [
    'revision history of a StatefulSet',
    'StatefulSet',
    'apps/v1',
    spec({ revisionHistoryLimit: 1 }),
    spec({ revisionHistoryLimit: 2 }),
    ['may spec.revisionHistoryLimit'],
  ],
  [
    'template of a Job',
    'Job',
    'batch/v1',
    spec(template('a:1')),
    spec(template('a:2')),
    ['spec.template.spec.containers[a].image'],
  ],
  [
    'template of a suspended Job',
    'Job',
    'batch/v1',
    spec({ ...template('a:1'), suspend: true }),
    spec({ ...template('a:2'), suspend: true }),
    ['may spec.template.spec.containers[a].image'],
  ],
  [
    'completions of a Job',
    'Job',
    'batch/v1',
    spec({ completions: 1 }),
    spec({ completions: 2 }),
    ['spec.completions'],
  ],
  [
    'completions of an Indexed Job',
    'Job',
    'batch/v1',
    spec({ completions: 1, completionMode: 'Indexed' }),
    spec({ completions: 2, completionMode: 'Indexed' }),
    ['may spec.completions'],
  ],
  [
    'a volume of a Pod',
    'Pod',
    'v1',
    pod({}),
    pod({ volumes: [{ name: 'a', emptyDir: {} }] }),
    ['spec.volumes'],
  ],
  [
    'a toleration of a Pod that is gone',
    'Pod',
    'v1',
    pod({ tolerations: [{ key: 'a' }] }),
    pod({}),
    ['spec.tolerations'],
  ],
  [
    'memory of a Pod, which has a subresource of its own',
    'Pod',
    'v1',
    pod({}),
    pod({ containers: [{ name: 'a', image: 'a:1', resources: { limits: { memory: '1Gi' } } }] }),
    ['spec.containers[a].resources.limits.memory'],
  ],
  [
    'path of a PersistentVolume',
    'PersistentVolume',
    'v1',
    local('/a'),
    local('/b'),
    ['spec.local.path'],
  ],
  [
    'source of a PersistentVolume',
    'PersistentVolume',
    'v1',
    spec({ local: { path: '/a' } }),
    spec({ hostPath: { path: '/a' } }),
    ['spec.hostPath', 'spec.local'],
  ],
  [
    'nodes of a PersistentVolume',
    'PersistentVolume',
    'v1',
    local('/a'),
    local('/a', { nodeAffinity: { required: 2 } }),
    ['spec.nodeAffinity.required'],
  ],
  [
    'a claim that shrinks',
    'PersistentVolumeClaim',
    'v1',
    spec({ resources: { requests: { storage: '2Mi' } } }),
    spec({ resources: { requests: { storage: '1Mi' } } }),
    ['spec.resources.requests.storage'],
  ],
  [
    'a claim that grows',
    'PersistentVolumeClaim',
    'v1',
    spec({ resources: { requests: { storage: '1Mi' } } }),
    spec({ resources: { requests: { storage: '2Mi' } } }),
    ['may spec.resources.requests.storage'],
  ],
  [
    'the volume of a claim',
    'PersistentVolumeClaim',
    'v1',
    spec({ volumeName: 'a' }),
    spec({ volumeName: 'b' }),
    ['spec.volumeName'],
  ],
  [
    'a volume for a claim that had none',
    'PersistentVolumeClaim',
    'v1',
    spec({}),
    spec({ volumeName: 'b' }),
    ['may spec.volumeName'],
  ],
  [
    'an empty storage class, which is one',
    'PersistentVolumeClaim',
    'v1',
    spec({ storageClassName: '' }),
    spec({}),
    ['spec.storageClassName'],
  ],
  [
    'a StorageClass',
    'StorageClass',
    'storage.k8s.io/v1',
    { provisioner: 'a' },
    { provisioner: 'b', reclaimPolicy: 'Retain' },
    ['provisioner', 'reclaimPolicy'],
  ],
  [
    'the address of a Service',
    'Service',
    'v1',
    spec({ clusterIP: '10.0.0.1' }),
    spec({ clusterIP: '10.0.0.2' }),
    ['spec.clusterIP'],
  ],
  [
    'a Service that becomes headless',
    'Service',
    'v1',
    spec({}),
    spec({ clusterIP: 'None' }),
    ['spec.clusterIP'],
  ],
  [
    'an address for a Service that had none written',
    'Service',
    'v1',
    spec({}),
    spec({ clusterIP: '10.0.0.2' }),
    ['may spec.clusterIP'],
  ],
  [
    'roleRef',
    'RoleBinding',
    'rbac.authorization.k8s.io/v1',
    { roleRef: { name: 'a' } },
    { roleRef: { name: 'b' } },
    ['roleRef.name'],
  ],
  [
    'data of an immutable ConfigMap',
    'ConfigMap',
    'v1',
    { immutable: true, data: { a: 'b' } },
    { data: { a: 'c' } },
    ['data.a', 'immutable'],
  ],
  ['type of a Secret', 'Secret', 'v1', {}, { type: 'kubernetes.io/tls' }, ['type']],
  [
    'value of a PriorityClass',
    'PriorityClass',
    'scheduling.k8s.io/v1',
    { value: 1 },
    { value: 2 },
    ['value'],
  ],
])('fails to change: %s', (_, kind, apiVersion, before, after, expected) => {
  expect(changes(kind, apiVersion, before, after)).toEqual(expected);
});

test.each<[string, string, string, object, object]>([
  [
    'template, replicas and strategy of a StatefulSet',
    'StatefulSet',
    'apps/v1',
    spec({ ...template('a:1') }),
    spec({
      ...template('a:2'),
      replicas: 2,
      updateStrategy: { type: 'OnDelete' },
      minReadySeconds: 3,
    }),
  ],
  [
    'what is the default of a StatefulSet',
    'StatefulSet',
    'apps/v1',
    spec({ podManagementPolicy: 'OrderedReady' }),
    spec({}),
  ],
  [
    'what the API server fills in a claim of it',
    'StatefulSet',
    'apps/v1',
    spec({
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'a' },
          spec: { volumeMode: 'Filesystem' },
        },
      ],
    }),
    spec({ volumeClaimTemplates: [{ metadata: { name: 'a' }, spec: {} }] }),
  ],
  ['parallelism of a Job', 'Job', 'batch/v1', spec({ parallelism: 1 }), spec({ parallelism: 2 })],
  [
    'images of a Pod, and a toleration more',
    'Pod',
    'v1',
    pod({}),
    pod({
      containers: [{ name: 'a', image: 'a:2' }],
      tolerations: [{ key: 'a' }],
      activeDeadlineSeconds: 3,
    }),
  ],
  [
    'a scheduling gate of a Pod that is gone',
    'Pod',
    'v1',
    pod({ schedulingGates: [{ name: 'a' }] }),
    pod({}),
  ],
  [
    'the grace period of a Pod, from negative to 1',
    'Pod',
    'v1',
    pod({ terminationGracePeriodSeconds: -1 }),
    pod({ terminationGracePeriodSeconds: 1 }),
  ],
  [
    'capacity, claimRef and options of a PersistentVolume',
    'PersistentVolume',
    'v1',
    local('/a'),
    local('/a', { capacity: { storage: '2Mi' }, mountOptions: ['ro'], claimRef: { name: 'b' } }),
  ],
  [
    'nodes of a PersistentVolume that had none',
    'PersistentVolume',
    'v1',
    spec({ hostPath: { path: '/a' } }),
    spec({ hostPath: { path: '/a' }, nodeAffinity: { required: 1 } }),
  ],
  [
    'equal storage in another spelling',
    'PersistentVolumeClaim',
    'v1',
    spec({ resources: { requests: { storage: '1Gi' } } }),
    spec({ resources: { requests: { storage: '1024Mi' } } }),
  ],
  [
    'the address of a Service that is no longer written',
    'Service',
    'v1',
    spec({ clusterIP: '10.0.0.1' }),
    spec({}),
  ],
  [
    'the address of a Service that becomes a name',
    'Service',
    'v1',
    spec({ clusterIP: '10.0.0.1' }),
    spec({ clusterIP: '10.0.0.2', type: 'ExternalName' }),
  ],
  [
    'data of an ordinary ConfigMap',
    'ConfigMap',
    'v1',
    { data: { a: 'b' } },
    { data: { a: 'c' }, immutable: true },
  ],
  [
    'a custom kind of the same name',
    'Deployment',
    'example.com/v1',
    spec({ selector: 'a' }),
    spec({ selector: 'b' }),
  ],
  [
    'a Namespace',
    'Namespace',
    'v1',
    { metadata: { labels: { a: 'b' } } },
    { metadata: { labels: {} } },
  ],
])('may change: %s', (_, kind, apiVersion, before, after) => {
  expect(changes(kind, apiVersion, before, after)).toEqual([]);
});
