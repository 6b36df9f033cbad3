import type * as kplus from 'cdk8s-plus-27';
import { InputError, show } from '../../errors';

/** The names of an agent's containers. */
export interface AgentContainers {
  readonly ordinary: readonly string[];
  readonly init: readonly string[];
}

type List = readonly kplus.ContainerProps[];

/**
 * Returns the names of containers. It is an error if two have the same name, or if one has no
 * memory limit: cdk8s-plus would give it one that nobody chose.
 */
export function checkContainers(
  containers: List,
  initContainers: List,
  where: string,
): AgentContainers {
  for (const [field, list] of [
    ['containers', containers],
    ['initContainers', initContainers],
  ] as const) {
    if (Array.isArray(list) && list.every(c => typeof c === 'object' && c !== null)) {
      continue;
    }
    throw new InputError(where, {
      code: 'SHM009',
      field,
      given: show(list),
      allowed: 'a list of containers',
      fix: `write ${field}: [{ name: 'agent', image: '...' }]`,
    });
  }
  // The names that cdk8s-plus gives containers without one.
  const ordinary = containers.map(c => c.name ?? 'main');
  const init = initContainers.map((c, i) => c.name ?? `init-${i}`);
  const names = [...ordinary, ...init];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError(where, {
      code: 'SHM009',
      field: 'containers',
      given: `two containers named ${twice}`,
      allowed: 'different names',
      fix: 'give each container a name',
    });
  }
  [...containers, ...initContainers].forEach((container, i) => {
    if (container.resources?.memory?.limit) {
      return;
    }
    const field =
      i < containers.length ? `containers[${i}]` : `initContainers[${i - containers.length}]`;
    throw new InputError(where, {
      code: 'SHM013',
      field: `${field}.resources.memory.limit`,
      given: `no memory limit for container ${names[i]}`,
      allowed: 'a memory limit on every container of an agent',
      fix: 'write resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } } with the numbers of your agent',
    });
  });
  return { ordinary, init };
}

/** The container that serves the memory: the only one, or the one that is named. */
export function servingContainer(
  names: readonly string[],
  named: string | undefined,
  where: string,
): string {
  const serving = named ?? (names.length === 1 ? names[0] : undefined);
  if (serving !== undefined && names.includes(serving)) {
    return serving;
  }
  throw new InputError(where, {
    code: 'SHM009',
    field: 'container',
    given:
      named === undefined ? `nothing, for an agent with ${names.length} containers` : show(named),
    allowed: `one of: ${names.join(', ') || 'none, because the agent has no containers'}`,
    fix:
      names.length === 0
        ? 'give the agent a container'
        : `name the container that serves the memory: container: '${names[0]}'`,
  });
}
