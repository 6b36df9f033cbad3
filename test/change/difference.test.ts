import { differences, templateDifferences } from '../../src/change/difference';
import type { Json } from '../../src/kube/json';

const container = (more: object) =>
  ({ spec: { containers: [{ name: 'web', image: 'web:1', ...more }] } }) as unknown as Json;
const spec = (more: object) =>
  ({ spec: { containers: [{ name: 'web', image: 'web:1' }], ...more } }) as unknown as Json;
const paths = (before: Json, after: Json) =>
  templateDifferences(before, after).map(({ path }) => path);

test.each<[string, Json, Json]>([
  [
    'equal quantities',
    container({ resources: { limits: { memory: '1Gi', cpu: 1 } } }),
    container({ resources: { limits: { memory: '1024Mi', cpu: '1000m' } } }),
  ],
  ['another order of keys', { spec: { a: '1', b: '2' } }, { spec: { b: '2', a: '1' } }],
  ['hostIPC that is false', spec({ hostIPC: false, hostPID: false, hostNetwork: false }), spec({})],
  ['an empty list, and null', spec({ volumes: [], tolerations: null }), spec({})],
  ['empty maps of labels and resources', container({ resources: { limits: {} } }), container({})],
  [
    'defaults that one side writes',
    spec({ dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', terminationGracePeriodSeconds: 30 }),
    spec({}),
  ],
  [
    'the default of a probe',
    container({ livenessProbe: { httpGet: { port: 80, scheme: 'HTTP' }, periodSeconds: 10 } }),
    container({ livenessProbe: { httpGet: { port: 80 } } }),
  ],
  [
    'the default pull policy of a tag',
    container({ imagePullPolicy: 'IfNotPresent' }),
    container({}),
  ],
  [
    'an empty text',
    container({ volumeMounts: [{ name: 'a', mountPath: '/a', subPath: '' }] }),
    container({ volumeMounts: [{ name: 'a', mountPath: '/a' }] }),
  ],
  [
    'sizeLimit in another spelling',
    spec({ volumes: [{ name: 'a', emptyDir: { sizeLimit: '1Gi' } }] }),
    spec({ volumes: [{ name: 'a', emptyDir: { sizeLimit: 1073741824 } }] }),
  ],
  [
    'a timestamp of the cluster',
    { metadata: { creationTimestamp: null }, spec: {} },
    { metadata: { creationTimestamp: '2026-01-01' }, spec: {} },
  ],
])('%s is no difference', (_, before, after) => {
  expect(paths(before, after)).toEqual([]);
  expect(paths(after, before)).toEqual([]);
});

test.each<[string, Json, Json, string[]]>([
  ['an image', container({}), container({ image: 'web:2' }), ['containers[web].image']],
  [
    'a label of the template',
    { metadata: { labels: { a: '1' } } },
    { metadata: { labels: { a: '' } } },
    ['metadata.labels.a'],
  ],
  [
    'a label with an empty value, which is one',
    { metadata: { labels: {} } },
    { metadata: { labels: { a: '' } } },
    ['metadata.labels.a'],
  ],
  [
    'each key of a map that is absent',
    spec({}),
    spec({ nodeSelector: { 'a.b/c': 'd', e: 'f' } }),
    ['nodeSelector["a.b/c"]', 'nodeSelector.e'],
  ],
  ['a container more', spec({}), spec({ initContainers: [{ name: 'a' }] }), ['initContainers']],
  [
    'a container among others',
    spec({ initContainers: [{ name: 'b' }] }),
    spec({ initContainers: [{ name: 'a' }, { name: 'b' }] }),
    ['initContainers[a]'],
  ],
  [
    'the order of init containers',
    spec({ initContainers: [{ name: 'a' }, { name: 'b' }] }),
    spec({ initContainers: [{ name: 'b' }, { name: 'a' }] }),
    ['initContainers (order)'],
  ],
  [
    'privileged: false where there was nothing: Kubernetes keeps it',
    container({}),
    container({ securityContext: { privileged: false } }),
    ['containers[web].securityContext'],
  ],
  [
    'restartPolicy of an init container',
    spec({ initContainers: [{ name: 'a' }] }),
    spec({ initContainers: [{ name: 'a', restartPolicy: 'Always' }] }),
    ['initContainers[a].restartPolicy'],
  ],
  [
    'the pull policy that is not the default',
    container({}),
    container({ imagePullPolicy: 'Always' }),
    ['containers[web].imagePullPolicy'],
  ],
  [
    'quantities that differ below a whole number',
    container({ resources: { limits: { cpu: '100m' } } }),
    container({ resources: { limits: { cpu: '200m' } } }),
    ['containers[web].resources.limits.cpu'],
  ],
  [
    'a mount, by its path',
    container({
      volumeMounts: [
        { name: 'a', mountPath: '/a' },
        { name: 'a', mountPath: '/b' },
      ],
    }),
    container({
      volumeMounts: [
        { name: 'a', mountPath: '/a', readOnly: true },
        { name: 'a', mountPath: '/b' },
      ],
    }),
    ['containers[web].volumeMounts[/a].readOnly'],
  ],
  [
    'items without names, by their place',
    spec({ tolerations: [{ key: 'a' }] }),
    spec({ tolerations: [{ key: 'b' }] }),
    ['tolerations[0].key'],
  ],
  [
    'a list of another length',
    spec({ tolerations: [{ key: 'a' }] }),
    spec({ tolerations: [{ key: 'a' }, { key: 'b' }] }),
    ['tolerations'],
  ],
  [
    'emptyDir: {} is a volume',
    spec({ volumes: [{ name: 'a' }] }),
    spec({ volumes: [{ name: 'a', emptyDir: {} }] }),
    ['volumes[a].emptyDir'],
  ],
])('%s', (_, before, after, expected) => {
  expect(paths(before, after)).toEqual(expected);
  expect(paths(after, before)).toEqual(expected);
});

test('a field that every object inherits is none', () => {
  expect(differences({ a: 1 }, { a: 1, constructor: 'x' })).toEqual([
    { path: 'constructor', from: undefined, to: 'x' },
  ]);
});

test('outside of pods nothing is filled in', () => {
  expect(differences({ protocol: 'TCP' }, {}).map(({ path }) => path)).toEqual(['protocol']);
});

test('metadata that only one side has is named by its fields', () => {
  expect(paths({}, { metadata: { annotations: { a: 'b' } } })).toEqual(['metadata.annotations.a']);
  expect(paths({ metadata: { labels: { a: 'b' } } }, {})).toEqual(['metadata.labels.a']);
  expect(paths({}, { metadata: {} })).toEqual([]);
});
