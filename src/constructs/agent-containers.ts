import type * as kplus from 'cdk8s-plus-27';
import { InputError, show } from '../errors';

/** The name that cdk8s-plus gives a container without one. */
const UNNAMED = 'main';

/** The names of containers; an error where two have one name, or one has no memory limit: cdk8s-plus would give it one that nobody chose. */
export function checkContainers(containers: readonly kplus.ContainerProps[], where: string): string[] {
  const names = containers.map(c => c.name ?? UNNAMED);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError(where, { code: 'SHM009', field: 'containers', given: `two containers named ${twice}`, allowed: 'different names', fix: 'give each container a name' });
  }
  containers.forEach((container, i) => {
    if (container.resources?.memory?.limit) { return; }
    throw new InputError(where, {
      code: 'SHM013',
      field: `containers[${i}].resources.memory.limit`,
      given: `no memory limit for container ${names[i]}`,
      allowed: 'a memory limit on every container of an agent',
      fix: 'write resources: { memory: { request: Size.mebibytes(384), limit: Size.mebibytes(384) } } with the numbers of your agent',
    });
  });
  return names;
}

/** The container that serves the memory: the only one, or the one that is named. */
export function servingContainer(names: readonly string[], named: string | undefined, where: string): string {
  const serving = named ?? (names.length === 1 ? names[0] : undefined);
  if (serving !== undefined && names.includes(serving)) { return serving; }
  throw new InputError(where, {
    code: 'SHM009',
    field: 'container',
    given: named === undefined ? `nothing, for an agent with ${names.length} containers` : show(named),
    allowed: `one of: ${names.join(', ') || 'none, as the agent has no containers'}`,
    fix: names.length === 0 ? 'give the agent a container' : `name the container that serves the memory: container: '${names[0]}'`,
  });
}
