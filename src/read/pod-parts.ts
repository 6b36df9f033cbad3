import {
  at,
  isObject,
  itemsOf,
  keysOf,
  objectsOf,
  pointer,
  textOf,
  type Json,
  type JsonObject,
} from '../kube/json';
import { builtInTemplate, podSpecs, visitCustom, type Container } from '../kube/pod-template';

/**
 * Where the parts of a pod are in an object. Most objects contain complete pod specs. Some custom
 * resources only contain parts, from which an operator creates a pod.
 */
export interface PodParts {
  /** JSON pointer of the pod spec, or of the object that is used instead of one. */
  readonly path: string;
  /**
   * Containers outside of the container lists of a pod spec. Their paths are relative to `path`.
   */
  readonly containers?: readonly Container[];
  /** JSON pointers of additional lists of volumes that belong to the pod. */
  readonly volumes?: readonly string[];
  /**
   * Another object that is merged with this one, and that may set what is missing here, for example
   * the image or the resources.
   */
  readonly joinedWith?: string;
  /**
   * Whether these are only parts of a pod, to which an operator can add anything. Rules must then
   * not report a field as missing.
   */
  readonly partial?: boolean;
}

/**
 * Returns all pods that an object creates. For a built-in kind, a pod without any image counts as a
 * patch of an object that is defined elsewhere, and is left out.
 */
export function podsIn(object: JsonObject): PodParts[] {
  const hasImage = (path: string) =>
    itemsOf(at(object, ...keysOf(path), 'containers')).some(
      container => typeof at(container, 'image') === 'string',
    );
  const apiVersion = textOf(object.apiVersion ?? '');
  const builtIn = builtInTemplate(apiVersion, textOf(object.kind ?? ''));
  if (builtIn !== undefined) {
    return hasImage(`${builtIn}/spec`) ? [{ path: `${builtIn}/spec` }] : [];
  }
  const [group] = apiVersion.split('/');
  const special = /^serving\.(kserve\.io|kubeflow\.org)$/.test(group)
    ? ofKServe(object)
    : group === 'argoproj.io'
      ? ofArgo(object)
      : [];
  const inSpecial = (path: string) =>
    special.some(each => path === each.path || path === `${each.path}/containerSet`);
  const specs = podSpecs(object).filter(path => !inSpecial(path));
  const pods = specs.map((path): PodParts => (hasImage(path) ? { path } : { path, partial: true }));
  return [...pods, ...special, ...(special.length === 0 ? ofOperator(object, specs) : [])];
}

/**
 * Returns the parts of pods in a custom resource that lists volumes for the pods of its operator,
 * together with the objects next to or below them that mount volumes. Examples: the driver of a
 * Spark application, the steps of Tekton, a Kubeflow PodDefault.
 */
function ofOperator(object: JsonObject, known: readonly string[]): PodParts[] {
  const found: PodParts[] = [];
  visitCustom(object, (value, path) => {
    if (known.includes(path)) {
      return false;
    }
    const volumes = objectsOf(value.volumes).some(
      volume => isObject(volume.emptyDir) || isObject(volume.hostPath),
    );
    const containers = volumes
      ? mounting(
          value,
          [],
          known.map(each => keysOf(each).slice(keysOf(path).length).join('/')),
        )
      : [];
    if (containers.length > 0) {
      found.push({ path, containers, partial: true });
    }
    return true;
  });
  return found;
}

function mounting(
  value: Json | undefined,
  path: (string | number)[],
  known: readonly string[],
): Container[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => mounting(item, [...path, i], known));
  }
  if (
    !isObject(value) ||
    known.includes(path.join('/')) ||
    (path.length > 0 && Array.isArray(value.volumes))
  ) {
    return [];
  }
  const own = Array.isArray(value.volumeMounts)
    ? [single(value, [], String(path.at(-1) ?? 'pod'))].map(container => ({ ...container, path }))
    : [];
  return [
    ...own,
    ...Object.entries(value)
      .filter(([key]) => key !== 'volumeMounts')
      .flatMap(([key, child]) => mounting(child, [...path, key], known)),
  ];
}

/** Keys of an InferenceService component whose value is its only container. */
const SERVERS = [
  'model',
  'sklearn',
  'xgboost',
  'lightgbm',
  'tensorflow',
  'pytorch',
  'triton',
  'onnx',
  'huggingface',
  'paddle',
  'pmml',
  'art',
];

/**
 * Returns the pods of KServe objects. KServe merges an InferenceService with a ServingRuntime: the
 * pod gets the containers and volumes of both, and the resources of the service take precedence.
 *
 * @see https://kserve.github.io/website/latest/modelserving/servingruntimes/
 */
function ofKServe(object: JsonObject): PodParts[] {
  const kind = textOf(object.kind ?? '');
  if (/ServingRuntime$/.test(kind)) {
    return Array.isArray(at(object, 'spec', 'containers'))
      ? [{ path: '/spec', joinedWith: 'an InferenceService' }]
      : [];
  }
  if (/^LLMInferenceService/.test(kind)) {
    return [
      '/spec/template',
      '/spec/worker',
      '/spec/prefill/template',
      '/spec/prefill/worker',
    ].flatMap(path =>
      Array.isArray(at(object, ...keysOf(path), 'containers'))
        ? [{ path, joinedWith: 'an LLMInferenceServiceConfig' }]
        : [],
    );
  }
  return ['predictor', 'transformer', 'explainer'].flatMap((component): PodParts[] => {
    const key = SERVERS.find(server => isObject(at(object, 'spec', component, server)));
    if (key === undefined) {
      return [];
    }
    return [
      {
        path: `/spec/${component}`,
        containers: [single(at(object, 'spec', component), [key], 'kserve-container')],
        joinedWith: 'a ServingRuntime',
      },
    ];
  });
}

/**
 * Returns the pods of an Argo workflow. Each step is a pod with one container or a set of
 * containers. Sidecars are in a separate list, and the volumes are those of the workflow.
 *
 * @see https://argo-workflows.readthedocs.io/en/latest/fields/#template
 */
function ofArgo(object: JsonObject): PodParts[] {
  const found: PodParts[] = [];
  const visit = (value: Json | undefined, path: string) => {
    if (Array.isArray(value)) {
      value.forEach((item, i) => visit(item, `${path}/${i}`));
      return;
    }
    if (!isObject(value)) {
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      if (key !== 'templates' || !Array.isArray(child)) {
        visit(child, path + pointer(key));
        continue;
      }
      child.forEach((template, i) => {
        const containers = stepContainers(template);
        if (containers.length > 0) {
          found.push({ path: `${path}/templates/${i}`, containers, volumes: [`${path}/volumes`] });
        }
      });
    }
  };
  visit(object.spec, '/spec');
  return found;
}

function stepContainers(template: Json): Container[] {
  const one = ['container', 'script']
    .filter(key => isObject(at(template, key)))
    .map(key => single(template, [key], 'main'));
  const lists = [['containerSet', 'containers'], ['sidecars']].flatMap(keys =>
    itemsOf(at(template, ...keys)).map((_, i) =>
      single(template, [...keys, i], `${keys.at(-1)}[${i}]`),
    ),
  );
  return [...one, ...lists.filter(({ json }) => isObject(json))];
}

function single(value: Json | undefined, path: (string | number)[], name: string): Container {
  const json = at(value, ...path) as JsonObject;
  return { role: 'container', name: textOf(at(json, 'name') ?? '') || name, json, path };
}
