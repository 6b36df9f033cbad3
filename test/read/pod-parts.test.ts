import * as fc from 'fast-check';
import type { JsonObject } from '../../src/kube/json';
import { podsIn } from '../../src/read/pod-parts';

const spec = { containers: [{ name: 'm', image: 'i' }] };
const workflow = {
  volumes: [],
  templates: [
    { name: 'steps', steps: [] },
    { container: { image: 'i' } },
    { script: { image: 'i' }, sidecars: [{ name: 's', image: 'i' }] },
    { containerSet: spec },
  ],
};
const VOLUMES = [{ name: 'v', emptyDir: {} }];
const MOUNTS = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
const steps = (path: string) => [
  [`${path}/templates/1`, 'main at container'],
  [`${path}/templates/2`, 'main at script', 's at sidecars/0'],
  [`${path}/templates/3`, 'm at containerSet/containers/0'],
];

test.each<[string, JsonObject, string[][]]>([
  [
    'Deployment',
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec } } },
    [['/spec/template/spec']],
  ],
  [
    'a template beside the spec',
    {
      apiVersion: 'x.io/v1',
      kind: 'X',
      inference: { template: { spec } },
      status: { spec },
      metadata: { spec },
    },
    [['/inference/template/spec']],
  ],
  [
    'Workflow',
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', spec: workflow },
    steps('/spec'),
  ],
  [
    'CronWorkflow',
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'CronWorkflow', spec: { workflowSpec: workflow } },
    steps('/spec/workflowSpec'),
  ],
  [
    'templates in a list',
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'X', spec: { flows: [[workflow], workflow] } },
    [...steps('/spec/flows/0/0'), ...steps('/spec/flows/1')],
  ],
  [
    'templates like those of Argo, of another group',
    { apiVersion: 'x.io/v1', kind: 'Workflow', spec: workflow },
    [['/spec/templates/3/containerSet']],
  ],
  [
    'Rollout',
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: { template: { spec } } },
    [['/spec/template/spec']],
  ],
  [
    'AnalysisTemplate',
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      spec: { metrics: [{ provider: { job: { spec: { template: { spec } } } } }] },
    },
    [['/spec/metrics/0/provider/job/spec/template/spec']],
  ],
  [
    'InferenceService with a model',
    {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      spec: {
        predictor: { model: { name: '' }, volumes: [], workerSpec: spec },
        transformer: spec,
      },
    },
    [
      ['/spec/predictor/workerSpec'],
      ['/spec/transformer'],
      ['/spec/predictor', 'kserve-container at model', 'joined with a ServingRuntime'],
    ],
  ],
  [
    'ServingRuntime',
    { apiVersion: 'serving.kserve.io/v1alpha1', kind: 'ServingRuntime', spec },
    [['/spec', 'joined with an InferenceService']],
  ],
  [
    'LLMInferenceService',
    {
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'LLMInferenceService',
      spec: { template: { containers: [{ name: 'main' }] } },
    },
    [['/spec/template', 'joined with an LLMInferenceServiceConfig']],
  ],
  [
    'a template to which an operator adds the image',
    {
      apiVersion: 'x.io/v1',
      kind: 'X',
      spec: { nodes: [{ podTemplate: { spec: { containers: [{ name: 'm' }] } } }] },
    },
    [['/spec/nodes/0/podTemplate/spec', 'in parts']],
  ],
  [
    'a patch of a Deployment',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { template: { spec: { containers: [{ name: 'm' }] } } },
    },
    [],
  ],
  [
    'SparkApplication',
    {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      spec: { volumes: VOLUMES, driver: MOUNTS, executor: { cores: 1, ...MOUNTS } },
    },
    [['/spec', 'driver at driver', 'executor at executor', 'in parts']],
  ],
  [
    'Task',
    {
      apiVersion: 'tekton.dev/v1',
      kind: 'Task',
      spec: {
        volumes: VOLUMES,
        steps: [{ name: 'a' }, { name: 'b', ...MOUNTS }],
        sidecars: [MOUNTS],
      },
    },
    [['/spec', 'b at steps/1', '0 at sidecars/0', 'in parts']],
  ],
  [
    'PodDefault',
    {
      apiVersion: 'kubeflow.org/v1alpha1',
      kind: 'PodDefault',
      spec: { volumes: VOLUMES, ...MOUNTS },
    },
    [['/spec', 'pod at ', 'in parts']],
  ],
  [
    'volumes around a pod, and around other volumes',
    {
      apiVersion: 'x.io/v1',
      kind: 'X',
      spec: {
        volumes: VOLUMES,
        a: { spec: { ...spec, ...MOUNTS } },
        b: { volumes: VOLUMES, c: MOUNTS },
      },
    },
    [['/spec/a/spec'], ['/spec/b', 'c at c', 'in parts']],
  ],
  [
    'values of a HelmRelease',
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      spec: { values: { volumes: VOLUMES, ...MOUNTS, ...spec } },
    },
    [],
  ],
  [
    'values of an Application',
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      spec: { source: { helm: { valuesObject: { volumes: VOLUMES, ...MOUNTS } } } },
    },
    [],
  ],
  [
    'names of volumes',
    {
      apiVersion: 'policy/v1beta1',
      kind: 'PodSecurityPolicy',
      spec: { volumes: ['emptyDir'], ...MOUNTS },
    },
    [],
  ],
])('%s', (_, object, pods) => {
  expect(
    podsIn(object).map(({ path, containers = [], joinedWith, partial }) => [
      path,
      ...containers.map(container => `${container.name} at ${container.path.join('/')}`),
      ...(joinedWith === undefined ? [] : [`joined with ${joinedWith}`]),
      ...(partial ? ['in parts'] : []),
    ]),
  ).toEqual(pods);
});

test('nothing crashes it', () => {
  const kinds = fc.constantFrom(
    ['argoproj.io/v1alpha1', 'Workflow'],
    ['serving.kserve.io/v1beta1', 'InferenceService'],
    ['serving.kserve.io/v1alpha1', 'ServingRuntime'],
    ['serving.kserve.io/v1alpha1', 'LLMInferenceService'],
  );
  fc.assert(
    fc.property(kinds, fc.jsonValue(), ([apiVersion, kind], value) => {
      podsIn({ apiVersion, kind, spec: value as JsonObject });
      podsIn({ apiVersion: 'x.io/v1', kind, spec: { volumes: VOLUMES, a: value as JsonObject } });
      podsIn({
        apiVersion,
        kind,
        spec: { templates: [value as JsonObject], predictor: value as JsonObject },
      });
    }),
  );
});
