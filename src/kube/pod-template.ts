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

/** Where the pod template of Kubernetes' own kinds is. */
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
 * Groups and kinds of objects that only speak about pods: what looks like a pod template there runs
 * nowhere, or is a value that a chart makes something of.
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
 * The pointer of the pod template of a Kubernetes kind; `undefined` for kinds that have none, or
 * that are not Kubernetes' own.
 */
export function builtInTemplate(apiVersion: string, kind: string): string | undefined {
  return BUILT_IN.test(apiVersion) ? TEMPLATES.get(kind) : undefined;
}

/**
 * The JSON pointers of the pod templates in a rendered object, of whatever kind: a template is what
 * has a `spec` with a list of named `containers`. Custom kinds carry it anywhere, and may carry
 * several (launcher and worker). The pointer of a Pod is ''.
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
 * The JSON pointers of the pod specs in a rendered object: those of its pod templates, and in
 * custom kinds those that stand by themselves.
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

/** Whether an object is of a kind that an operator may make pods of. */
export function isCustom(object: JsonObject): boolean {
  const apiVersion = textOf(object.apiVersion ?? '');
  const kind = `${apiVersion}/${textOf(object.kind ?? '')}`;
  return !BUILT_IN.test(apiVersion) && !NOT_WORKLOADS.some(each => each.test(kind));
}

/**
 * Shows all maps in an object of a custom kind, from outside to inside; below a map only where
 * `show` says so.
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
    // most have a spec; some have their templates in other maps beside it
    if (isObject(value) && key !== 'metadata' && key !== 'status') {
      visit(value, pointer(key));
    }
  }
}

/**
 * In the `spec` of a template the containers have names or images (Knative gives the names);
 * elsewhere both, as operators have fields of that name for parts of containers.
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
 * What a container is for. A sidecar is an init container with `restartPolicy: Always` (KEP-753).
 */
export type ContainerRole = 'container' | 'init' | 'sidecar' | 'ephemeral';

/** A container with its role and its keys below the pod spec. */
export interface Container {
  readonly role: ContainerRole;
  readonly name: string;
  readonly json: JsonObject;
  readonly path: readonly (string | number)[];
}

/**
 * The lists of containers of a pod spec: the ordinary ones first, then the init containers in their
 * order, then the ephemeral ones.
 */
const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** Whether a field of a pod spec has containers. */
export function isListOfContainers(field: unknown): boolean {
  return (LISTS as readonly unknown[]).includes(field);
}

/** All containers of a pod spec, in the order of these lists. */
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
    // most pods have one or two, and all that looks at pods comes by here
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
