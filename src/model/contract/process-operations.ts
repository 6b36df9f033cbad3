import type { AccessKind, ContractSpec, EnvSpec, MemorySpec } from './contract-spec';
import { accessTo, ownerOf } from './node-layout';
import type { ContainerNames, Operation } from '../../wire/edit';

/** Returns the operations that give containers the variables of the contract. */
export function variables(spec: ContractSpec, containers: ContainerNames): Operation[] {
  return Object.entries(spec.env ?? {}).map(([name, each]): Operation => ({
    do: 'env',
    containers,
    name,
    value: valueOf(spec, each),
    reason: `${ownerOf(spec)}: ${WHAT[each.from]} of memory ${memoryOf(spec, each).name}`,
  }));
}

/**
 * Returns the operation that runs the command of containers with the umask of the contract. Only
 * containers that create files need it.
 */
export function umask(
  spec: ContractSpec,
  containers: ContainerNames,
  access: AccessKind,
): Operation[] {
  return spec.umask === undefined || access === 'readOnly'
    ? []
    : [
        {
          do: 'umask',
          containers,
          umask: spec.umask,
          reason: `${ownerOf(spec)}: umask ${spec.umask} for all files that the command of this container creates; no field of Kubernetes sets it, and hooks and probes do not get it`,
        },
      ];
}

/**
 * Returns the same operation for clients. They create no files in memory that they only read, as
 * the directory of a socket, nor in System V memory: its modes do not depend on the umask.
 */
export function clientUmask(
  spec: ContractSpec,
  containers: ContainerNames,
  access: AccessKind,
): Operation[] {
  const createsFiles = spec.memory.some(
    memory => memory.api !== 'systemV' && accessTo(memory, access) === 'readWrite',
  );
  return createsFiles ? umask(spec, containers, access) : [];
}

/** Returns the operation that makes clients run as the owner of the memory. */
export function clientUser(spec: ContractSpec, containers: ContainerNames): Operation[] {
  const why =
    "clients run as the owner of the memory, because the software creates files that only their owner may open; nothing keeps them from the owner's files";
  return spec.clientUser !== 'owner' || spec.ownerId === undefined
    ? []
    : [
        {
          do: 'runAs',
          containers,
          field: 'runAsUser',
          id: spec.ownerId,
          orRoot: false,
          why,
          reason: `${ownerOf(spec)}: ${why}`,
        },
      ];
}

const WHAT: Record<EnvSpec['from'], string> = {
  path: 'the path',
  file: 'a file',
  sizeInBytes: 'the size in bytes',
};

function valueOf(spec: ContractSpec, each: EnvSpec): string {
  const memory = memoryOf(spec, each);
  switch (each.from) {
    case 'path':
      return literal(String(memory.mountPath));
    case 'file':
      return literal(`${memory.mountPath}/${each.file}`);
    case 'sizeInBytes':
      return String(memory.size);
  }
}

/** Returns a text that the kubelet does not expand: it would take `$(NAME)` for a variable. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * Returns the memories that the value of a variable can be about: a path needs one with a path, a
 * size one with a size.
 */
export function memoriesFor(spec: ContractSpec, { from }: EnvSpec): readonly MemorySpec[] {
  return spec.memory.filter(m => (from === 'sizeInBytes' ? m.size : m.mountPath) !== undefined);
}

function memoryOf(spec: ContractSpec, each: EnvSpec): MemorySpec {
  const possible = memoriesFor(spec, each);
  return possible.find(m => m.name === each.memory) ?? possible[0];
}
