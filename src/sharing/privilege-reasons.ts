import { agentStepOf, stepContradictions, type AgentStepKind } from './agent-steps';
import { isLibraryStep } from './library-steps';
import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { at, itemsOf } from '../kube/json';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import type { ReadMark } from '../model/contract/contract-mark';
import { isInContractDirectory } from '../model/contract/node-layout';
import { UNCONFINED_TYPE } from '../model/contract/selinux';
import { guardedRoots } from '../model/node/guard';
import { taskReasonWords, type TaskKind, type TaskReason } from '../model/node/node-task';
import type { HostPrivilege } from '../read/host-privileges';
import type { Pod } from '../read/pod';

/** Why a workload needs a host privilege for a contract. */
export interface ContractReason {
  readonly by: 'contract';
  readonly contract: string;
  readonly because:
    | 'systemV'
    | 'hostPid'
    | 'hostNetwork'
    | 'devShm'
    | 'existing'
    | 'rootOwner'
    | 'agentDirectory'
    | 'clientDirectory'
    | 'prepareStep'
    | 'unconfinedStep'
    | 'mountStep'
    | 'mountHugePagesStep';
  /** The memories that need the privilege. Empty if the contract itself needs it. */
  readonly memories: readonly string[];
}

/** Why a NodePreflight, a NodeCleanup or a NodeGuard needs a host privilege. */
export interface TaskPrivilegeReason {
  readonly by: 'nodeTask';
  readonly task: TaskKind;
  readonly contracts: readonly string[];
  readonly because: TaskReason;
}

/** Why a workload needs a host privilege, as far as the manifests show. */
export type PrivilegeReason = ContractReason | TaskPrivilegeReason;

/**
 * Returns why a pod needs a privilege, according to its marks or its node task. Empty if the
 * manifests contain no reason.
 */
export function privilegeReasons(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  privilege: HostPrivilege,
): PrivilegeReason[] {
  const { pod, task } = markedPod;
  if (task) {
    const because =
      task.task === 'guard' ? guardReason(pod, privilege) : taskReason(pod, privilege);
    return because === undefined || taskReasonWords(task.task, because) === undefined
      ? []
      : [{ by: 'nodeTask', task: task.task, contracts: task.contracts, because }];
  }
  return markedPod.marks.flatMap(
    mark => contractReason(pod, privilege, agreed(marked, mark)) ?? [],
  );
}

/**
 * Returns the mark of a client without the namespaces of the node that no agent of its contract
 * has: both sides need them, or none. If these manifests have no agent, the client alone says it.
 */
function agreed(marked: MarkedManifests, mark: ReadMark): ReadMark {
  const agents = marked.agentsOf(mark);
  if (mark.side !== 'client' || agents.length === 0) {
    return mark;
  }
  const both = (field: 'hostPid' | 'hostNetwork') =>
    mark[field] === true && agents.some(agent => agent.mark[field]);
  return { ...mark, hostPid: both('hostPid'), hostNetwork: both('hostNetwork') };
}

function contractReason(
  pod: Pod,
  privilege: HostPrivilege,
  mark: ReadMark,
): ContractReason | undefined {
  const memoriesIn = (backing: string) =>
    mark.memory.filter(memory => memory.backing === backing).map(({ name }) => name);
  const reason = (because: ContractReason['because'], memories: string[] = []): ContractReason => ({
    by: 'contract',
    contract: mark.contract,
    because,
    memories,
  });
  if (privilege.kind === 'hostNamespace') {
    switch (privilege.field) {
      case 'hostIPC':
        return mark.side === 'sidecar' || memoriesIn('hostIpc').length === 0
          ? undefined
          : reason('systemV', memoriesIn('hostIpc'));
      case 'hostPID':
        return mark.hostPid ? reason('hostPid') : undefined;
      case 'hostNetwork':
        return mark.hostNetwork ? reason('hostNetwork') : undefined;
    }
  }
  const container = pod.containers.find(({ name }) => name === privilege.container);
  const isServing =
    privilege.container === undefined || mark.containers.includes(privilege.container);
  if (privilege.kind === 'hostPath') {
    if (!isServing && !(container && isLibraryStep(container))) {
      return undefined;
    }
    const path = realPath(privilege.path);
    if (path === DEV_SHM) {
      return memoriesIn('devShm').length === 0 ? undefined : reason('devShm', memoriesIn('devShm'));
    }
    const existing = isKnownNodeDirectory(path)
      ? [] // no contract can share it
      : mark.memory.filter(memory => memory.path === path);
    if (existing.length > 0) {
      return reason(
        'existing',
        existing.map(({ name }) => name),
      );
    }
    if (!isInContractDirectory(path, mark)) {
      return undefined;
    }
    return reason(mark.side === 'agent' ? 'agentDirectory' : 'clientDirectory');
  }
  if (privilege.kind === 'rootUser' && mark.side === 'agent' && mark.owner === 0 && isServing) {
    return reason('rootOwner');
  }
  const found = container && agentStepOf(pod, container, mark);
  const step = found && stepContradictions(found, mark).length === 0 ? found.step : undefined;
  if (privilege.kind === 'seLinuxType') {
    return step && privilege.type === UNCONFINED_TYPE ? reason('unconfinedStep') : undefined;
  }
  return step && isOfStep(step, privilege) ? reason(step) : undefined;
}

