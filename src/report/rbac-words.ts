import type { RbacPower, RbacSubject } from '../kube/rbac';
import type { PodPermission } from '../sharing/pod-permissions';

/** Returns a subject with its kind: `service account agents/default`, `group developers`. */
export function subjectWords(subject: RbacSubject): string {
  return `${kindWords(subject)} ${subjectName(subject)}`;
}

/** Returns the kind of a subject, before its name. */
export function kindWords({ kind }: RbacSubject): string {
  switch (kind) {
    case 'ServiceAccount':
      return 'service account';
    case 'ClusterRole':
      return 'whoever has ClusterRole';
    default:
      return kind.toLowerCase();
  }
}

/** Returns where somebody may do it. */
export function placeWords({ subject, namespace }: Pick<PodPermission, 'subject' | 'namespace'>) {
  if (namespace !== undefined) {
    return `namespace ${namespace}`;
  }
  return subject.kind === 'ClusterRole' ? 'each namespace where they have it' : 'every namespace';
}

/** Returns the name of a subject; of a service account, with its namespace. */
export function subjectName({ name, namespace }: RbacSubject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Returns what somebody may do that has verbs for nodes. `*` among the verbs is everything. */
export function nodeVerbWords(verbs: readonly string[]): string {
  return `${verbs.includes('*') ? 'do everything with' : verbs.join(', ')} nodes`;
}

/** Returns what somebody may do in a namespace, or in all of them, as a list. */
export function powerWords({ powers, unknownRole }: Pick<PodPermission, 'powers' | 'unknownRole'>) {
  return unknownRole === undefined
    ? powers.map(each => POWERS[each])
    : [`do what ${unknownRole.kind} ${unknownRole.name} allows, which is not in these manifests`];
}

const POWERS: Readonly<Record<RbacPower, string>> = {
  createPods: 'create or change pods',
  addContainers: 'add ephemeral containers to pods',
  enterPods: 'run commands in pods',
  actAsAccounts: 'act as service accounts',
  extendPermissions: 'get more permissions (bind, escalate or impersonate)',
  changeNamespaces: 'change what Pod Security enforces',
  changeVolumes: 'create or change PersistentVolumes',
  changePolicies: 'change admission policies',
  everything: 'do everything',
};
