import type { ComparedSets } from './compared-sets';
import type {
  GainsAndLosses,
  GrantChange,
  NodePathChange,
  ObjectRef,
  PolicyChange,
  PolicyUseChange,
} from './set-changes';
import {
  at,
  canonical,
  equal,
  isObject,
  itemsOf,
  objectsOf,
  textOf,
  type Json,
} from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readGrant } from '../model/client/grant';
import { parseMemoryDirectory } from '../model/contract/node-layout';
import { readPolicyGrants, type PolicyGrant } from '../model/policy/policy-grants';
import { readNodeVolume } from '../read/node-volumes';

/** A permission of a namespace. A higher `reach` allows more, so an increase is a gain. */
interface Permission<C> {
  readonly change: C;
  readonly reach: number;
}

type Permissions<C> = Map<string, Permission<C>>;

/** A permission of a namespace that an object grants. */
type PermissionChange = GrantChange | NodePathChange | PolicyUseChange;

/**
 * Returns the gained and lost permissions of namespaces through grants of contracts, through other
 * PersistentVolumes that are directories of nodes, and through ClientPolicies. Permissions for
 * different versions of a contract count as one.
 */
export function grantChanges({ pairs }: ComparedSets): GainsAndLosses<PermissionChange> {
  const [before, after]: Permissions<PermissionChange>[] = [new Map(), new Map()];
  for (const pair of pairs) {
    for (const [side, permissions] of [
      ['before', before],
      ['after', after],
    ] as const) {
      const manifest = pair[side]?.manifest;
      if (!manifest) {
        continue;
      }
      addGrant(permissions, manifest, pair.of);
      // A new policy cannot add permissions: before it existed, nothing was denied.
      if (pair.before && pair.after) {
        addPolicy(permissions, manifest, pair.of);
      }
    }
  }
  return { gained: permissionsBeyond(before, after), lost: permissionsBeyond(after, before) };
}

function permissionsBeyond<C extends PermissionChange>(
  than: Permissions<C>,
  permissions: Permissions<C>,
): C[] {
  return [...permissions].flatMap(([key, { change, reach }]) => {
    const other = than.get(key);
    if (other && other.reach >= reach) {
      return [];
    }
    const instead = other && 'access' in other.change ? other.change.access : undefined;
    return [instead === undefined ? change : { ...change, instead }];
  });
}

function add<C>(permissions: Permissions<C>, key: object, permission: Permission<C>): void {
  const text = canonical(key);
  const known = permissions.get(text);
  if (!known || known.reach < permission.reach) {
    permissions.set(text, permission);
  }
}

function addGrant(
  permissions: Permissions<PermissionChange>,
  manifest: Manifest,
  of: ObjectRef,
): void {
  const grant = readGrant(manifest);
  if (!grant) {
    addNodePath(permissions, manifest, of);
    return;
  }
  const {
    directory: { namespace, contract, memory },
    to,
    access,
  } = grant;
  add(
    permissions,
    { grant: [namespace, contract, memory, to] },
    {
      change: { kind: 'grant', of, to, access, contract, memory },
      reach: access === 'readWrite' ? 2 : 1,
    },
  );
}

function addNodePath(
  permissions: Permissions<PermissionChange>,
  manifest: Manifest,
  of: ObjectRef,
): void {
  const volume = readNodeVolume(manifest);
  if (!volume) {
    return;
  }
  const { path, access, namespace: to } = volume;
  add(
    permissions,
    { nodePath: path, to: to ?? null },
    {
      change: { kind: 'nodePath', of, path, access, ...(to === undefined ? {} : { to }) },
      reach: access === 'readWrite' ? 2 : 1,
    },
  );
}

function addPolicy(
  permissions: Permissions<PermissionChange>,
  manifest: Manifest,
  of: ObjectRef,
): void {
  for (const grant of readPolicyGrants(manifest)) {
    add(
      permissions,
      { policy: manifest.name, ...identityOf(grant) },
      {
        change: { kind: 'policyUse', of, ...grant },
        reach: grant.use === 'hostPath' && grant.access === 'readOnly' ? 1 : 2,
      },
    );
  }
}

/**
 * Returns the identity of a permission in a policy. It is the same for the directories of a memory
 * in all versions of its contract.
 */
function identityOf(grant: PolicyGrant): object {
  const directory = grant.use === 'hostPath' ? parseMemoryDirectory(grant.path) : undefined;
  const what = grant.use === 'hostPath' ? grant.path : grant.use;
  return {
    namespace: grant.namespace,
    what: directory ? `${directory.namespace}.${directory.contract} ${directory.memory}` : what,
  };
}

