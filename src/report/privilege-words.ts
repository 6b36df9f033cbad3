import { TASK_OWNERS, taskReasonWords } from '../model/node/node-task';
import type { HostPathAccess, PrivilegeFacts } from '../read/host-privileges';
import { hasCategories } from '../read/selinux-level';
import type { ContractReason, PrivilegeReason } from '../sharing/privilege-reasons';

/**
 * Returns a privilege in the words of Kubernetes, with its object: `hostIPC`, `hostPath /dev/shm,
 * read-only`, `capability CHOWN`.
 */
export function privilegeWords(privilege: PrivilegeFacts): string {
  const access = privilege.kind === 'hostPath' ? accessWords(privilege.access) : undefined;
  return privilegeName(privilege) + (access === undefined ? '' : `, ${access}`);
}

/** Returns a privilege without what may be done with it: `hostPath /dev/shm`. */
function privilegeName(privilege: PrivilegeFacts): string {
  switch (privilege.kind) {
    case 'hostNamespace':
      return privilege.field;
    case 'hostPath':
      return `hostPath ${pathWords(privilege.path)}`;
    case 'unsafeSysctl':
      return `unsafe sysctl ${privilege.name}`;
    case 'rootUser':
      return 'user root';
    case 'unconfinedProfile':
      return `${privilege.field} Unconfined`;
    case 'hostProcess':
      return 'hostProcess';
    case 'seLinuxType':
      return `SELinux type ${privilege.type}`;
    case 'seLinuxIdentity':
      return `SELinux ${privilege.field} ${privilege.value}`;
    case 'privileged':
      return 'privileged';
    case 'capability':
      return `capability ${privilege.name}${privilege.isDefault ? '' : ', which no container has by default'}`;
    case 'procMount':
      return `procMount ${privilege.value}`;
    case 'hostPort':
      return `hostPort ${privilege.port}`;
    case 'bidirectionalMount':
      return `mountPropagation Bidirectional at ${privilege.mountPath}`;
  }
}

/**
 * Returns an SELinux level in words. It is no host privilege, but it decides which files the
 * container can open, and who can open what it makes.
 */
export function seLinuxLevelWords(level: string): string {
  return `SELinux level ${level}${hasCategories(level) ? '' : ', without categories'}`;
}

/**
 * Returns a path of the node. It is quoted if it could be confused with the words around it: a
 * directory can have the name `/etc, read-only`.
 */
function pathWords(path: string): string {
  return /[\s,"()]/.test(path) ? JSON.stringify(path) : path;
}

/** Returns what may be done with a directory of the node, if that is restricted. */
export function accessWords(access: HostPathAccess): string | undefined {
  switch (access) {
    case 'notMounted':
      return 'not mounted';
    case 'readOnly':
      return 'read-only';
    case 'readWrite':
      return undefined;
  }
}

/** Returns why a workload has a privilege. */
export function reasonWords(reason: PrivilegeReason): string {
  return `${reasonOwner(reason)}: ${reasonText(reason)}`;
}

/** Returns for whom a workload has a privilege. */
export function reasonOwner(reason: PrivilegeReason): string {
  return reason.by === 'contract'
    ? `contract ${reason.contract}`
    : `${TASK_OWNERS[reason.task]} of contract ${reason.contracts.join(' and ')}`;
}

/** Returns why a workload has a privilege, without for whom. */
export function reasonText(reason: PrivilegeReason): string {
  return reason.by === 'contract'
    ? contractReasonWords(reason)
    : (taskReasonWords(reason.task, reason.because) ?? '');
}

function contractReasonWords({ because, memories }: ContractReason): string {
  switch (because) {
    case 'systemV':
      return `${memoryIs(memories)} System V memory, in the IPC namespace that both sides must share`;
    case 'hostPid':
      return 'both sides need the process namespace of the node';
    case 'hostNetwork':
      return 'both sides need the network of the node';
    case 'devShm':
      return `${memoryIs(memories)} in the node's own /dev/shm`;
    case 'existing':
      return `${memoryIs(memories)} ${memories.length === 1 ? 'a directory' : 'directories'} of the node that the contract does not make`;
    case 'rootOwner':
      return 'its agent runs as root, as the ownerId of the contract says';
    case 'agentDirectory':
      return 'its directory on the node, from which the clients mount the memory';
    case 'clientDirectory':
      return 'its memory, which the agent makes';
    case 'prepareStep':
      return 'an init step makes the directories on the node as root, and gives them to the user of the agent with CHOWN';
    case 'unconfinedStep':
      return "the init step makes directories in the node's /run, which SELinux forbids to confined containers";
    case 'mountStep':
      return 'an init step mounts the tmpfs, which no lesser privilege allows';
    case 'mountHugePagesStep':
      return 'an init step mounts the huge pages (hugetlbfs), which no lesser privilege allows';
  }
}

function memoryIs(memories: readonly string[]): string {
  return memories.length === 1 ? `memory ${memories[0]} is` : `memories ${memories.join(', ')} are`;
}
