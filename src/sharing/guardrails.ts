import {
  foreignFields,
  listedNamespaces,
  policyKindOf,
  unlistedClaims,
} from './policy-expressions';
import { selectedNamespaces } from './selected-namespaces';
import { getOrCreate } from '../kube/group';
import { at, isObject, itemsOf, objectsOf, textOf, type Json } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readPolicyGrants, type PolicyGrant } from '../model/policy/policy-grants';
import type { ManifestSet } from '../read/manifest-set';

/** A policy of the API server that limits what objects may ask of nodes. */
export interface Guardrail {
  readonly policy: Manifest;
  readonly limits: 'pods' | 'persistentvolumes' | 'nodes';
  /** What a ClientPolicy allows pods of the node. Absent for any other policy. */
  readonly grants?: readonly PolicyGrant[];
  /** Where it is in force. Empty if no binding is in the set. */
  readonly bindings: readonly Binding[];
  /**
   * Whether the policy looks at all pods for which it has a binding: it has validations, and no
   * condition of its own.
   */
  readonly isUnconditional: boolean;
  /** Whether a request passes if the policy cannot be evaluated. */
  readonly failsOpen: boolean;
  /**
   * The fields of a policy of this library that are not as it renders them, so that only a person
   * can say what the policy refuses.
   */
  readonly foreignFields: readonly string[];
  /** The namespaces that a ClientPolicy lists, and for which it has no binding. */
  readonly unboundNamespaces: readonly string[];
  /**
   * The namespaces for which it is perhaps in force, because the selectors of its bindings ask for
   * other labels: those that such a selector names, and those that a ClientPolicy lists.
   */
  readonly doubtfulNamespaces: readonly string[];
  /**
   * The claims that grants of these manifests give to its namespaces, NAMESPACE/NAME, and that a
   * ClientPolicy does not know.
   */
  readonly unlistedClaims: readonly string[];
}

/** Where a policy is in force, and what is done with what it refuses. */
export interface Binding {
  readonly manifest: Manifest;
  /** Deny, Warn, Audit. */
  readonly actions: readonly string[];
  /** The namespaces that it is for. Empty if its selector asks for more than their names. */
  readonly namespaces: readonly string[];
  /** Those that its selector names, beside other labels that they need not have. */
  readonly perhaps: readonly string[];
  /** Whether it is for all namespaces. */
  readonly isForAll: boolean;
  /** Whether it is for all requests there, and not only for some objects or operations. */
  readonly isWhole: boolean;
}

/** Checks whether a binding refuses requests. The others only report. */
export function isDenying({ actions }: Binding): boolean {
  return actions.includes('Deny');
}

/** Checks whether bindings refuse requests in a namespace. */
export function refuseIn(bindings: readonly Binding[], namespace: string | undefined): boolean {
  return bindingsFor(bindings, namespace).some(isDenying);
}

/** Returns the bindings that are certainly for a namespace. */
export function bindingsFor(
  bindings: readonly Binding[],
  namespace: string | undefined,
): readonly Binding[] {
  return bindings.filter(
    each => each.isForAll || (namespace !== undefined && each.namespaces.includes(namespace)),
  );
}

/** What limits a namespace: a ResourceQuota or a LimitRange. */
export interface NamespaceLimit {
  readonly manifest: Manifest;
  readonly limits: readonly (readonly [resource: string, amount: string])[];
  /** Whether it is for some pods of the namespace alone. */
  readonly isScoped: boolean;
  /** The priority classes whose pods it is for. Empty if it is not for such pods alone. */
  readonly priorityClasses: readonly string[];
}

const LIMITED = ['persistentvolumes', 'nodes', 'pods'] as const;

const known = new WeakMap<ManifestSet, readonly Guardrail[]>();

/** Returns the policies that look at pods, at volumes of nodes, or at nodes. */
export function guardrailsOf(set: ManifestSet): readonly Guardrail[] {
  return getOrCreate(known, set, () => readGuardrails(set));
}

function readGuardrails(set: ManifestSet): Guardrail[] {
  const bindings = set.ofKind('ValidatingAdmissionPolicyBinding');
  return set.ofKind('ValidatingAdmissionPolicy').flatMap((policy): Guardrail[] => {
    const resources = objectsOf(
      at(policy.json, 'spec', 'matchConstraints', 'resourceRules'),
    ).flatMap(rule => itemsOf(rule.resources).map(textOf));
    const limits = LIMITED.find(each => resources.includes(each));
    if (limits === undefined) {
      return [];
    }
    const kind = policyKindOf(set, policy);
    const own = bindings
      .filter(({ json }) => at(json, 'spec', 'policyName') === policy.name)
      .map(bindingOf);
    const isBound = (namespace: string) => own.some(each => mayBeFor(each, namespace));
    const listed = kind === 'clients' ? listedNamespaces(policy) : [];
    return [
      {
        policy,
        limits,
        ...(kind === 'clients' ? { grants: readPolicyGrants(policy) } : {}),
        bindings: own,
        isUnconditional: isUnconditional(policy),
        failsOpen: at(policy.json, 'spec', 'failurePolicy') === 'Ignore',
        foreignFields: kind === undefined ? [] : foreignFields(policy, kind),
        unboundNamespaces: listed.filter(name => !isBound(name)),
        // a selector of namespaces does not matter for objects that are in none
        doubtfulNamespaces: limits === 'pods' ? doubtful(own, listed) : [],
        unlistedClaims: kind === 'clients' ? unlistedClaims(set, policy, isBound) : [],
      },
    ];
  });
}