/**
 * Returns what policies no longer deny (gained) or newly deny (lost): validations, the failure
 * policy, and bindings with the action Deny.
 */
export function policyChanges({ pairs }: ComparedSets): GainsAndLosses<PolicyChange> {
  const [gained, lost]: [PolicyChange[], PolicyChange[]] = [[], []];
  const addChanges = (from: readonly PolicyChange[], to: readonly PolicyChange[]) => {
    const isIn = (list: readonly PolicyChange[], change: PolicyChange) =>
      list.some(each => canonical(each) === canonical(change));
    gained.push(...from.filter(each => !isIn(to, each)));
    lost.push(...to.filter(each => !isIn(from, each)));
  };
  for (const { of, before, after } of pairs) {
    const [old, now] = [before?.manifest, after?.manifest];
    if (of.kind === 'ValidatingAdmissionPolicyBinding') {
      addChanges(heldBy(of, old, now), heldBy(of, now, old));
      gained.push(...fieldChanges(of, DECIDING_OF_BINDING, old, now));
    }
    if (of.kind === 'ValidatingAdmissionPolicy' && old && now) {
      addChanges(refusedBy(of, old), refusedBy(of, now));
      gained.push(...fieldChanges(of, DECIDING, old, now));
    }
  }
  return { gained, lost };
}

/** The fields of policies that decide what is refused, beside those that are compared alone. */
const DECIDING = ['matchConstraints', 'matchConditions', 'paramKind', 'variables'];
const DECIDING_OF_BINDING = ['matchResources', 'paramRef'];

/** Returns the change of such fields, each variable by its name. Empty if none differs. */
function fieldChanges(
  of: ObjectRef,
  deciding: readonly string[],
  before: Manifest | undefined,
  after: Manifest | undefined,
): PolicyChange[] {
  if (!before || !after) {
    return [];
  }
  const fields = deciding.flatMap((field): string[] => {
    const [old, now] = [before, after].map(({ json }) => decided(at(json, 'spec', field)));
    if (canonical(old ?? null) === canonical(now ?? null)) {
      return [];
    }
    if (field !== 'variables') {
      return [`spec.${field}`];
    }
    const [was, is] = [old, now].map(
      list => new Map(objectsOf(list).map(each => [textOf(each.name ?? ''), canonical(each)])),
    );
    return [...new Set([...was.keys(), ...is.keys()])]
      .filter(name => was.get(name) !== is.get(name))
      .map(name => `spec.variables[${name}]`);
  });
  return fields.length === 0 ? [] : [{ kind: 'policyFields', of, fields }];
}

/** Returns a field without the namespaces that a binding names, which are compared alone. */
function decided(value: Json | undefined): Json | undefined {
  const selector = at(value, 'namespaceSelector');
  if (!isObject(value) || !isObject(selector)) {
    return value;
  }
  const { matchLabels: _, ...rest } = selector;
  return { ...value, namespaceSelector: rest };
}

/**
 * Returns the namespaces whose pods a binding holds to its policy. Empty if the binding does not
 * deny.
 */
function heldBy(
  of: ObjectRef,
  binding: Manifest | undefined,
  other: Manifest | undefined,
): PolicyChange[] {
  if (!actionsOf(binding).includes('Deny')) {
    return [];
  }
  const bound = boundBy(binding);
  const instead = actionsOf(other);
  const isSofter = instead.length > 0 && !instead.includes('Deny') && equal(boundBy(other), bound);
  return [{ kind: 'policyBinding', of, ...bound, ...(isSofter ? { instead } : {}) }];
}

function actionsOf(binding: Manifest | undefined): string[] {
  return itemsOf(at(binding?.json, 'spec', 'validationActions')).map(textOf);
}

function boundBy(binding: Manifest | undefined) {
  const labels =
    at(binding?.json, 'spec', 'matchResources', 'namespaceSelector', 'matchLabels') ?? {};
  return {
    namespaces: Object.values(labels).map(textOf),
    policy: textOf(at(binding?.json, 'spec', 'policyName') ?? ''),
  };
}

function refusedBy(of: ObjectRef, { json }: Manifest): PolicyChange[] {
  const validations = objectsOf(at(json, 'spec', 'validations'))
    .map(({ expression = '' }) => textOf(expression))
    .filter(expression => expression.trim() !== 'true'); // refuses nothing
  const refused = validations.map((expression): PolicyChange => ({
    kind: 'policyValidation',
    of,
    expression,
  }));
  return at(json, 'spec', 'failurePolicy') === 'Ignore'
    ? refused
    : [...refused, { kind: 'policyFailure', of }];
}
