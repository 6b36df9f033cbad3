import { at, isObject, itemsOf, objectsOf, textOf, type Json } from '../kube/json';
import { NAMESPACE_NAME } from '../kube/well-known';

/** The namespaces that a namespaceSelector names. */
export interface SelectedNamespaces {
  /** The names that its requirements of the name allow. Absent if it has no such requirement. */
  readonly named?: readonly string[];
  /**
   * Whether it asks for something else, too: other labels, which the namespaces need not have. Then
   * nobody can say without the cluster whether it selects them.
   */
  readonly asksForMore: boolean;
}

/** Reads the names of namespaces in a selector: every requirement must hold. */
export function selectedNamespaces(selector: Json | undefined): SelectedNamespaces {
  const labels = Object.entries(at(selector, 'matchLabels') ?? {});
  const expressions = objectsOf(at(selector, 'matchExpressions'));
  const ofName = [
    ...labels.filter(([key]) => key === NAMESPACE_NAME).map(([, value]) => [textOf(value)]),
    ...expressions.filter(isOfNames).map(({ values }) => itemsOf(values).map(textOf)),
  ];
  const [first, ...others] = ofName;
  return {
    ...(first && {
      named: [...new Set(first)].filter(name => others.every(each => each.includes(name))),
    }),
    asksForMore: labels.length + expressions.length > ofName.length,
  };
}

/** Returns a selector without its requirements of the name. */
export function withoutNames(selector: Json | undefined): Json | undefined {
  if (!isObject(selector)) {
    return selector;
  }
  const { matchLabels, matchExpressions, ...rest } = selector;
  const labels = Object.entries(matchLabels ?? {}).filter(([key]) => key !== NAMESPACE_NAME);
  const expressions = objectsOf(matchExpressions).filter(each => !isOfNames(each));
  return {
    ...rest,
    ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels) }),
    ...(expressions.length > 0 && { matchExpressions: expressions }),
  };
}

function isOfNames({ key, operator }: { readonly key?: Json; readonly operator?: Json }): boolean {
  return key === NAMESPACE_NAME && operator === 'In';
}
