import { at, itemsOf, objectsOf, textOf, type JsonObject } from '../../../src/kube/json';

export const CLUSTER_SCOPED = [
  ...['Namespace', 'PersistentVolume', 'ClusterRole', 'ClusterRoleBinding', 'PriorityClass'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  ...['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'],
];
export const WORKLOADS = ['Deployment', 'DaemonSet', 'StatefulSet', 'CronJob', 'Job', 'Pod'];

/** An object in the cluster. */
export interface Stored {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly json: JsonObject;
}

/** A node of the cluster. */
export interface Node {
  readonly labels: Map<string, string>;
  readonly taints: Set<string>;
}

/** `Kind namespace/name`. */
export function nameOf({ kind, namespace, name }: Stored): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** A node that a workload runs on: with the labels that it requires and the taints it tolerates. */
export function nodeFor(object: Stored): Node {
  const { json } = object;
  const spec = at(json, 'spec', 'template', 'spec');
  const terms = objectsOf(
    at(
      spec,
      ...['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'],
      'nodeSelectorTerms',
    ),
  );
  const expressions = terms
    .flatMap(term => objectsOf(term.matchExpressions))
    .filter(({ operator }) => operator === 'In')
    .map(({ key, values }) => [textOf(key), textOf(itemsOf(values)[0])] as const);
  const startup = startupTaintOf(object);
  const tolerated = objectsOf(at(spec, 'tolerations')).flatMap(({ key }) =>
    typeof key === 'string' && !key.startsWith('node.kubernetes.io/') ? [key] : [],
  );
  const selector = Object.entries(at(spec, 'nodeSelector') ?? {});
  return {
    labels: new Map([
      ['kubernetes.io/os', 'linux'],
      ...selector
        .filter(([key]) => !key.endsWith('-cleanup')) // given by the command that runs it
        .map(([key, value]) => [key, textOf(value)] as const),
      ...expressions,
    ]),
    taints: new Set([...tolerated, ...(startup === undefined ? [] : [startup])]),
  };
}

/** Checks whether a selector selects something with some labels. */
export function selects(selector: string, labels: ReadonlyMap<string, string>): boolean {
  return (
    selector !== '' &&
    selector.split(',').every(requirement => {
      const [key, value] = requirement.split('=');
      return labels.has(key) && (value === undefined || labels.get(key) === value);
    })
  );
}

/** Returns the annotation of this library with a name, as text. */
function annotation({ json }: Stored, name: string): string {
  return textOf(at(json, 'metadata', 'annotations', `cdk8s-shared-memory/${name}`) ?? '');
}

/** What a cluster has beside an object that is to be deleted. */
export interface Beside {
  readonly others: readonly Stored[];
  /** Workloads that somebody has rendered without their contract. */
  readonly released: ReadonlySet<Stored>;
  readonly nodes: readonly Node[];
}

/**
 * Fails where the API server would wait or refuse to delete an object, and where something else
 * would break.
 */
export function checkUnused(object: Stored, { others, released, nodes }: Beside): void {
  const { kind, name, namespace, json } = object;
  const text = (each: Stored) => JSON.stringify(each.json);
  const fail = (why: string, isWhy: (each: Stored) => boolean) => {
    const by = others.filter(isWhy);
    if (by.length > 0) {
      throw new Error(`${why}: ${by.map(nameOf).join(', ')}`);
    }
  };
  switch (kind) {
    case 'PersistentVolumeClaim':
      return fail(
        'waits for the pods that have it',
        each =>
          WORKLOADS.includes(each.kind) &&
          each.namespace === namespace &&
          !released.has(each) &&
          text(each).includes(`"claimName":${JSON.stringify(name)}`),
      );
    case 'PersistentVolume': {
      const claim = at(json, 'spec', 'claimRef');
      return fail(
        'waits for its claim',
        each =>
          each.kind === 'PersistentVolumeClaim' &&
          each.name === at(claim, 'name') &&
          each.namespace === at(claim, 'namespace'),
      );
    }
    case 'MutatingAdmissionPolicy':
    case 'ValidatingAdmissionPolicy':
      return fail(
        'leaves a binding without its policy',
        each => each.kind === `${kind}Binding` && at(each.json, 'spec', 'policyName') === name,
      );
    case 'Namespace':
      return fail(
        'has other workloads in it',
        each => each.namespace === name && WORKLOADS.includes(each.kind),
      );
    case 'DaemonSet': {
      const about = new RegExp(
        `namespace=\\\\"${namespace}\\\\"[^}]*daemonset=~\\\\"([^"]*\\|)?${name}[|\\\\]`,
      );
      fail('makes alerts fire', each => each.kind === 'PrometheusRule' && about.test(text(each)));
      const key = startupTaintOf(object);
      if (key !== undefined && nodes.some(({ taints }) => taints.has(key))) {
        throw new Error(`nobody removes the taint ${key} any more`);
      }
    }
  }
}

/** Checks whether an object is an agent, whose pods have the memory until they end. */
export function isAgent({ kind, json }: Stored): boolean {
  const annotations = JSON.stringify(at(json, 'metadata', 'annotations') ?? {});
  return kind === 'DaemonSet' && annotations.includes('\\"side\\":\\"agent\\"');
}

/** Checks whether an object is a guard, which goes on until its pods are gone. */
export function isGuard(object: Stored): boolean {
  return annotation(object, 'node-task').includes('"guard"');
}

function startupTaintOf(object: Stored): string | undefined {
  return /"key":"([^"]*)"/.exec(annotation(object, 'startup-taint'))?.[1];
}
