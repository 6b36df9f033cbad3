import type { HostPrivilege } from '../kube/host-privileges';
import type { ReadMark } from '../model/marks';
import { DEV_SHM } from '../rules/subject';

/** Why a contract gives a workload a host privilege; nothing where it does not. The init steps of an agent go by the name of their contract. */
export function whyByContract(mark: ReadMark, { what, container }: Pick<HostPrivilege, 'what'> & { readonly container?: string | null }): string[] {
  const { contract, namespace, side, memory } = mark;
  const names = (backing: string) => memory.filter(each => each.backing === backing).map(({ name }) => name).join(', ');
  const because = (reason: string) => [`contract ${contract}: ${reason}`];
  const [, path] = /^hostPath (.*?)(?:, (?:read-only|not mounted))?$/s.exec(what) ?? [];
  if (what === 'hostIPC' && names('hostIpc') !== '' && side !== 'sidecar') { return because(`memory ${names('hostIpc')} is System V memory, in the IPC namespace that both sides must share`); }
  if (what === 'hostPID' && mark.hostPid) { return because('both sides need the process namespace of the node'); }
  if (what === 'hostNetwork' && mark.hostNetwork) { return because('both sides need the network of the node'); }
  if (path === DEV_SHM && names('devShm') !== '') { return because(`memory ${names('devShm')} is in the node's own /dev/shm`); }
  if (`${path}/`.startsWith(`/run/cdk8s-shared-memory/${namespace}.${contract}/`)) { return because(side === 'agent' ? 'its directory on the node, from where the clients mount it' : 'its memory, which the agent makes'); }
  if (side === 'agent' && container === `prepare-${contract}`) { return because('makes the directories on the node, for an agent that is not root, and has no other capability'); }
  if (side === 'agent' && container === `mount-${contract}`) { return because('mounts the tmpfs, which nothing less may do'); }
  return [];
}
