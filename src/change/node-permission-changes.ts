import type { ComparedSets } from './compared-sets';
import type { GainsAndLosses, NodePermissionChange } from './set-changes';
import { nodePermissions, type NodePermission } from '../sharing/guardrails';

/** Returns what service accounts may do with nodes on only one side. */
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
  return permissions.flatMap(({ account, verbs, manifests: [binding] }) => {
    const known = than.filter(each => each.account === account).flatMap(each => each.verbs);
    const more = known.includes('*') ? [] : verbs.filter(verb => !known.includes(verb));
    const of = pairs.find(
      pair => pair.before?.manifest === binding || pair.after?.manifest === binding,
    )?.of;
    return of === undefined || more.length === 0
      ? []
      : [{ kind: 'nodePermission' as const, of, account, verbs: more }];
  });
}
