import { at, canonical, objectsOf, textOf, type Json, type JsonObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { HOST_NAMESPACES } from '../kube/pod-security';
import { readGrant, type ReadGrant } from '../model/client/grant';
import { removerPolicySpec } from '../model/node/startup-taint-remover';
import { clientPolicySpec } from '../model/policy/admission-policy';
import { readEntries } from '../model/policy/cel';
import {
  CLIENT_POLICY_ANNOTATION,
  readPolicyGrants,
  type PolicyGrant,
} from '../model/policy/policy-grants';
import { volumePolicySpec } from '../model/policy/volume-policy';
import type { ManifestSet } from '../read/manifest-set';

/** The kinds of policies that this library renders for pods, volumes and nodes. */
export type PolicyKind = 'clients' | 'volumes' | 'startupTaint';

/** The lists of a ClientPolicy. Each entry begins with a namespace. */
const CLIENT_LISTS = [
  ...HOST_NAMESPACES,
  'readOnlyPaths',
  'writablePaths',
  'readOnlyClaims',
  'writableClaims',
];

/** Returns which policy of this library an object says that it is. Absent if it is another one. */
export function policyKindOf(set: ManifestSet, policy: Manifest): PolicyKind | undefined {
  if (isClientPolicy(policy)) {
    return 'clients';
  }
  if (startupTaintOf(policy) !== undefined) {
    return 'startupTaint';
  }
  const isOfClients = set
    .ofKind('ValidatingAdmissionPolicy')
    .some(each => isClientPolicy(each) && policy.name === `${each.name}.volumes`);
  return isOfClients ? 'volumes' : undefined;
}

/** Checks whether an object says that it is the policy of a ClientPolicy. */
export function isClientPolicy({ json }: Manifest): boolean {
  return at(json, 'metadata', 'annotations', CLIENT_POLICY_ANNOTATION.key) !== undefined;
}

/**
 * Returns the fields of a policy that are not as this library renders them: somebody else wrote
 * them, so nobody can tell what they refuse without reading them. Lists of grants may have any
 * entries, but those of a ClientPolicy must be what its annotation says.
 */
export function foreignFields(policy: Manifest, kind: PolicyKind): string[] {
  const own = renderedSpec(policy, kind);
  const spec = at(policy.json, 'spec');
  const fields = own === undefined ? [] : differingFields(spec, own, kind);
  const lists = kind === 'clients' ? foreignLists(spec, readPolicyGrants(policy)) : [];
  return [...new Set([...fields, ...lists])];
}

/** Returns the claims of grants to some namespaces that a ClientPolicy does not list. */
export function unlistedClaims(
  set: ManifestSet,
  policy: Manifest,
  isBound: (namespace: string) => boolean,
): string[] {
  const isListed = claimsListedBy(policy);
  return set.ofKind('PersistentVolume').flatMap(volume => {
    const grant = readGrant(volume);
    if (grant === undefined || !isBound(grant.to)) {
      return [];
    }
    const claim = textOf(at(volume.json, 'spec', 'claimRef', 'name') ?? '');
    return isListed(grant, claim) ? [] : [`${grant.to}/${claim}`];
  });
}

/** Returns what tells whether a ClientPolicy lists the claim of a grant. */
export function claimsListedBy(policy: Manifest): (grant: ReadGrant, claim: string) => boolean {
  const spec = at(policy.json, 'spec');
  const keysIn = (name: string) =>
    new Set((entriesOf(spec, name) ?? []).map(entry => entry.replace(/: \d+$/, '')));
  const [read, written] = [keysIn('readOnlyClaims'), keysIn('writableClaims')];
  return ({ to, isForReading }, claim) => (isForReading ? read : written).has(`${to} ${claim}`);
}

/** Returns the namespaces that the lists of a ClientPolicy name. */
export function listedNamespaces(policy: Manifest): string[] {
  const spec = at(policy.json, 'spec');
  const lists = CLIENT_LISTS.flatMap(name => entriesOf(spec, name) ?? []);
  return [...new Set(lists.map(entry => entry.split(' ')[0]))].sort();
}

/** Returns the entries of a list or a map of a policy; of a map, `key: number`. */
export function policyEntries(policy: Manifest, name: string): string[] {
  return entriesOf(at(policy.json, 'spec'), name) ?? [];
}

/** Returns the entries of a variable that is a list, or a map, of texts. */
function entriesOf(spec: Json | undefined, name: string): string[] | undefined {
  const variable = objectsOf(at(spec, 'variables')).find(each => each.name === name);
  return readEntries(textOf(variable?.expression ?? ''))?.entries;
}

function renderedSpec(policy: Manifest, kind: PolicyKind): JsonObject | undefined {
  switch (kind) {
    case 'clients':
      return clientPolicySpec([]);
    case 'volumes':
      return volumePolicySpec([]);
    case 'startupTaint':
      return startupTaintOf(policy);
  }
}

const ACCOUNT = /^request\.userInfo\.username == 'system:serviceaccount:([^':]+):([^':]+)'$/;
const TAINT = /t\.key == '([^']+)' && t\.effect == 'NoSchedule'/;

