import { refOf, type ComparedSets } from './compared-sets';
import type { PodPermissionChange } from './permission-change';
import type { GainsAndLosses } from './set-changes';
import { equal } from '../kube/json';
import { podPermissions, type PodPermission } from '../sharing/pod-permissions';

/**
 * Returns what RBAC lets somebody do on only one side, in namespaces whose pods share memory or
 * have host privileges.
 */
export function podPermissionChanges({
  before,
  after,
  pairs,
}: ComparedSets): GainsAndLosses<PodPermissionChange> {
  const [old, now] = [podPermissions(before), podPermissions(after)];
  return { gained: beyond(old, now, pairs), lost: beyond(now, old, pairs) };
}

function beyond(
  than: readonly PodPermission[],
  permissions: readonly PodPermission[],
  pairs: ComparedSets['pairs'],
): PodPermissionChange[] {
  return permissions.flatMap(
    ({ subject, namespace, powers, unknownRole, manifests: [binding] }) => {
      const known = than.filter(
        each =>
          equal(each.subject, subject) &&
          (each.namespace === undefined || each.namespace === namespace),
      );
      const had = known.flatMap(each => each.powers);
      const more = had.includes('everything') ? [] : powers.filter(power => !had.includes(power));
      const isNewRole =
        unknownRole !== undefined && !known.some(each => equal(each.unknownRole, unknownRole));
      const of = refOf(pairs, binding);
      return of === undefined || (more.length === 0 && !isNewRole)
        ? []
        : [
            {
              kind: 'podPermission' as const,
              of,
              subject,
              powers: more,
              ...(namespace === undefined ? {} : { namespace }),
              ...(isNewRole ? { unknownRole } : {}),
            },
          ];
    },
  );
}