/** Checks whether a binding may be for a namespace, as far as its selector shows. */
function mayBeFor({ namespaces, perhaps, isForAll }: Binding, namespace: string): boolean {
  const named = [...namespaces, ...perhaps];
  return isForAll || named.length === 0 || named.includes(namespace);
}

/** Returns the namespaces, listed or named by a binding, of which no binding is certain. */
function doubtful(bindings: readonly Binding[], listed: readonly string[]): string[] {
  const named = bindings.flatMap(({ perhaps }) => perhaps);
  const isCertain = (name: string) =>
    bindings.some(({ isForAll, namespaces }) => isForAll || namespaces.includes(name));
  return [...new Set([...named, ...listed])]
    .filter(name => !isCertain(name) && bindings.some(each => mayBeFor(each, name)))
    .sort();
}

/** Fields with which a policy or a binding is only for some requests. */
const NARROWING = ['objectSelector', 'excludeResourceRules'];

function hasValidations({ json }: Manifest): boolean {
  return objectsOf(at(json, 'spec', 'validations')).length > 0;
}

function isUnconditional(policy: Manifest): boolean {
  const { json } = policy;
  const constraints = at(json, 'spec', 'matchConstraints');
  return (
    hasValidations(policy) &&
    objectsOf(at(json, 'spec', 'matchConditions')).length === 0 &&
    [...NARROWING, 'namespaceSelector'].every(field => isEmpty(at(constraints, field)))
  );
}

/** Absent, null, an empty list, and a selector without requirements select everything. */
function isEmpty(value: Json | undefined): boolean {
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return (
    value === undefined ||
    value === null ||
    (isObject(value) && Object.values(value).every(isEmpty))
  );
}

function bindingOf(manifest: Manifest): Binding {
  const resources = at(manifest.json, 'spec', 'matchResources');
  const selector = at(resources, 'namespaceSelector');
  const { named = [], asksForMore } = selectedNamespaces(selector);
  return {
    manifest,
    actions: itemsOf(at(manifest.json, 'spec', 'validationActions')).map(textOf),
    namespaces: asksForMore ? [] : named,
    perhaps: asksForMore ? named : [],
    isForAll: isEmpty(selector),
    isWhole: [...NARROWING, 'resourceRules'].every(field => isEmpty(at(resources, field))),
  };
}

/** Returns the quotas of namespaces, and the limit ranges that say something of memory. */
export function namespaceLimits(set: ManifestSet, namespaces: readonly string[]): NamespaceLimit[] {
  const amounts = (json: unknown) =>
    Object.entries(json ?? {})
      .filter(([resource]) => /memory|hugepages/.test(resource))
      .map(([resource, amount]) => [resource, textOf(amount)] as const);
  const quotas = set.ofKind('ResourceQuota').map((manifest): NamespaceLimit => {
    const { json } = manifest;
    const scopes = objectsOf(at(json, 'spec', 'scopeSelector', 'matchExpressions'));
    return {
      manifest,
      limits: Object.entries(at(json, 'spec', 'hard') ?? {}).map(
        ([resource, amount]) => [resource, textOf(amount)] as const,
      ),
      isScoped: scopes.length + itemsOf(at(json, 'spec', 'scopes')).length > 0,
      priorityClasses: scopes
        .filter(({ scopeName, operator }) => scopeName === 'PriorityClass' && operator === 'In')
        .flatMap(({ values }) => itemsOf(values).map(textOf)),
    };
  });
  const ranges = set.ofKind('LimitRange').map((manifest): NamespaceLimit => ({
    manifest,
    ...{ isScoped: false, priorityClasses: [] },
    limits: objectsOf(at(manifest.json, 'spec', 'limits')).flatMap(each =>
      ['max', 'default'].flatMap(field =>
        amounts(each[field]).map(
          ([resource, amount]) =>
            [`${field} ${resource} of a ${textOf(each.type).toLowerCase()}`, amount] as const,
        ),
      ),
    ),
  }));
  return [...quotas, ...ranges].filter(
    ({ manifest, limits }) => limits.length > 0 && namespaces.includes(manifest.namespace ?? ''),
  );
}
