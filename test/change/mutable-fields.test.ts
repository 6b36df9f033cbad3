import { changes, local, pod, spec, template } from './field-changes';

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
