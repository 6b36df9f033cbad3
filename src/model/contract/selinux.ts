import type { ContractSpec } from './contract-spec';
import { backingOf, ownerOf } from './node-layout';
import type { Need } from '../../errors';
import type { JsonObject } from '../../kube/json';
import type { ContainerNames, Operation } from '../../wire/edit';

/**
 * What a contract needs on nodes where SELinux is enforcing. The container runtime gives each pod a
 * pair of categories of its own, as the level of its processes and of the files that they make. A
 * process opens a file, or a segment, only if its categories include those of the file.
 */

/** The level without categories: what a process at this level makes, pods of any level can open. */
const LEVEL = 's0';

/** The type of a process that SELinux does not confine, as that of a privileged container. */
export const UNCONFINED_TYPE = 'spc_t';

/**
 * The label of files that containers may use, in the policies of Red Hat, Fedora, SUSE and Debian
 * (container-selinux), and without categories.
 */
export const SHARED_FILES_CONTEXT = `system_u:object_r:container_file_t:${LEVEL}`;

/** Checks whether the nodes of a contract may enforce SELinux. */
export function isForSeLinux({ seLinux }: Pick<ContractSpec, 'seLinux'>): boolean {
  return seLinux === true;
}

/**
 * Returns the options of a step that works in directories of the node which no confined container
 * may use.
 */
export function unconfinedStep(spec: Pick<ContractSpec, 'seLinux'>): JsonObject {
  return isForSeLinux(spec) ? { seLinuxOptions: { level: LEVEL, type: UNCONFINED_TYPE } } : {};
}

/** Returns the operations that let pods of any level open what the agent makes. */
export function agentLevel(spec: ContractSpec, containers: ContainerNames): Operation[] {
  return isForSeLinux(spec)
    ? level(
        spec,
        containers,
        'what this pod makes gets no SELinux categories, so that clients can open it; without this, the runtime gives each pod categories of its own',
      )
    : [];
}

/**
 * Returns the operations for the level of a client. A client that only opens files of the agent
 * needs none: its own categories include those of the files, because these have none.
 */
export function clientLevel(
  spec: ContractSpec,
  containers: ContainerNames,
  access: ContractSpec['clients'],
): Operation[] {
  if (!isForSeLinux(spec)) {
    return [];
  }
  if (access === 'readWrite') {
    return level(
      spec,
      containers,
      'what this client makes gets no SELinux categories, so that the agent and other clients can open it, and the runtime does not give the claim to this pod alone',
    );
  }
  return spec.memory.some(({ api }) => api === 'descriptors')
    ? level(
        spec,
        containers,
        'the agent may answer over the socket only to a process that has no SELinux categories',
      )
    : [];
}

function level(spec: ContractSpec, containers: ContainerNames, why: string): Operation[] {
  const path = ['securityContext', 'seLinuxOptions', 'level'];
  return [
    { do: 'set', in: 'pod', path, value: LEVEL, reason: `${ownerOf(spec)}: ${why}` },
    {
      do: 'require',
      in: { containers },
      path,
      value: LEVEL,
      withParent: true,
      why: 'the seLinuxOptions of a container replace those of its pod, the level included',
      fix: `remove the seLinuxOptions of the container, or write level: ${LEVEL} in them`,
    },
  ];
}

/** Checks what a contract for nodes with SELinux cannot have. */
export function checkSeLinux(spec: ContractSpec, need: Need): void {
  need(
    spec.seLinux === undefined || typeof spec.seLinux === 'boolean',
    'SHM007',
    'seLinux',
    spec.seLinux,
    'true or false',
    'write one of them, or leave it out',
  );
  if (!isForSeLinux(spec)) {
    return;
  }
  for (const memory of spec.memory) {
    need(
      backingOf(spec, memory) !== 'directory',
      'SHM007',
      `backing of memory ${memory.name}`,
      'Backing.directory(), with seLinux: true',
      'Backing.tmpfs(), which is mounted with a fixed label; a directory is labelled by whoever makes it anew after a reboot',
      'write backing: Backing.tmpfs(), or leave it out',
    );
  }
}
