import { objectsOf, textOf } from '../kube/json';
import type { Pod } from '../read/pod';

/**
 * The node labels that a pod insists on: its node selector, and required node affinity with one
 * value.
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
  // several terms are alternatives
  const expressions = terms.length === 1 ? objectsOf(terms[0].matchExpressions) : [];
  const single = expressions.flatMap(({ key, operator, values }) =>
    operator === 'In' && Array.isArray(values) && values.length === 1
      ? [[textOf(key), textOf(values[0])] as const]
      : [],
  );
  return new Map([...selector, ...single]);
}

/** Whether a pod tolerates a taint of that key, whatever its value and effect, or of that value. */
export function tolerates(pod: Pod, key: string, value?: string): boolean {
  return objectsOf(pod.at('tolerations')).some(toleration =>
    toleration.operator === 'Exists'
      ? toleration.key === undefined || toleration.key === '' || toleration.key === key
      : toleration.key === key && (value === undefined || (toleration.value ?? '') === value),
  );
}

/** Keys of taints that a pod tolerates by name. */
export function toleratedKeys(pod: Pod): string[] {
  return objectsOf(pod.at('tolerations')).flatMap(({ key }) =>
    typeof key === 'string' && key !== '' ? [key] : [],
  );
}
