import {
  add,
  CelExpression,
  celPath,
  celString,
  celValue,
  onlyIf,
  type CelJson,
} from './cel-values';
import type { Part } from './compiled-part';
import { joined, WIRED_BY_OTHERS } from './wired-containers';
import type { JsonObject } from '../../kube/json';
import type { AddInitContainer } from '../../wire/edit';
import { namesOf } from '../policy/cel';

/** Inserts the step that waits before the init containers of the pod. */
export function compiledStep(
  { container, asUserOf }: AddInitContainer,
  owner: string,
  i: number,
): Part {
  const step = `waitStep${i}`;
  const id = (field: string) =>
    `variables.used.map(c, c.?securityContext.?${field}.orValue(object.spec.?securityContext.?${field}.orValue(-1)))`;
  const common = (ids: string) =>
    `variables.${ids}.size() > 0 && variables.${ids}.all(id, id == variables.${ids}[0]) ? variables.${ids}[0] : -1`;
  const users = [
    { name: 'users', expression: id('runAsUser') },
    { name: 'groups', expression: id('runAsGroup') },
    { name: 'user', expression: common('users') },
    { name: 'group', expression: common('groups') },
  ];
  const isOurs = `c.name == ${celString(container.name)}`;
  const like = ['image', 'command', 'args']
    .filter(field => container[field] !== undefined)
    .map(
      field =>
        `c.?${field}.orValue(${field === 'image' ? "''" : '[]'}) == variables.${step}.${field}`,
    );
  return {
    variables: [
      ...(asUserOf ? users : []),
      { name: step, expression: celValue(stepValue(container, asUserOf)) },
    ],
    conflicts: [
      {
        name: `otherStep${i}`,
        refused: namesOf('variables.all', 'c', `${isOurs} && !(${like.join(' && ')})`),
        says: celString(`${owner} uses this name for its init container; rename the container: `),
      },
    ],
    mutation: {
      field: 'initContainers',
      operations: joined(
        onlyIf('!has(object.spec.initContainers)', add(celPath('spec', 'initContainers'), [])),
        onlyIf(
          `!variables.all.exists(c, ${isOurs})`,
          add(celPath('spec', 'initContainers', '0'), new CelExpression(`variables.${step}`)),
        ),
      ),
    },
    missing: [
      {
        name: `missingStep${i}`,
        refused: `object.spec.?initContainers.orValue([]).exists(c, ${isOurs}) ? [] : [${celString(`init container ${container.name}`)}]`,
        says: WIRED_BY_OTHERS,
      },
    ],
  };
}

/** Returns the step, with the user and the group of the containers that it waits for. */
function stepValue(
  container: AddInitContainer['container'],
  asUserOf: AddInitContainer['asUserOf'],
): CelJson {
  if (!asUserOf) {
    return container;
  }
  const context = container.securityContext as JsonObject;
  const { name, value } = asUserOf.variable;
  const isKnown = 'variables.user > 0 && variables.group >= 0';
  const cel = (text: string) => new CelExpression(text);
  return {
    ...(container as { readonly [key: string]: CelJson }),
    env: (container.env as readonly JsonObject[]).map(each =>
      each.name === name
        ? {
            name,
            value: cel(`${isKnown} ? ${celString(value)} : ${celString(String(each.value ?? ''))}`),
          }
        : each,
    ),
    securityContext: {
      ...(context as { readonly [key: string]: CelJson }),
      runAsUser: cel(`variables.user > 0 ? variables.user : ${String(context.runAsUser)}`),
      runAsGroup: cel(`${isKnown} ? variables.group : ${String(context.runAsGroup)}`),
    },
  };
}
