import {
  at,
  isObject,
  keysOf,
  objectsOf,
  pointer,
  textOf,
  type Json,
  type JsonObject,
} from './json';

/** JSON pointers of the pod templates in built-in kinds. */
const TEMPLATES = new Map(
  Object.entries({
    Pod: '',
    PodTemplate: '/template',
    CronJob: '/spec/jobTemplate/spec/template',
    DaemonSet: '/spec/template',
    Deployment: '/spec/template',
    Job: '/spec/template',
    ReplicaSet: '/spec/template',
    ReplicationController: '/spec/template',
    StatefulSet: '/spec/template',
  }),
);

/**
 * API groups and kinds of objects that are not workloads, although they can contain something that
 * looks like a pod template, for example a policy or the values of a Helm chart.
 */
const NOT_WORKLOADS = [
  /^(apiextensions|admission|admissionregistration)\.k8s\.io\//,
  /^(policies\.)?kyverno\.io\//,
  /^[a-z.]*gatekeeper\.sh\//,
  /^helm\.toolkit\.fluxcd\.io\//,
  /^argoproj\.io\/\w+\/Application(Set)?$/,
];

const BUILT_IN = /^(v1$|apps\/|batch\/|extensions\/)/;

/**
 * Returns the JSON pointer of the pod template of a built-in kind. `undefined` for kinds without a
 * pod template, and for custom kinds.
 */
export function builtInTemplate(apiVersion: string, kind: string): string | undefined {
  return BUILT_IN.test(apiVersion) ? TEMPLATES.get(kind) : undefined;
}

/**
 * Returns the JSON pointers of the pod templates in a rendered object of any kind. A pod template
 * is an object whose `spec` contains a list of named `containers`. Custom kinds can contain pod
 * templates at any place, and more than one, for example for a launcher and its workers. The
 * pointer of a Pod is ''.
 */
export function podTemplates(object: unknown): string[] {
  const isPod = isObject(object) && object.apiVersion === 'v1';
  const isNamed = (path: string) =>
    objectsOf(at(object, ...keysOf(path), 'containers')).every(
      ({ name }) => typeof name === 'string',
    );
  return podSpecs(object)
    .filter(path => path.endsWith('/spec') && (isPod || path !== '/spec') && isNamed(path))
    .map(path => path.slice(0, -'/spec'.length));
}

/**
 * Returns the JSON pointers of the pod specs in a rendered object: those of its pod templates and,
 * in custom kinds, also pod specs outside of a template.
 */
export function podSpecs(object: unknown): string[] {
  if (!isObject(object)) {
    return [];
  }
  const builtIn = builtInTemplate(textOf(object.apiVersion ?? ''), textOf(object.kind ?? ''));
  if (builtIn !== undefined) {
    return isObject(at(object, ...keysOf(builtIn), 'spec')) ? [`${builtIn}/spec`] : [];
  }
  const found: string[] = [];
  visitCustom(object, (value, path) => {
    const isSpec = isPodSpec(value, path);
    if (isSpec) {
      found.push(path);
    }
    return !isSpec;
  });
  return found;
}

/** Checks whether an object is of a custom kind from which an operator may create pods. */
export function isCustom(object: JsonObject): boolean {
  const apiVersion = textOf(object.apiVersion ?? '');
  const kind = `${apiVersion}/${textOf(object.kind ?? '')}`;
  return !BUILT_IN.test(apiVersion) && !NOT_WORKLOADS.some(each => each.test(kind));
}

/**
 * Calls `show` for each JSON object inside an object of a custom kind, parents first. Skips the
 * children of an object if `show` returns false for it.
 */
export function visitCustom(
  object: JsonObject,
  show: (value: JsonObject, path: string) => boolean,
): void {
  if (!isCustom(object)) {
    return;
  }
  const visit = (value: unknown, path: string) => {
    if (Array.isArray(value)) {
      value.forEach((item, i) => visit(item, `${path}/${i}`));
      return;
    }
    if (!isObject(value) || !show(value, path)) {
      return;
    }
    for (const [key, child] of Object.entries(value)) {
      visit(child, path + pointer(key));
    }
  };
  for (const [key, value] of Object.entries(object)) {
    // pod templates are usually in `spec`, but some kinds have them in other top-level fields
    if (isObject(value) && key !== 'metadata' && key !== 'status') {
      visit(value, pointer(key));
    }
  }
}

/**
 * Checks whether an object is a pod spec. In the `spec` of a template, each container must have a
 * name or an image (Knative sets the names itself). Elsewhere it must have both, because some
 * operators have a field `containers` that only contains parts of containers.
 */
function isPodSpec(value: JsonObject, path: string): boolean {
  const { containers } = value;
  const has = (container: Json, field: string) => typeof at(container, field) === 'string';
  const isTemplate = path.endsWith('/spec') && path !== '/spec';
  return (
    Array.isArray(containers) &&
    containers.length > 0 &&
    containers.every(c =>
      isTemplate ? has(c, 'name') || has(c, 'image') : has(c, 'name') && has(c, 'image'),
    )
  );
}

/**
 * The role of a container in its pod. A sidecar is an init container with `restartPolicy: Always`
 * (KEP-753).
 */
export type ContainerRole = 'container' | 'init' | 'sidecar' | 'ephemeral';

/** A container, its role, and its path below the pod spec. */
export interface Container {
  readonly role: ContainerRole;
  readonly name: string;
  readonly json: JsonObject;
  readonly path: readonly (string | number)[];
}

/** The container lists of a pod spec, in the order in which this library lists containers. */
const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** Checks whether a field of a pod spec is a list of containers. */
export function isListOfContainers(field: unknown): boolean {
  return (LISTS as readonly unknown[]).includes(field);
}

/**
 * Returns all containers of a pod spec: ordinary containers, then init containers, then ephemeral
 * containers.
 */
export function containersOf(podSpec: unknown): Container[] {
  const found: Container[] = [];
  for (const list of LISTS) {
    addContainers(found, list, at(podSpec, list));
  }
  return found;
}

function addContainers(
  found: Container[],
  list: (typeof LISTS)[number],
  items: Json | undefined,
): void {
  if (!Array.isArray(items)) {
    return;
  }
  for (let index = 0; index < items.length; index++) {
    // a plain loop for speed: every check of a pod calls this function
    const json = items[index];
    if (isObject(json)) {
      found.push({
        role: roleIn(list, json),
        name: textOf(json.name ?? ''),
        json,
        path: [list, index],
      });
    }
  }
}

function roleIn(list: (typeof LISTS)[number], { restartPolicy }: JsonObject): ContainerRole {
  switch (list) {
    case 'containers':
      return 'container';
    case 'initContainers':
      return restartPolicy === 'Always' ? 'sidecar' : 'init';
    case 'ephemeralContainers':
      return 'ephemeral';
  }
}

/** Returns the type of a volume: the name of its field besides `name`, for example `configMap`. */
export function volumeType(volume: JsonObject): string | undefined {
  return Object.keys(volume).find(key => key !== 'name');
}
