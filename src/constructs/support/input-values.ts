import { InputError, show, type Where } from '../../errors';
import { isDnsLabel } from '../../kube/names';
import type { ContractSpec } from '../../model/contract/contract-spec';
import type { ContainerNames } from '../../wire/edit';
import { Access } from '../contract/access';

/*
 * What TypeScript refuses and JavaScript lets through, where it would do something else than was
 * meant.
 */

/** The containers that an option names: at least one, by name. */
export function containerNames(given: string[] | undefined, where: Where): ContainerNames {
  if (given === undefined) {
    return 'only';
  }
  if (Array.isArray(given) && given.length > 0 && given.every(name => typeof name === 'string')) {
    return [...new Set(given)];
  }
  throw new InputError(where, {
    code: 'SHM009',
    field: 'containers',
    given: show(given),
    allowed: 'a list of one or more container names',
    fix: `write { containers: ['${typeof given === 'string' ? given : 'NAME'}'] }${typeof given === 'string' ? '' : ' with the name of a container'}, or leave it out for a pod with one container`,
  });
}

/** The volumes that an option names. */
export function volumeNames(given: string[] | undefined, where: Where): readonly string[] {
  if (given === undefined) {
    return [];
  }
  if (Array.isArray(given) && given.every(name => typeof name === 'string' && name !== '')) {
    return [...new Set(given)];
  }
  throw new InputError(where, {
    code: 'SHM007',
    field: 'replaces',
    given: show(given),
    allowed: 'a list of names of volumes',
    fix: `write { replaces: ['${typeof given === 'string' ? given : 'dshm'}'] }, or leave it out`,
  });
}

/** A value that is true or false. Absent counts as false. */
export function flag(given: boolean | undefined, field: string, where: Where): boolean {
  if (given === undefined || typeof given === 'boolean') {
    return given === true;
  }
  throw new InputError(where, {
    code: 'SHM007',
    field,
    given: show(given),
    allowed: 'true or false',
    fix: `write ${field}: true, or leave it out`,
  });
}

/** An access that the contract allows. */
export function allowedAccess(
  spec: ContractSpec,
  given: Access,
  where: Where,
  field = 'access',
): Access {
  if (given === Access.READ_ONLY || (given === Access.READ_WRITE && spec.clients === 'readWrite')) {
    return given;
  }
  const asked = given === Access.READ_WRITE;
  throw new InputError(where, {
    code: 'SHM012',
    field,
    given: asked ? 'Access.READ_WRITE' : show(given),
    allowed:
      spec.clients === 'readWrite'
        ? 'Access.READ_ONLY or Access.READ_WRITE'
        : `Access.READ_ONLY, the most that contract ${spec.name} allows any client`,
    fix: asked
      ? `leave it out, and read; to write, ask the owner of the contract${spec.team === undefined ? '' : ` (${spec.team})`} for clients: Access.READ_WRITE. The owner must render the agent and the grants again, and send the new contract file; a change in a copy of it changes nothing on the node`
      : spec.clients === 'readWrite'
        ? 'write one of them'
        : 'write Access.READ_ONLY',
  });
}

/** The access that a namespace is granted: by default all that the contract allows. */
export function grantedAccess(
  spec: ContractSpec,
  given: Access | undefined,
  where: Where,
  field?: string,
): Access {
  const most = spec.clients === 'readWrite' ? Access.READ_WRITE : Access.READ_ONLY;
  return allowedAccess(spec, given ?? most, where, field);
}

/** The data of a value that a static method made, like `Backing.directory()`. */
export function partOf<K extends '_spec' | '_kind', T>(
  given: { readonly [key in K]: T },
  key: K,
  field: string,
  allowed: string,
  where: Where,
): T {
  if (given?.[key] !== undefined) {
    return given[key];
  }
  throw new InputError(where, {
    code: 'SHM007',
    field,
    given: show(given),
    allowed,
    fix: `write ${allowed}`,
  });
}

/** Checks the name of a namespace. */
export function checkNamespaceName(given: string, field: string, where: Where, fix: string): void {
  if (!isDnsLabel(given)) {
    throw new InputError(where, {
      code: 'SHM001',
      field,
      given: show(given),
      allowed: 'lowercase letters, digits and "-", at most 63 characters (a DNS label)',
      fix,
    });
  }
}
