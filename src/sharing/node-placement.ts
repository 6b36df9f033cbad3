import { objectsOf, textOf } from '../kube/json';
import { NODE_HOSTNAME } from '../kube/well-known';
import type { Pod } from '../read/pod';

/**
 * Returns the node labels that a pod requires: those of its node selector, and those of its
 * required node affinity if only one value is possible.
 */
export function nodeLabels(pod: Pod): Map<string, string> {
  const selector = Object.entries(pod.at('nodeSelector') ?? {}).map(
    ([key, value]) => [key, textOf(value)] as const,
  );
  const terms = objectsOf(
    pod.at(
      'affinity',
      'nodeAffinity',
      'requiredDuringSchedulingIgnoredDuringExecution',
      'nodeSelectorTerms',
    ),
  );
  // several terms are alternatives, so none of them is required
  const expressions = terms.length === 1 ? objectsOf(terms[0].matchExpressions) : [];
  const single = expressions.flatMap(({ key, operator, values }) =>
    operator === 'In' && Array.isArray(values) && values.length === 1
      ? [[textOf(key), textOf(values[0])] as const]
      : [],
  );
  return new Map([...selector, ...single]);
}

/**
 * Returns the node labels that a pod requires as requirements of a label selector, `key=value`,
 * sorted. Empty if the pod requires none, so that it can run on all nodes.
 */
export function nodeRequirements(pod: Pod): string[] {
  return [...nodeLabels(pod)].map(([key, value]) => `${key}=${value}`).sort();
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
