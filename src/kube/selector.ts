import { at, equal, isObject, itemsOf, objectsOf, textOf, type Json } from './json';

/**
 * Checks whether a label selector matches labels. As in Kubernetes, an absent selector matches
 * nothing and an empty one matches everything. A selector with an unknown operator, which the API
 * server would reject, matches nothing.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function selects(selector: unknown, labels: unknown): boolean {
  if (!isObject(selector)) {
    return false;
  }
  const valueOf = (key: string): Json | undefined => at(labels, key);
  const wanted = isObject(selector.matchLabels) ? Object.entries(selector.matchLabels) : [];
  return (
    wanted.every(([key, value]) => valueOf(key) !== undefined && equal(valueOf(key), value)) &&
    objectsOf(selector.matchExpressions).every(({ key, operator, values }) =>
      fulfils(valueOf(textOf(key)), operator, itemsOf(values)),
    )
  );
}

function fulfils(
  value: Json | undefined,
  operator: Json | undefined,
  values: readonly Json[],
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** Checks whether a label selector is empty, so that it matches everything. */
export function isEmptySelector(selector: unknown): boolean {
  return (
    isObject(selector) &&
    Object.keys(at(selector, 'matchLabels') ?? {}).length === 0 &&
    objectsOf(selector.matchExpressions).length === 0
  );
}

/** Returns the selector of a Service as a label selector. Absent if the Service has no selector. */
export function serviceSelector(labels: unknown): { matchLabels: Json } | undefined {
  return isObject(labels) && Object.keys(labels).length > 0 ? { matchLabels: labels } : undefined;
}
