import { boundRoles } from './bound-roles';
import { guardrailsOf, isDenying, type Guardrail } from './guardrails';
import { at, itemsOf, objectsOf, textOf, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { RbacSubject } from '../kube/rbac';
import type { ManifestSet } from '../read/manifest-set';

/** Somebody who may change nodes. */
export interface NodePermission {
  readonly subject: RbacSubject;
  readonly verbs: readonly string[];
  /** The objects that say so: the binding and its role. */
  readonly manifests: readonly Manifest[];
  /** The policy that says what a service account may change. Absent if none of the set does. */
  readonly limitedBy?: Manifest;
}

const READING = ['get', 'list', 'watch'];

/** Returns who may do more with nodes than look at them. */
export function nodePermissions(set: ManifestSet): NodePermission[] {
  return boundRoles(set).flatMap(({ binding, namespace, named, role, rules, subjects }) => {
    const verbs = named.name === 'cluster-admin' ? ['*'] : nodeVerbs(rules);
    // nodes are in no namespace
    if (namespace !== undefined || verbs.every(verb => READING.includes(verb))) {
      return [];
    }
    return subjects.map((subject): NodePermission => {
      const limitedBy = guardrailsOf(set).find(each => limits(each, subject))?.policy;
      return {
        subject,
        verbs: [...new Set(verbs)],
        manifests: [binding, ...(role === undefined ? [] : [role])],
        ...(limitedBy === undefined ? {} : { limitedBy }),
      };
    });
  });
}

function nodeVerbs(rules: readonly JsonObject[]): string[] {
  return rules.flatMap(rule => {
    const resources = itemsOf(rule.resources).map(textOf);
    if (!resources.some(each => /^(nodes(\/.*)?|\*)$/.test(each))) {
      return [];
    }
    const own = itemsOf(rule.verbs).map(textOf);
    // its requests reach the kubelet, which runs commands in any container
    return resources.includes('nodes/proxy') ? own.map(verb => `${verb} nodes/proxy of`) : own;
  });
}

/** Checks whether a policy refuses what a service account may not change of nodes. */
function limits(
  { bindings, limits: what, policy }: Guardrail,
  { kind, name, namespace }: RbacSubject,
): boolean {
  const condition = `request.userInfo.username == 'system:serviceaccount:${namespace ?? ''}:${name}'`;
  return (
    kind === 'ServiceAccount' &&
    what === 'nodes' &&
    objectsOf(at(policy.json, 'spec', 'validations')).length > 0 &&
    bindings.some(isDenying) &&
    objectsOf(at(policy.json, 'spec', 'matchConditions')).some(
      ({ expression }) => textOf(expression) === condition,
    )
  );
}
