import { objectsOf, textOf } from '../kube/json';
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
 * Checks whether the pod tolerates a taint with this key, regardless of the effect. If `value` is
 * given, a toleration without the operator Exists must match that value too.
 */
export function tolerates(pod: Pod, key: string, value?: string): boolean {
  return objectsOf(pod.at('tolerations')).some(toleration =>
    toleration.operator === 'Exists'
      ? toleration.key === undefined || toleration.key === '' || toleration.key === key
      : toleration.key === key && (value === undefined || (toleration.value ?? '') === value),
  );
}

/** Returns the taint keys that a pod tolerates explicitly. */
export function toleratedKeys(pod: Pod): string[] {
  return objectsOf(pod.at('tolerations')).flatMap(({ key }) =>
    typeof key === 'string' && key !== '' ? [key] : [],
  );
}
