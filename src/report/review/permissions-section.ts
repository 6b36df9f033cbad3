import { code, count, fileOf, some, table } from './markdown';
import type { ReviewModel } from './review-model';
import { groupBy } from '../../kube/group';
import type { RbacSubject } from '../../kube/rbac';
import type { NodePermission } from '../../sharing/node-permissions';
import type { PodPermission } from '../../sharing/pod-permissions';
import { kindWords, nodeVerbWords, placeWords, powerWords, subjectName } from '../rbac-words';

/** Lists who may have more than the pods of these manifests, as bindings of RBAC in them say. */
export function permissions({ nodePermissions: nodes, podPermissions: pods }: ReviewModel) {
  return [
    ...(nodes.length === 0 ? [] : nodeTable(nodes)),
    ...(pods.length === 0 ? [] : podTable(pods)),
  ];
}

/** Says in numbers what RBAC gives. */
export function permissionsInNumbers({
  nodePermissions: nodes,
  podPermissions: pods,
}: ReviewModel) {
  const subjects = [...groupBy(pods, ({ subject }) => whoWords(subject)).values()].map(
    ([{ subject }]) => subject,
  );
  return [
    ...(nodes.length === 0
      ? []
      : [`${countOf(nodes.map(each => each.subject))} that may change nodes`]),
    ...(subjects.length === 0
      ? []
      : [`${countOf(subjects)} that may create pods in these namespaces, or do as much`]),
  ];
}

function countOf(subjects: readonly RbacSubject[]): string {
  const areAccounts = subjects.every(({ kind }) => kind === 'ServiceAccount');
  return count(subjects.length, areAccounts ? 'service account' : 'RBAC subject');
}

function whoWords(subject: RbacSubject): string {
  const name = code(subjectName(subject));
  return subject.kind === 'ServiceAccount' ? name : `${kindWords(subject)} ${name}`;
}

function nodeTable(all: readonly NodePermission[]): string[] {
  return [
    'RBAC in these manifests lets somebody change nodes:',
    '',
    ...table(
      ['who', 'may', 'limited by', 'file'],
      all.map(({ subject, verbs, limitedBy, manifests }) => [
        whoWords(subject),
        nodeVerbWords(verbs),
        limitedBy === undefined
          ? '**nothing in these manifests**'
          : `ValidatingAdmissionPolicy ${code(limitedBy.name)}`,
        some([...new Set(manifests.map(fileOf))], 2),
      ]),
    ),
  ];
}

/** What one subject may do in several namespaces is one row. */
function podTable(all: readonly PodPermission[]): string[] {
  const rows = groupBy(all, each => [whoWords(each.subject), ...powerWords(each)].join('\n'));
  return [
    'Whoever may create pods in a namespace, or run commands in its pods, has all that pods get there. RBAC in these manifests lets somebody do so:',
    '',
    ...table(
      ['who', 'may', 'in', 'file'],
      [...rows.values()].map(alike => [
        whoWords(alike[0].subject),
        mayWords(alike[0]),
        some([...new Set(alike.map(whereWords))]),
        some([...new Set(alike.flatMap(({ manifests }) => manifests.map(fileOf)))], 2),
      ]),
    ),
  ];
}

function mayWords(permission: PodPermission): string {
  const words = powerWords(permission).join(', ');
  return permission.unknownRole === undefined ? words : `**${words}**`;
}

function whereWords(permission: PodPermission): string {
  const { namespace } = permission;
  return namespace === undefined ? `**${placeWords(permission)}**` : code(namespace);
}
