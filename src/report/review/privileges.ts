import { code, fieldOf, fileOf, plain, some, table, workload } from './markdown';
import { groupBy } from '../../kube/group';
import { hostPrivileges, type HostPrivilege } from '../../kube/host-privileges';
import type { Found } from '../../rules/engine';
import type { Subject } from '../../rules/subject';
import type { Subjects } from '../../rules/subjects';
import { whyByContract, whyByTask } from '../why-privilege';

/** A host privilege of a workload, with its reason where these manifests have one. */
export interface Privilege {
  readonly subject: Subject;
  readonly privilege: HostPrivilege;
  readonly why: string | undefined;
}

/** The host privileges of all pods, and why they have them. */
export function privilegesOf({ pods }: Subjects, found: readonly Found[]): Privilege[] {
  const acknowledged = groupBy(found.filter(each => each.acknowledged), each => each.manifest);
  const why = (subject: Subject, privilege: HostPrivilege) => whyOf(subject, privilege, acknowledged.get(subject.pod.manifest) ?? []);
  return pods.flatMap(subject => hostPrivileges(subject.pod).map(privilege => ({ subject, privilege, why: why(subject, privilege) })));
}

/** Each host privilege once, with who has it and why. */
export function privileges(all: readonly Privilege[]): string[] {
  if (all.length === 0) { return ['## Host privileges', '', 'None: no pod has anything of its node.', '']; }
  const groups = groupBy(all, ({ privilege, why }) => `${privilege.what}\n${why ?? ''}`);
  const rows = [...groups.values()].sort(([a], [b]) => rank(a) - rank(b)).map(members => [
    code(members[0].privilege.what),
    members[0].why === undefined ? '**not said in these manifests**' : plain(members[0].why),
    some([...new Set(members.map(({ subject, privilege }) => plain(workload(subject.pod.manifest)) + (privilege.container === undefined ? '' : `, ${code(privilege.container)}`)))], 4),
    some([...new Set(members.map(({ subject: { pod: { manifest } }, privilege }) => `${fileOf(manifest)} ${code(fieldOf(manifest, privilege.path))}`))], 2),
  ]);
  return ['## Host privileges', '', ...table(['privilege', 'why', 'who', 'where'], rows)];
}

/** What reaches furthest comes first. */
const FURTHEST = ['privileged', 'hostPID', 'hostIPC', 'hostNetwork', 'hostPath', 'mountPropagation', 'user root', 'capability'];

/** The place of a privilege among all of its kind. */
export function reach(what: string): number {
  const at = FURTHEST.findIndex(each => what.startsWith(each));
  return at < 0 ? FURTHEST.length : at;
}

/** What has no reason comes before all else. */
function rank({ privilege, why, subject }: Privilege): number {
  return reach(privilege.what) - (why === undefined && subject.usesMemory ? FURTHEST.length + 1 : 0);
}

function whyOf(subject: Subject, privilege: HostPrivilege, acknowledged: readonly Found[]): string | undefined {
  if (subject.task) { return whyByTask(subject.task, privilege)[0]; }
  const contracts = subject.marks.flatMap(mark => whyByContract(mark, privilege));
  const taken = acknowledged.filter(each => isAbout(each.path, privilege.path)).map(each => `${each.rule.id}: ${each.acknowledged?.reason}`);
  const reasons = [...contracts, ...new Set(taken)];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** A finding about a hostPath may point at a field of it. */
function isAbout(finding: string, privilege: string): boolean {
  return finding === privilege || finding.startsWith(`${privilege}/`);
}
