import type { HostPrivilege } from '../kube/host-privileges';
import type { ReadMark } from '../model/marks';
import { REASONS, TASK_OWNERS, type ReadNodeTask } from '../model/node-task';
import { DEV_SHM } from '../rules/subject';

/** A host privilege, as it is asked about: of a container, or of the whole pod. */
type Asked = Pick<HostPrivilege, 'what'> & { readonly container?: string | null };

/** Why a task on nodes has a host privilege; nothing where that is not of its own. */
export function whyByTask({ task, contracts }: ReadNodeTask, { what, container }: Asked): string[] {
  const path = pathOf(what);
  const reason = REASONS[task][container ?? ''] ?? REASONS[task][path === undefined ? what : `${path}/`.startsWith('/run/cdk8s-shared-memory/') ? 'directory' : path];
  return reason === undefined ? [] : [`${TASK_OWNERS[task]} of contract ${contracts.join(' and ')}: ${reason}`];
}

/** Why a contract gives a workload a host privilege; nothing where it does not. The init steps of an agent go by the name of their contract. */
export function whyByContract(mark: ReadMark, { what, container }: Asked): string[] {
  const { contract, namespace, side, memory } = mark;
  const names = (backing: string) => memory.filter(each => each.backing === backing).map(({ name }) => name).join(', ');
  const because = (reason: string) => [`contract ${contract}: ${reason}`];
  const path = pathOf(what);
  if (what === 'hostIPC' && names('hostIpc') !== '' && side !== 'sidecar') { return because(`memory ${names('hostIpc')} is System V memory, in the IPC namespace that both sides must share`); }
  if (what === 'hostPID' && mark.hostPid) { return because('both sides need the process namespace of the node'); }
  if (what === 'hostNetwork' && mark.hostNetwork) { return because('both sides need the network of the node'); }
  if (path === DEV_SHM && names('devShm') !== '') { return because(`memory ${names('devShm')} is in the node's own /dev/shm`); }
  if (`${path}/`.startsWith(`/run/cdk8s-shared-memory/${namespace}.${contract}/`)) { return because(side === 'agent' ? 'its directory on the node, from where the clients mount it' : 'its memory, which the agent makes'); }
  if (side === 'agent' && container === `prepare-${contract}`) { return because('makes the directories on the node, for an agent that is not root, and has no other capability'); }
  if (side === 'agent' && container === `mount-${contract}`) { return because('mounts the tmpfs, which nothing less may do'); }
  return [];
}

function pathOf(what: string): string | undefined {
  return /^hostPath (.*?)(?:, (?:read-only|not mounted))?$/s.exec(what)?.[1];
}