/** Checks whether a step of an agent needs a privilege. What else its container has is not ours. */
function isOfStep(step: AgentStepKind, privilege: HostPrivilege): boolean {
  return step === 'prepareStep' ? isRootWith(privilege, 'CHOWN') : isOfMount(privilege);
}

/**
 * Returns why a node task needs a privilege. The reason follows from the field, the directory, or
 * the privileges of the step.
 */
function taskReason(pod: Pod, privilege: HostPrivilege): TaskReason | undefined {
  const container = pod.containers.find(({ name }) => name === privilege.container);
  switch (privilege.kind) {
    case 'hostNamespace':
      return privilege.field === 'hostNetwork' ? undefined : privilege.field;
    case 'hostPath':
      if (container && !isLibraryStep(container)) {
        return undefined;
      }
      return isTaskPath(privilege.path)
        ? privilege.path
        : isInContractDirectory(privilege.path)
          ? 'directory'
          : undefined;
    default: {
      if (container?.role !== 'init' || !isLibraryStep(container)) {
        return undefined;
      }
      if (privilege.kind === 'seLinuxType') {
        return privilege.type === UNCONFINED_TYPE ? 'seLinux' : undefined;
      }
      if (at(container.json, 'securityContext', 'privileged') === true) {
        return isOfMount(privilege) ? 'unmount' : undefined;
      }
      const added = itemsOf(at(container.json, 'securityContext', 'capabilities', 'add'));
      if (added.includes('SYS_PTRACE')) {
        if (privilege.kind === 'unconfinedProfile') {
          return 'unconfined';
        }
        return isRootWith(privilege, 'SYS_PTRACE', 'DAC_READ_SEARCH') ? 'look' : undefined;
      }
      return added.includes('DAC_OVERRIDE') && isRootWith(privilege, 'DAC_OVERRIDE')
        ? 'remove'
        : undefined;
    }
  }
}

/**
 * Returns why a guard needs a privilege. The guard is the container that mounts the directory of a
 * contract with `mountPropagation: Bidirectional`; it looks where its own variable says.
 */
function guardReason(pod: Pod, privilege: HostPrivilege): TaskReason | undefined {
  const guard = pod.mounts.find(
    ({ json, hostPath }) =>
      hostPath !== undefined &&
      isInContractDirectory(hostPath) &&
      json.mountPropagation === 'Bidirectional',
  )?.container;
  if (guard === undefined) {
    return undefined;
  }
  if (privilege.kind === 'hostPath') {
    if (isInContractDirectory(privilege.path)) {
      return 'directory';
    }
    return guardedRoots(guard.json.env).includes(privilege.path) ? 'parents' : undefined;
  }
  return privilege.container === guard.name && isOfMount(privilege) ? 'bind' : undefined;
}

/** Checks whether a privilege is one of a container that is root with some capabilities. */
function isRootWith(privilege: HostPrivilege, ...capabilities: readonly string[]): boolean {
  return (
    privilege.kind === 'rootUser' ||
    (privilege.kind === 'capability' && capabilities.includes(privilege.name))
  );
}

/** Checks whether a privilege is one of a container that mounts or unmounts on the node. */
function isOfMount({ kind }: HostPrivilege): boolean {
  return ['privileged', 'bidirectionalMount', 'rootUser'].includes(kind);
}

const TASK_PATHS = ['/dev/shm', '/etc', '/run', '/sys'] as const;

function isTaskPath(path: string): path is (typeof TASK_PATHS)[number] {
  return (TASK_PATHS as readonly string[]).includes(path);
}
