import { at, isObject, itemsOf, keysOf, pointer, textOf, type Json, type JsonObject } from './json';
import { podSpecs, type Container } from './pod-template';

/** A pod as its object has it: mostly one pod spec, and in some custom kinds parts of one, which an operator puts together. */
export interface PodParts {
  /** JSON pointer of the pod spec, or of what stands for it. */
  readonly path: string;
  /** Containers that stand in no list of a pod spec; their paths begin at the pod spec. */
  readonly containers?: readonly Container[];
  /** JSON pointers of lists of volumes that stand elsewhere and are the pod's too. */
  readonly volumes?: readonly string[];
  /** Another object that may say what is missing here, image and resources for one. */
  readonly joinedWith?: string;
}

/** All pods that an object makes. */
export function podsIn(object: JsonObject): PodParts[] {
  const [group] = textOf(object.apiVersion ?? '').split('/');
  const special = /^serving\.(kserve\.io|kubeflow\.org)$/.test(group) ? ofKServe(object) : group === 'argoproj.io' ? ofArgo(object) : [];
  const inSpecial = (path: string) => special.some(each => path === each.path || path === `${each.path}/containerSet`);
  return [...podSpecs(object).filter(path => !inSpecial(path)).map(path => ({ path })), ...special];
}

/** Keys under which a component of an InferenceService has its one container as a map. */
const SERVERS = ['model', 'sklearn', 'xgboost', 'lightgbm', 'tensorflow', 'pytorch', 'triton', 'onnx', 'huggingface', 'paddle', 'pmml', 'art'];

/**
 * KServe joins an InferenceService with a ServingRuntime: container and volumes of both make one pod, and the resources of the service win.
 *
 * @see https://kserve.github.io/website/latest/modelserving/servingruntimes/
 */
function ofKServe(object: JsonObject): PodParts[] {
  const kind = textOf(object.kind ?? '');
  if (/ServingRuntime$/.test(kind)) { return Array.isArray(at(object, 'spec', 'containers')) ? [{ path: '/spec', joinedWith: 'an InferenceService' }] : []; }
  if (/^LLMInferenceService/.test(kind)) {
    return ['/spec/template', '/spec/worker', '/spec/prefill/template', '/spec/prefill/worker'].flatMap(path =>
      Array.isArray(at(object, ...keysOf(path), 'containers')) ? [{ path, joinedWith: 'an LLMInferenceServiceConfig' }] : []);
  }
  return ['predictor', 'transformer', 'explainer'].flatMap((component): PodParts[] => {
    const key = SERVERS.find(server => isObject(at(object, 'spec', component, server)));
    if (key === undefined) { return []; }
    return [{ path: `/spec/${component}`, containers: [single(at(object, 'spec', component), [key], 'kserve-container')], joinedWith: 'a ServingRuntime' }];
  });
}

/**
 * A step of an Argo workflow is a pod of one container, or a set of them, with sidecars in a list of their own and the volumes of the workflow.
 *
 * @see https://argo-workflows.readthedocs.io/en/latest/fields/#template
 */
function ofArgo(object: JsonObject): PodParts[] {
  const found: PodParts[] = [];
  const visit = (value: Json | undefined, path: string) => {
    if (Array.isArray(value)) { value.forEach((item, i) => visit(item, `${path}/${i}`)); return; }
    if (!isObject(value)) { return; }
    for (const [key, child] of Object.entries(value)) {
      if (key !== 'templates' || !Array.isArray(child)) { visit(child, path + pointer(key)); continue; }
      child.forEach((template, i) => {
        const containers = stepContainers(template);
        if (containers.length > 0) { found.push({ path: `${path}/templates/${i}`, containers, volumes: [`${path}/volumes`] }); }
      });
    }
  };
  visit(object.spec, '/spec');
  return found;
}

function stepContainers(template: Json): Container[] {
  const one = ['container', 'script'].filter(key => isObject(at(template, key))).map(key => single(template, [key], 'main'));
  const lists = [['containerSet', 'containers'], ['sidecars']].flatMap(keys => itemsOf(at(template, ...keys)).map((_, i) => single(template, [...keys, i], `${keys.at(-1)}[${i}]`)));
  return [...one, ...lists.filter(({ json }) => isObject(json))];
}

function single(value: Json | undefined, path: (string | number)[], name: string): Container {
  const json = at(value, ...path) as JsonObject;
  return { role: 'container', name: textOf(at(json, 'name') ?? '') || name, json, path };
}
