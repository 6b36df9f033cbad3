import { CLIENT_USERS, ENV_SOURCES, type ContractSpec, type EnvSpec } from './contract-spec';
import { memoriesFor } from './process-operations';
import { show, type Need } from '../../errors';
import { isEnvName } from '../../kube/names';
import { isPathBelow } from '../../kube/path';

/**
 * Checks what a contract gives to the processes of both sides: variables, umask and user.
 *
 * @param isRead whether a field of the contract could be read
 */
export function checkProcesses(
  spec: ContractSpec,
  need: Need,
  isRead: (field: keyof ContractSpec) => boolean,
): void {
  for (const [name, each] of Object.entries(spec.env ?? {})) {
    need(
      isEnvName(name),
      'SHM007',
      'env',
      name,
      'names of letters, digits, "_", "-" and ".", that do not begin with a digit',
      'write a name like ROUTES_PATH',
    );
    checkVariable(spec, name, each, need, isRead('memory'));
  }
  need(
    spec.umask === undefined || /^[0-7]{3}$/.test(spec.umask),
    'SHM007',
    'umask',
    spec.umask,
    'three octal digits',
    "write umask: '007' for files that the group may read and write, '027' for files that it may read",
  );
  need(
    !isRead('clientUser') || !keepsGroupOut(spec),
    'SHM007',
    'umask',
    spec.umask,
    'a umask that lets the group read what the agent creates: clients have the memory as members of its group',
    "write umask: '027', or '007' if clients write what the agent creates",
  );
  need(
    spec.clientUser === undefined || CLIENT_USERS.includes(spec.clientUser),
    'SHM007',
    'clientUser',
    spec.clientUser,
    'ClientUser.own() or ClientUser.owner()',
    'write one of them, or leave it out',
  );
  need(
    spec.clientUser !== 'owner' || spec.ownerId !== 0,
    'SHM004',
    'clientUser',
    'ClientUser.owner(), where the owner is root',
    'ClientUser.own(): a client that is root can take the memory from the agent',
    'leave it out, or give the memory an owner that is not root',
  );
  need(
    spec.clientUser !== 'owner' || spec.ownerId !== undefined,
    'SHM004',
    'ownerId',
    spec.ownerId,
    'the id of a user, because clients run as it: ClientUser.owner()',
    'say who owns the memory: ownerId: 10001',
  );
}

/** Whether clients cannot read what is created with the umask. */
function keepsGroupOut({ umask = '', groupId, clientUser }: ContractSpec): boolean {
  return /^[0-7][4-7][0-7]$/.test(umask) && groupId !== undefined && clientUser !== 'owner';
}

function checkVariable(
  spec: ContractSpec,
  name: string,
  each: EnvSpec,
  need: Need,
  hasMemory: boolean,
): void {
  const field = `env ${name}`;
  need(
    ENV_SOURCES.includes(each.from),
    'SHM007',
    field,
    each.from,
    'ContractEnv.path(), .file() or .sizeInBytes()',
    'write one of them',
  );
  const possible = memoriesFor(spec, each);
  const named = possible.filter(m => each.memory === undefined || m.name === each.memory);
  need(
    !hasMemory || named.length === 1,
    'SHM007',
    `memory of ${field}`,
    each.memory,
    possible.length === 0
      ? each.from === 'sizeInBytes'
        ? 'a memory with a size, which this contract does not have'
        : 'a memory with a path, which System V memory does not have'
      : `one of ${possible.map(m => m.name).join(', ')}`,
    possible.length === 0
      ? each.from === 'sizeInBytes'
        ? 'leave the variable out, or give the memory a size'
        : 'leave the variable out, or use ContractEnv.sizeInBytes()'
      : `name the memory: ${withMemory(each, possible[0].name)}`,
  );
  need(
    (each.from === 'file') === (each.file !== undefined) &&
      (each.file === undefined || isPathBelow(each.file)),
    'SHM007',
    `file of ${field}`,
    each.file,
    'a relative path without "..", and only for ContractEnv.file()',
    "write the path below the memory: ContractEnv.file('table.bin')",
  );
}

/** Returns a variable as the user's code writes it, with the memory that it is of. */
function withMemory({ from, file }: EnvSpec, memory: string): string {
  const named = from === 'file' ? `${show(file)}, { memory: '${memory}' }` : `'${memory}'`;
  return `ContractEnv.${from}(${named})`;
}
