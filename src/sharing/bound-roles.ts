import { getOrCreate } from '../kube/group';
import { at, objectsOf, textOf, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { aggregatedInto, subjectsOf, type RbacSubject } from '../kube/rbac';
import { selects } from '../kube/selector';
import type { ManifestSet } from '../read/manifest-set';

/** A RoleBinding or ClusterRoleBinding, with the role that it gives. */
export interface BoundRole {
  readonly binding: Manifest;
  readonly subjects: readonly RbacSubject[];
  /** The namespace in which it is in force. Absent if that is the whole cluster. */
  readonly namespace?: string;
  /** The kind and name of the role. */
  readonly named: { readonly kind: string; readonly name: string };
  /** Absent if the role is not in the set. */
  readonly role?: Manifest;
  /** The rules of the role, with those of the roles that it aggregates. */
  readonly rules: readonly JsonObject[];
}

const known = new WeakMap<ManifestSet, readonly BoundRole[]>();

/** Returns the bindings of a set. */
export function boundRoles(set: ManifestSet): readonly BoundRole[] {
  return getOrCreate(known, set, () => readBoundRoles(set));
}

function readBoundRoles(set: ManifestSet): BoundRole[] {
  return ['ClusterRoleBinding', 'RoleBinding'].flatMap(kindOfBinding =>
    set.ofKind(kindOfBinding).map((binding): BoundRole => {
      const [kind, name] = ['kind', 'name'].map(field =>
        textOf(at(binding.json, 'roleRef', field) ?? ''),
      );
      const isForAll = kindOfBinding === 'ClusterRoleBinding';
      const role = set
        .ofKind(kind)
        .find(
          each => each.name === name && (kind !== 'Role' || each.namespace === binding.namespace),
        );
      return {
        binding,
        subjects: subjectsOf(binding.json),
        ...(isForAll ? {} : { namespace: binding.namespace ?? '' }),
        named: { kind, name },
        ...(role === undefined ? {} : { role }),
        rules:
          role === undefined
            ? rulesInto(set, kind === 'ClusterRole' ? name : '').rules
            : rulesOf(set, role),
      };
    }),
  );
}

/** Returns the roles of a set whose rules a role of every cluster gets, and these rules. */
export function rulesInto(
  set: ManifestSet,
  builtIn: string,
): { readonly roles: readonly Manifest[]; readonly rules: readonly JsonObject[] } {
  const roles = set
    .ofKind('ClusterRole')
    .filter(({ json }) => aggregatedInto(at(json, 'metadata', 'labels')).includes(builtIn));
  return { roles, rules: roles.flatMap(({ json }) => objectsOf(json.rules)) };
}

/** A controller copies the rules of all roles that an aggregated role selects into it. */
function rulesOf(set: ManifestSet, role: Manifest): JsonObject[] {
  const selectors = objectsOf(at(role.json, 'aggregationRule', 'clusterRoleSelectors'));
  const aggregated =
    selectors.length === 0
      ? []
      : set
          .ofKind('ClusterRole')
          .filter(({ json }) =>
            selectors.some(selector => selects(selector, at(json, 'metadata', 'labels'))),
          );
  return [role, ...aggregated].flatMap(({ json }) => objectsOf(json.rules));
}
