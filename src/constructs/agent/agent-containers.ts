import type * as kplus from 'cdk8s-plus-27';
import { checkAll, InputError, show, type InputChecks } from '../../errors';

/** The names of an agent's containers. */
export interface AgentContainers {
  readonly ordinary: readonly string[];
  readonly init: readonly string[];
}

type List = readonly kplus.ContainerProps[];

/** Returns the names of containers. Throws an error if they are no containers. */
export function agentContainers(
  containers: List,
  initContainers: List,
  where: string,
): AgentContainers {
  checkAll(where, ({ need }) => {
    for (const [field, list] of [
      ['containers', containers],
      ['initContainers', initContainers],
    ] as const) {
      need(
        Array.isArray(list) && list.every(c => typeof c === 'object' && c !== null),
        'SHM009',
        field,
        list,
        'a list of containers',
        `write ${field}: [{ name: 'agent', image: '...' }]`,
      );
    }
  });
  // The names that cdk8s-plus gives containers without one.
  return {
    ordinary: containers.map(c => c.name ?? 'main'),
    init: initContainers.map((c, i) => c.name ?? `init-${i}`),
  };
}

/**
 * Checks the containers of an agent. It is an error if two have the same name, or if one has no
 * memory limit: cdk8s-plus would give it one that nobody chose.
 */
export function checkContainers(
  { init, ordinary }: AgentContainers,
  containers: List,
  initContainers: List,
  { add }: InputChecks,
): void {
  const names = [...ordinary, ...init];
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  for (const name of new Set(twice)) {
    add({
      code: 'SHM009',
      field: 'containers',
      given: `two containers named ${name}`,
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
    add({
      code: 'SHM013',
      field: `${field}.resources.memory.limit`,
      given: `no memory limit for container ${names[i]}`,
      allowed: 'a memory limit on every container of an agent',
      fix: 'write resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } } with the numbers of your agent',
    });
  });
}

/** The container that serves the memory: the only one, or the one that is named. */
export function servingContainer(
  all: readonly string[],
  named: string | undefined,
  where: string,
): string {
  const names = [...new Set(all)];
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
