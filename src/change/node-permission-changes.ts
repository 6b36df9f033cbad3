import { refOf, type ComparedSets } from './compared-sets';
import type { NodePermissionChange } from './permission-change';
import type { GainsAndLosses } from './set-changes';
import { equal } from '../kube/json';
import { nodePermissions, type NodePermission } from '../sharing/node-permissions';

/** Returns what RBAC lets somebody do with nodes on only one side. */
export function nodePermissionChanges({
  before,
  after,
  pairs,
}: ComparedSets): GainsAndLosses<NodePermissionChange> {
  const [old, now] = [nodePermissions(before.set), nodePermissions(after.set)];
  return { gained: beyond(old, now, pairs), lost: beyond(now, old, pairs) };
}

function beyond(
  than: readonly NodePermission[],
  permissions: readonly NodePermission[],
  pairs: ComparedSets['pairs'],
): NodePermissionChange[] {
  return permissions.flatMap(({ subject, verbs, manifests: [binding] }) => {
    const known = than.filter(each => equal(each.subject, subject)).flatMap(each => each.verbs);
    const more = known.includes('*') ? [] : verbs.filter(verb => !known.includes(verb));
    const of = refOf(pairs, binding);
    return of === undefined || more.length === 0
      ? []
      : [{ kind: 'nodePermission' as const, of, subject, verbs: more }];
  });
}
