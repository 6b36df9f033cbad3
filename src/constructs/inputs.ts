import { InputError, show, type Where } from '../errors';
import { Access } from './access';
import type { ContractSpec } from '../model/contract-spec';
import type { ContainerNames } from '../wire/edit';

/* What TypeScript refuses and JavaScript lets through, where it would do something else than was meant. */

/** Options by which workloads are attached: to a contract, or to a sidecar. */
export const ATTACH_TO_ALL = ['access', 'accounting', 'containers'] as const;
export const ATTACH_TO = [...ATTACH_TO_ALL, 'only'] as const;

/** Properties or options: an object, with none but the keys that somebody reads. */
export function optionsOf<T extends object>(given: T, where: Where, keys?: readonly (keyof T & string)[]): T {
  if (typeof given !== 'object' || given === null) {
    throw new InputError(where, { code: 'SHM007', field: 'properties', given: show(given), allowed: 'an object', fix: 'write them as the documentation has them' });
  }
  const unknown = keys ? Object.keys(given).filter(key => !(keys as readonly string[]).includes(key)) : [];
  if (unknown.length > 0) {
    throw new InputError(where, { code: 'SHM007', field: 'options', given: show(unknown), allowed: `options among ${keys?.join(', ')}`, fix: 'correct the name, or leave it out' });
  }
  return given;
}

/** The containers that an option names: at least one, by name. */
export function containerNames(given: string[] | undefined, where: Where): ContainerNames {
  if (given === undefined) { return 'only'; }
  if (Array.isArray(given) && given.length > 0 && given.every(name => typeof name === 'string')) { return [...new Set(given)]; }
  throw new InputError(where, {
    code: 'SHM009', field: 'containers', given: show(given), allowed: 'a list of one container name or more', fix: 'write { containers: [\'api\'] }, or leave it out for a pod with one container',
  });
}

/** An access that the contract allows. */
export function allowedAccess(spec: ContractSpec, given: Access, where: Where): Access {
  if (given === Access.READ_ONLY || (given === Access.READ_WRITE && spec.clients === 'readWrite')) { return given; }
  const asked = given === Access.READ_WRITE;
  throw new InputError(where, {
    code: 'SHM012',
    field: 'access',
    given: asked ? 'Access.READ_WRITE' : show(given),
    allowed: spec.clients === 'readWrite' ? 'Access.READ_ONLY or Access.READ_WRITE' : `Access.READ_ONLY, the most that contract ${spec.name} allows any client`,
    fix: asked ? 'ask the owner of the contract for clients: Access.READ_WRITE, or read only' : 'write Access.READ_ONLY',
  });
}

/** The data of a value that a static method made, like `Backing.directory()`. */
export function partOf<K extends '_spec' | '_kind', T>(given: { readonly [key in K]: T }, key: K, field: string, allowed: string, where: Where): T {
  if (given?.[key] !== undefined) { return given[key]; }
  throw new InputError(where, { code: 'SHM007', field, given: show(given), allowed, fix: `write ${allowed}` });
}
