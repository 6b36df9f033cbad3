import { add, celString, type CelJson } from './cel-values';

/** The sentence for a pod that has no conflict and is not wired as it must be. */
export const WIRED_BY_OTHERS = celString(
  'the pod is not wired as its label asks: the policy that does it is not in force yet, or another webhook changed the pod; create it again in some seconds. What is missing: ',
);

/** Joins CEL lists. */
export function joined(...lists: readonly string[]): string {
  return lists.join('\n+ ');
}

/** Adds something to a list of each container that shares the memory and does not have it. */
export function inContainers(field: string, lacks: string, value: CelJson): string {
  const lists = [
    ['containers', 'containerNames'],
    ['initContainers', 'initNames'],
  ] as const;
  return joined(
    ...lists.flatMap(([list, names]) => {
      const path = `'/spec/${list}/' + string(variables.${names}.indexOf(c.name))`;
      const from = `object.spec.${list === 'containers' ? list : `?${list}.orValue([])`}`;
      const chosen = `${from}.filter(c, c.name in variables.names && ${lacks})`;
      return [
        `${chosen}.filter(c, !has(c.${field})).map(c, ${add(`${path} + '/${field}'`, [])})`,
        `${chosen}.map(c, ${add(`${path} + '/${field}/-'`, value)})`,
      ];
    }),
  );
}
