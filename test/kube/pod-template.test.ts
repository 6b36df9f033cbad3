import * as fc from 'fast-check';
import { containersOf, podTemplates } from '../../src/kube/pod-template';

const spec = { containers: [{ name: 'm', image: 'i' }] };

test.each([
  ['Pod', { apiVersion: 'v1', kind: 'Pod', spec }, ['']],
  [
    'Deployment',
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec } } },
    ['/spec/template'],
  ],
  [
    'CronJob',
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      spec: { jobTemplate: { spec: { template: { spec } } } },
    },
    ['/spec/jobTemplate/spec/template'],
  ],
  [
    'MPIJob',
    {
      apiVersion: 'kubeflow.org/v2beta1',
      kind: 'MPIJob',
      spec: {
        mpiReplicaSpecs: { Launcher: { template: { spec } }, Worker: { template: { spec } } },
      },
    },
    ['/spec/mpiReplicaSpecs/Launcher/template', '/spec/mpiReplicaSpecs/Worker/template'],
  ],
  [
    'RayCluster',
    {
      apiVersion: 'ray.io/v1',
      kind: 'RayCluster',
      spec: {
        headGroupSpec: { template: { spec } },
        workerGroupSpecs: [{ template: { spec } }, { template: { spec } }],
      },
    },
    [
      '/spec/headGroupSpec/template',
      '/spec/workerGroupSpecs/0/template',
      '/spec/workerGroupSpecs/1/template',
    ],
  ],
  [
    'LeaderWorkerSet',
    {
      apiVersion: 'leaderworkerset.x-k8s.io/v1',
      kind: 'LeaderWorkerSet',
      spec: { leaderWorkerTemplate: { workerTemplate: { spec } } },
    },
    ['/spec/leaderWorkerTemplate/workerTemplate'],
  ],
  [
    'a key with a slash',
    { apiVersion: 'x.io/v1', kind: 'X', spec: { 'a/b~c': { spec } } },
    ['/spec/a~1b~0c'],
  ],
  ['Service', { apiVersion: 'v1', kind: 'Service', spec: { ports: [] } }, []],
  [
    'AdmissionReview',
    {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      spec: { request: { object: { spec } } },
    },
    [],
  ],
  [
    'ValidatingAdmissionPolicy',
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      spec: { x: { spec } },
    },
    [],
  ],
  [
    'CustomResourceDefinition',
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: { versions: [{ x: { spec } }] },
    },
    [],
  ],
  [
    'Kyverno policy',
    {
      apiVersion: 'kyverno.io/v1',
      kind: 'ClusterPolicy',
      spec: { rules: [{ validate: { pattern: { spec } } }] },
    },
    [],
  ],
  ['something else', 'text', []],
])('%s has its templates found', (_, object, pointers) => {
  expect(podTemplates(object)).toEqual(pointers);
});

test('containers have their role and place', () => {
  const pod = {
    containers: [{ name: 'a' }],
    initContainers: [{ name: 'b' }, { name: 'c', restartPolicy: 'Always' }],
    ephemeralContainers: [{ name: 'd' }],
  };
  expect(containersOf(pod).map(({ name, role, path }) => [name, role, ...path])).toEqual([
    ['a', 'container', 'containers', 0],
    ['b', 'init', 'initContainers', 0],
    ['c', 'sidecar', 'initContainers', 1],
    ['d', 'ephemeral', 'ephemeralContainers', 0],
  ]);
});

test('nothing crashes it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      podTemplates(value);
      containersOf(value);
      podTemplates({ apiVersion: 'x.io/v1', kind: 'X', spec: value });
    }),
  );
});
