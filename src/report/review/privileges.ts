import { code, fieldOf, fileOf, plain, some, table, workload } from './markdown';
import { hostPrivileges, type HostPrivilege } from '../../kube/host-privileges';
import type { ReadMark } from '../../model/marks';
import type { Found } from '../../rules/engine';
import { DEV_SHM, type Subject } from '../../rules/subject';
import type { Subjects } from '../../rules/subjects';

/** A host privilege of a workload, with its reason where these manifests have one. */
export interface Privilege {
  readonly subject: Subject;
  readonly privilege: HostPrivilege;
  readonly why: string | undefined;
}

/** The host privileges of all pods, and why they have them. */
export function privilegesOf({ pods }: Subjects, found: readonly Found[]): Privilege[] {
  return pods.flatMap(subject => hostPrivileges(subject.pod).map(privilege => ({ subject, privilege, why: whyOf(subject, privilege, found) })));
}

/** Each host privilege once, with who has it and why. */
export function privileges(all: readonly Privilege[]): string[] {
  if (all.length === 0) { return ['## Host privileges', '', 'None: no pod has anything of its node.', '']; }
  const groups = new Map<string, Privilege[]>();
  for (const each of all) {
    const key = `${each.privilege.what}\n${each.why ?? ''}`;
    groups.set(key, [...groups.get(key) ?? [], each]);
  }
  const rows = [...groups.values()].sort(([a], [b]) => rank(a) - rank(b)).map(members => [
    code(members[0].privilege.what),
    members[0].why === undefined ? '**not said in these manifests**' : plain(members[0].why),
    some([...new Set(members.map(({ subject, privilege }) => plain(workload(subject.pod.manifest)) + (privilege.container === undefined ? '' : `, ${code(privilege.container)}`)))], 4),
    some([...new Set(members.map(({ subject: { pod: { manifest } }, privilege }) => `${fileOf(manifest)} ${code(fieldOf(manifest, privilege.path))}`))], 2),
  ]);
  return ['## Host privileges', '', ...table(['privilege', 'why', 'who', 'where'], rows)];
}

/** What has no reason comes first, then what reaches furthest. */
const FURTHEST = ['privileged', 'hostPID', 'hostIPC', 'hostNetwork', 'hostPath', 'mountPropagation', 'user root', 'capability'];

function rank({ privilege, why, subject }: Privilege): number {
  const at = FURTHEST.findIndex(what => privilege.what.startsWith(what));
  return (at < 0 ? FURTHEST.length : at) - (why === undefined && subject.usesMemory ? FURTHEST.length + 1 : 0);
}

function whyOf(subject: Subject, privilege: HostPrivilege, found: readonly Found[]): string | undefined {
  const { manifest } = subject.pod;
  const contracts = subject.marks.flatMap(mark => byContract(mark, privilege));
  const acknowledged = found.filter(each => each.manifest === manifest && each.acknowledged && isAbout(each.path, privilege.path)).map(each => `${each.rule.id}: ${each.acknowledged?.reason}`);
  const reasons = [...contracts, ...new Set(acknowledged)];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** A finding about a hostPath may point at a field of it. */
function isAbout(finding: string, privilege: string): boolean {
  return finding === privilege || finding.startsWith(`${privilege}/`);
}

/** Why a contract gives a privilege: the init steps of an agent go by the name of their contract. */
function byContract({ contract, namespace, side, memory, hostPid, hostNetwork }: ReadMark, { what, container }: HostPrivilege): string[] {
  const names = (backing: string) => memory.filter(each => each.backing === backing).map(({ name }) => name).join(', ');
  const because = (reason: string) => [`contract ${contract}: ${reason}`];
  if (what === 'hostIPC' && names('hostIpc') !== '' && side !== 'sidecar') { return because(`memory ${names('hostIpc')} is System V memory, in the IPC namespace that both sides must share`); }
  if (what === 'hostPID' && hostPid) { return because('both sides need the process namespace of the node'); }
  if (what === 'hostNetwork' && hostNetwork) { return because('both sides need the network of the node'); }
  if (what.startsWith(`hostPath ${DEV_SHM}`) && names('devShm') !== '') { return because(`memory ${names('devShm')} is in the node's own /dev/shm`); }
  if (what.startsWith(`hostPath /run/cdk8s-shared-memory/${namespace}.${contract}`)) { return because(side === 'agent' ? 'its directory on the node, from where the clients mount it' : 'its memory, which the agent makes'); }
  if (side !== 'agent') { return []; }
  if (container === `prepare-${contract}`) { return because('makes the directories on the node, for an agent that is not root, and has no other capability'); }
  if (container === `mount-${contract}`) { return because('mounts the tmpfs, which nothing less may do'); }
  return [];
}
