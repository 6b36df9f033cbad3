import { at, isObject, itemsOf, objectsOf, textOf } from './json';

/** Whether a label selector matches labels. */
export function selects(selector: unknown, labels: unknown): boolean {
  const value = (key: string) => isObject(labels) ? labels[key] : undefined;
  const wanted = at(selector, 'matchLabels');
  return Object.entries(isObject(wanted) ? wanted : {}).every(([key, one]) => value(key) === one)
    && objectsOf(at(selector, 'matchExpressions')).every(({ key, operator, values }) => {
      const has = value(textOf(key));
      switch (operator) {
        case 'In': return itemsOf(values).includes(has ?? null) && has !== undefined;
        case 'NotIn': return has === undefined || !itemsOf(values).includes(has);
        case 'Exists': return has !== undefined;
        case 'DoesNotExist': return has === undefined;
        default: return true; // refused for another reason
      }
    });
}