/** Returns the spec that this library renders for the account and the taint of a policy. */
function startupTaintOf({ json }: Manifest): JsonObject | undefined {
  const [condition] = objectsOf(at(json, 'spec', 'matchConditions'));
  if (condition?.name !== 'of-the-startup-taint') {
    return undefined;
  }
  const [, namespace = '', name = ''] = ACCOUNT.exec(textOf(condition.expression ?? '')) ?? [];
  const [key = ''] = objectsOf(at(json, 'spec', 'validations')).flatMap(
    ({ expression }) => TAINT.exec(textOf(expression ?? ''))?.slice(1) ?? [],
  );
  return removerPolicySpec({
    ...{ namespace, name, taint: { key, value: '', effect: 'NoSchedule' } },
    ...{ contracts: [], image: '', interval: 0, memoryLimit: 0 },
  });
}

/** What decides what a policy refuses. The entries of lists are left out. */
function decidingOf(spec: unknown) {
  const expressions = (field: string) =>
    objectsOf(at(spec, field)).map(({ name = '', expression = '' }) => {
      const text = textOf(expression).trim();
      return [textOf(name), readEntries(text)?.shape ?? text] as const;
    });
  return {
    resourceRules: canonical(at(spec, 'matchConstraints', 'resourceRules') ?? []),
    matchConditions: expressions('matchConditions'),
    variables: expressions('variables'),
    validations: expressions('validations').map(([, expression]) => expression),
  };
}

function differingFields(spec: unknown, own: JsonObject, kind: PolicyKind): string[] {
  const [is, should] = [decidingOf(spec), decidingOf(own)];
  const namesOf = [...should.variables, ...is.variables].map(([name]) => name);
  const variable = (of: typeof is, name: string) =>
    canonical(of.variables.filter(each => each[0] === name));
  const variables = [...new Set(namesOf)].filter(
    name => variable(is, name) !== variable(should, name),
  );
  return [
    ...(is.resourceRules === should.resourceRules ? [] : ['spec.matchConstraints.resourceRules']),
    // what narrows a ClientPolicy is told in words of its own
    ...(kind === 'clients' || canonical(is.matchConditions) === canonical(should.matchConditions)
      ? []
      : ['spec.matchConditions']),
    ...variables.map(name => `spec.variables[${name}]`),
    ...(canonical(is.validations) === canonical(should.validations) ? [] : ['spec.validations']),
  ];
}

/** Returns the lists of a ClientPolicy that allow something else than its annotation says. */
function foreignLists(spec: Json | undefined, grants: readonly PolicyGrant[]): string[] {
  const paths = (access: 'readOnly' | 'readWrite') =>
    grants.flatMap(grant =>
      grant.use === 'hostPath' && grant.access === access
        ? [`${grant.namespace} ${grant.path}`]
        : [],
    );
  const expected: readonly (readonly [string, readonly string[]])[] = [
    ...HOST_NAMESPACES.map(
      use =>
        [use, grants.filter(grant => grant.use === use).map(({ namespace }) => namespace)] as const,
    ),
    ['readOnlyPaths', paths('readOnly')],
    ['writablePaths', paths('readWrite')],
  ];
  return expected
    .filter(([name, entries]) => !isSameSet(entriesOf(spec, name) ?? [], entries))
    .map(([name]) => `spec.variables[${name}]`);
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return canonical([...new Set(a)].sort()) === canonical([...new Set(b)].sort());
}
