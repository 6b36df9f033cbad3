import { itemsOf, objectsOf, pointer, textOf, type JsonObject } from '../kube/json';
import { NODE_HOSTNAME } from '../kube/well-known';
import type { Pod } from '../read/pod';

/**
 * Returns the node labels that a pod requires: those of its node selector, and those of its
 * required node affinity if only one value is possible in each of its terms.
 */
export function nodeLabels(pod: Pod): Map<string, string> {
  const selector = Object.entries(pod.at('nodeSelector') ?? {}).map(
    ([key, value]) => [key, textOf(value)] as const,
  );
  // several terms are alternatives, so only what all of them require is required
  const [first = [], ...others] = requiredTerms(pod).map(singleValues);
  const common = first.filter(([key, value]) =>
    others.every(each => each.some(([k, v]) => k === key && v === value)),
  );
  return new Map([...selector, ...common]);
}

/** Returns the labels of which a term of a node affinity allows a single value. */
function singleValues({ matchExpressions }: JsonObject): (readonly [string, string])[] {
  return objectsOf(matchExpressions).flatMap(({ key, operator, values }) =>
    operator === 'In' && Array.isArray(values) && values.length === 1
      ? [[textOf(key), textOf(values[0])] as const]
      : [],
  );
}

/**
 * Returns the node labels that a pod requires as requirements of a label selector, `key=value`,
 * sorted. Empty if the pod requires none, so that it can run on all nodes.
 */
export function nodeRequirements(pod: Pod): string[] {
  return [...nodeLabels(pod)].map(([key, value]) => `${key}=${value}`).sort();
}

/** A requirement of a pod that no node with some labels meets. */
export interface Exclusion {
  /** Where the pod requires it, below the pod spec. */
  readonly path: string;
  /** The label of the nodes that does not meet it. */
  readonly label: readonly [key: string, value: string];
}

/**
 * Returns what keeps a pod off all nodes that have the labels. Absent if it can run on one of them,
 * as far as the labels show.
 */
export function exclusionFrom(
  pod: Pod,
  labels: ReadonlyMap<string, string>,
): Exclusion | undefined {
  const selected = Object.entries(pod.at('nodeSelector') ?? {}).find(
    ([key, value]) => labels.has(key) && labels.get(key) !== textOf(value),
  );
  if (selected) {
    const [key] = selected;
    return { path: pointer('nodeSelector', key).slice(1), label: [key, labels.get(key) ?? ''] };
  }
  const refused = requiredTerms(pod).map((term, index) => {
    const expressions = objectsOf(term.matchExpressions);
    const at = expressions.findIndex(each => refuses(each, labels));
    const key = textOf(expressions[at]?.key);
    const path = pointer(...REQUIRED_TERMS, `${index}`, 'matchExpressions', `${at}`).slice(1);
    return at < 0 ? undefined : { path, label: [key, labels.get(key) ?? ''] as const };
  });
  // the terms are alternatives, so all of them must refuse the nodes
  return refused.includes(undefined) ? undefined : refused[0];
}

/** Checks whether a node selector requirement refuses every node that has the labels. */
function refuses(
  { key, operator, values }: JsonObject,
  labels: ReadonlyMap<string, string>,
): boolean {
  const value = labels.get(textOf(key));
  if (value === undefined) {
    return false;
  }
  const given = itemsOf(values).map(textOf);
  switch (operator) {
    case 'In':
      return !given.includes(value);
    case 'NotIn':
      return given.includes(value);
    case 'DoesNotExist':
      return true;
    case 'Gt':
      return !(Number.parseInt(value, 10) > Number.parseInt(given[0], 10));
    case 'Lt':
      return !(Number.parseInt(value, 10) < Number.parseInt(given[0], 10));
    default:
      return false;
  }
}

const REQUIRED_TERMS = [
  'affinity',
  'nodeAffinity',
  'requiredDuringSchedulingIgnoredDuringExecution',
  'nodeSelectorTerms',
];

function requiredTerms(pod: Pod): JsonObject[] {
  return objectsOf(pod.at(...REQUIRED_TERMS));
}

/** Checks whether a pod requires one node by name. */
export function selectsOneNode(pod: Pod): boolean {
  return pod.at('nodeName') !== undefined || nodeLabels(pod).has(NODE_HOSTNAME);
}

/** A taint that a pod can tolerate. Without an effect, its effect is unknown. */
export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect?: string;
}

/**
 * Checks whether the pod tolerates a taint. If the value or the effect of the taint is not known,
 * a toleration of any value or effect is enough.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export function tolerates(pod: Pod, { key, value, effect }: Taint): boolean {
  return objectsOf(pod.at('tolerations')).some(toleration => {
    if (effect !== undefined && (toleration.effect || effect) !== effect) {
      return false;
    }
    return toleration.operator === 'Exists'
      ? toleration.key === undefined || toleration.key === '' || toleration.key === key
      : toleration.key === key && (value === undefined || (toleration.value ?? '') === value);
  });
}

/**
 * Returns the taints that the tolerations of a pod name by key, without their values. Leaves out
 * those with the effect PreferNoSchedule, because they do not keep a pod off a node.
 */
export function toleratedTaints(pod: Pod): Taint[] {
  return objectsOf(pod.at('tolerations')).flatMap(({ key, effect }) =>
    typeof key === 'string' && key !== '' && effect !== 'PreferNoSchedule'
      ? [{ key, ...(typeof effect === 'string' && effect !== '' ? { effect } : {}) }]
      : [],
  );
}

/** Returns those of some taints that have the name of a label of nodes, with its value. */
export function taintsOfNodes(
  labels: ReadonlyMap<string, string>,
  taints: readonly Taint[],
): Taint[] {
  return taints
    .filter(({ key }) => labels.has(key))
    .map(taint => ({ ...taint, value: labels.get(taint.key) }));
}
