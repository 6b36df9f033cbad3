import { boundRoles, rulesInto, type BoundRole } from './bound-roles';
import type { MarkedManifests } from './marked-manifests';
import { getOrCreate } from '../kube/group';
import { itemsOf, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import {
  BUILT_IN_ROLES,
  inNamespace,
  powersOf,
  type RbacPower,
  type RbacSubject,
} from '../kube/rbac';
import { hostPrivileges } from '../read/host-privileges';
import type { ManifestSet } from '../read/manifest-set';
import { nodeVolumes } from '../read/node-volumes';

/**
 * Who may have what pods get that share memory, or that have privileges on the node, without being
 * one of them: somebody who may create pods in their namespace, or run commands in them.
 */
export interface PodPermission {
  readonly subject: RbacSubject;
  /** The namespace. Absent if it is all of them, or wherever somebody has the ClusterRole. */
  readonly namespace?: string;
  readonly powers: readonly RbacPower[];
  /** The role, if it is not in the set, so that nobody can say here what it allows. */
  readonly unknownRole?: BoundRole['named'];
  /** The objects that say so: the binding and its role. */
  readonly manifests: readonly Manifest[];
}

/** Returns who may have what pods of the set get, as far as bindings of the set say so. */
export function podPermissions(marked: MarkedManifests): PodPermission[] {
  const [bound, extended] = [boundRoles(marked.set), extendedRoles(marked.set)];
  if (bound.length + extended.length === 0) {
    return [];
  }
  const ofBindings = bound
    .filter(({ namespace }) => namespace === undefined || placesOf(marked).has(namespace))
    .flatMap(each => {
      const powers = given(each);
      return powers === undefined || powers.length > 0
        ? each.subjects.map(subject => permission(each, subject, powers))
        : [];
    });
  return placesOf(marked).size === 0 ? [] : [...ofBindings, ...extended];
}

/** What a RoleBinding gives besides: nothing that leads to what pods get, as far as is known. */
export interface OtherPermission {
  readonly subject: RbacSubject;
  readonly namespace: string;
  /** The rules of the role. Absent if every cluster has it, and the set does not. */
  readonly rules?: readonly { readonly verbs: readonly string[]; readonly on: readonly string[] }[];
  readonly role: BoundRole['named'];
  readonly manifests: readonly Manifest[];
}

/** Returns what else RoleBindings of the set give in the namespaces of {@link podPermissions}. */
export function otherPermissions(marked: MarkedManifests): OtherPermission[] {
  const bound = boundRoles(marked.set).filter(each => given(each)?.length === 0);
  return bound.flatMap(({ binding, named, namespace, role, rules, subjects }): OtherPermission[] =>
    namespace === undefined || !placesOf(marked).has(namespace)
      ? []
      : subjects.map(subject => ({
          subject,
          namespace,
          role: named,
          ...(role === undefined
            ? {}
            : {
                rules: rules.map(rule => ({
                  verbs: itemsOf(rule.verbs).map(textOf),
                  on: itemsOf(rule.resources).map(textOf),
                })),
              }),
          manifests: [binding, ...(role === undefined ? [] : [role])],
        })),
  );
}

/**
 * Returns what roles of the set add to the roles of every cluster, for all who have those, wherever
 * they have them.
 */
function extendedRoles(set: ManifestSet): PodPermission[] {
  return [...BUILT_IN_ROLES].flatMap(([name, own]): PodPermission[] => {
    const { roles, rules } = rulesInto(set, name);
    const powers = powersOf(rules).filter(power => !own.includes(power));
    return powers.length === 0
      ? []
      : [{ subject: { kind: 'ClusterRole', name }, powers, manifests: roles }];
  });
}

const places = new WeakMap<MarkedManifests, ReadonlySet<string>>();

/** The namespaces whose pods share memory or have privileges, or can claim what is of the node. */
function placesOf(marked: MarkedManifests): ReadonlySet<string> {
  return getOrCreate(places, marked, () => readPlaces(marked));
}

function readPlaces(marked: MarkedManifests): Set<string> {
  const pods = marked.pods.filter(
    each => each.usesMemory || marked.sharesMemory(each) || hostPrivileges(each.pod).length > 0,
  );
  return new Set([
    ...pods.map(({ pod }) => pod.manifest.namespace ?? ''),
    ...nodeVolumes(marked.set).flatMap(({ namespace }) => namespace ?? []),
  ]);
}

/** Returns what a binding gives. Absent if its role is neither in the set nor in each cluster. */
function given({ named, namespace, role, rules }: BoundRole): RbacPower[] | undefined {
  const builtIn = named.kind === 'ClusterRole' ? BUILT_IN_ROLES.get(named.name) : undefined;
  if (role === undefined && builtIn === undefined) {
    return undefined;
  }
  const powers = [...new Set([...(builtIn ?? []), ...powersOf(rules)])];
  return namespace === undefined ? powers : inNamespace(powers);
}

function permission(
  { binding, named, namespace, role }: BoundRole,
  subject: RbacSubject,
  powers: readonly RbacPower[] | undefined,
): PodPermission {
  return {
    subject,
    ...(namespace === undefined ? {} : { namespace }),
    powers: powers ?? [],
    ...(powers === undefined ? { unknownRole: named } : {}),
    manifests: [binding, ...(role === undefined ? [] : [role])],
  };
}
