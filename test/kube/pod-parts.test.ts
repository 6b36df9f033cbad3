import * as fc from 'fast-check';
import type { JsonObject } from '../../src/kube/json';
import { podsIn } from '../../src/kube/pod-parts';

const spec = { containers: [{ name: 'm', image: 'i' }] };
const workflow = { volumes: [], templates: [{ name: 'steps', steps: [] }, { container: { image: 'i' } }, { script: { image: 'i' }, sidecars: [{ name: 's', image: 'i' }] }, { containerSet: spec }] };
const steps = (path: string) => [
  [`${path}/templates/1`, 'main at container'],
  [`${path}/templates/2`, 'main at script', 's at sidecars/0'],
  [`${path}/templates/3`, 'm at containerSet/containers/0'],
];

test.each<[string, JsonObject, string[][]]>([
  ['Deployment', { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec } } }, [['/spec/template/spec']]],
  ['a template beside the spec', { apiVersion: 'x.io/v1', kind: 'X', inference: { template: { spec } }, status: { spec }, metadata: { spec } }, [['/inference/template/spec']]],
  ['Workflow', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', spec: workflow }, steps('/spec')],
  ['CronWorkflow', { apiVersion: 'argoproj.io/v1alpha1', kind: 'CronWorkflow', spec: { workflowSpec: workflow } }, steps('/spec/workflowSpec')],
  ['Rollout', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', spec: { template: { spec } } }, [['/spec/template/spec']]],
  ['AnalysisTemplate', { apiVersion: 'argoproj.io/v1alpha1', kind: 'AnalysisTemplate', spec: { metrics: [{ provider: { job: { spec: { template: { spec } } } } }] } }, [['/spec/metrics/0/provider/job/spec/template/spec']]],
  ['InferenceService with a model', { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', spec: { predictor: { model: { name: '' }, volumes: [], workerSpec: spec }, transformer: spec } },
    [['/spec/predictor/workerSpec'], ['/spec/transformer'], ['/spec/predictor', 'kserve-container at model', 'joined with a ServingRuntime']]],
  ['ServingRuntime', { apiVersion: 'serving.kserve.io/v1alpha1', kind: 'ServingRuntime', spec }, [['/spec', 'joined with an InferenceService']]],
  ['LLMInferenceService', { apiVersion: 'serving.kserve.io/v1alpha1', kind: 'LLMInferenceService', spec: { template: { containers: [{ name: 'main' }] } } }, [['/spec/template', 'joined with an LLMInferenceServiceConfig']]],
])('%s', (_, object, pods) => {
  expect(podsIn(object).map(({ path, containers = [], joinedWith }) =>
    [path, ...containers.map(container => `${container.name} at ${container.path.join('/')}`), ...joinedWith === undefined ? [] : [`joined with ${joinedWith}`]])).toEqual(pods);
});

test('nothing crashes it', () => {
  const kinds = fc.constantFrom(['argoproj.io/v1alpha1', 'Workflow'], ['serving.kserve.io/v1beta1', 'InferenceService'], ['serving.kserve.io/v1alpha1', 'ServingRuntime'], ['serving.kserve.io/v1alpha1', 'LLMInferenceService']);
  fc.assert(fc.property(kinds, fc.jsonValue(), ([apiVersion, kind], value) => {
    podsIn({ apiVersion, kind, spec: value as JsonObject });
    podsIn({ apiVersion, kind, spec: { templates: [value as JsonObject], predictor: value as JsonObject } });
  }));
});
