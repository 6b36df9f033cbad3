import type { ComparedSets } from './compared-sets';
import type {
  GainsAndLosses,
  GrantChange,
  NodePathChange,
  ObjectRef,
  PolicyUseChange,
} from './set-changes';
import { canonical } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { readGrant } from '../model/client/grant';
import { memoryInAnyVersion } from '../model/contract/node-layout';
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
  const what =
    grant.use === 'hostPath' ? (memoryInAnyVersion(grant.path) ?? grant.path) : grant.use;
  return { namespace: grant.namespace, what };
}
