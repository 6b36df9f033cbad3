import { code, fieldOf, fileOf, plain, some, table, workload } from './markdown';
import { groupBy } from '../../kube/group';
import { hostPrivileges, type HostPrivilege } from '../../read/host-privileges';
import type { Found } from '../../rules/engine';
import { privilegeReasons } from '../../sharing/privilege-reasons';
import type { Subject } from '../../sharing/subject';
import type { Subjects } from '../../sharing/subjects';
import { privilegeWords, reasonWords } from '../privilege-words';

/** A host privilege of a workload, with its reason where these manifests have one. */
export interface Privilege {
  readonly subject: Subject;
  readonly privilege: HostPrivilege;
  readonly why: string | undefined;
}

/** The host privileges of all pods, and why they have them. */
export function privilegesOf({ pods }: Subjects, found: readonly Found[]): Privilege[] {
  const acknowledged = groupBy(
    found.filter(each => each.acknowledged),
    each => each.manifest,
  );
  const why = (subject: Subject, privilege: HostPrivilege) =>
    whyOf(subject, privilege, acknowledged.get(subject.pod.manifest) ?? []);
  return pods.flatMap(subject =>
    hostPrivileges(subject.pod).map(privilege => ({
      subject,
      privilege,
      why: why(subject, privilege),
    })),
  );
}

/** Each host privilege once, with who has it and why. */
export function privileges(all: readonly Privilege[]): string[] {
  if (all.length === 0) {
    return ['## Host privileges', '', 'None: no pod has anything of its node.', ''];
  }
  const groups = groupBy(all, ({ privilege, why }) => `${privilegeWords(privilege)}\n${why ?? ''}`);
  const rows = [...groups.values()]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(members => [
      code(privilegeWords(members[0].privilege)),
      members[0].why === undefined ? '**not said in these manifests**' : plain(members[0].why),
      some(
        [
          ...new Set(
            members.map(
              ({ subject, privilege }) =>
                plain(workload(subject.pod.manifest)) +
                (privilege.container === undefined ? '' : `, ${code(privilege.container)}`),
            ),
          ),
        ],
        4,
      ),
      some(
        [
          ...new Set(
            members.map(
              ({
                subject: {
                  pod: { manifest },
                },
                privilege,
              }) => `${fileOf(manifest)} ${code(fieldOf(manifest, privilege.pointer))}`,
            ),
          ),
        ],
        2,
      ),
    ]);
  return ['## Host privileges', '', ...table(['privilege', 'why', 'who', 'where'], rows)];
}

/** What reaches furthest comes first. */
const FURTHEST: readonly HostPrivilege['kind'][] = [
  'privileged',
  'hostNamespace',
  'hostPath',
  'bidirectionalMount',
  'rootUser',
  'capability',
];
const NAMESPACES: readonly string[] = ['hostPID', 'hostIPC', 'hostNetwork'];

/** The place of a privilege in the order of what reaches furthest: a number below 10. */
export function reachOrder(privilege: HostPrivilege): number {
  const order = FURTHEST.indexOf(privilege.kind);
  if (order < 0) {
    return 9;
  }
  return privilege.kind === 'hostNamespace'
    ? order + NAMESPACES.indexOf(privilege.field) / NAMESPACES.length
    : order;
}

/** What has no reason comes before all else. */
function rank({ privilege, why, subject }: Privilege): number {
  return reachOrder(privilege) - (why === undefined && subject.usesMemory ? 10 : 0);
}

function whyOf(
  subject: Subject,
  privilege: HostPrivilege,
  acknowledged: readonly Found[],
): string | undefined {
  const reasons = privilegeReasons(subject.pod, privilege, subject.marks, subject.task).map(
    reasonWords,
  );
  if (subject.task) {
    return reasons[0];
  }
  const taken = acknowledged
    .filter(each => isAbout(each.path, privilege.pointer))
    .map(each => `${each.rule.id}: ${each.acknowledged?.reason}`);
  const all = [...reasons, ...new Set(taken)];
  return all.length === 0 ? undefined : all.join('; ');
}

/** A finding about a hostPath may point at a field of it. */
function isAbout(finding: string, privilege: string): boolean {
  return finding === privilege || finding.startsWith(`${privilege}/`);
}
