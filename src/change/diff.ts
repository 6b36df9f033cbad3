import { acknowledgementChanges } from './acknowledgement-changes';
import { comparedSets, type ComparedSets } from './compared-sets';
import { containerChanges } from './container-changes';
import { contractChanges } from './contract-changes';
import { contractUseChanges, unservedContracts } from './contract-uses';
import { goneParts } from './gone-objects';
import { grantChanges } from './grant-changes';
import { hardeningChanges } from './hardening-changes';
import { imageSourceChanges } from './image-source-changes';
import { labelChanges } from './label-changes';
import { leftGrants } from './left-grants';
import { leftMemory } from './left-memory';
import { memoryChanges } from './memory-changes';
import { nodePermissionChanges } from './node-permission-changes';
import type { ObjectChanges } from './object-change';
import { objectPairs, type ManifestSide } from './object-pairs';
import { podChanges } from './pod-changes';
import { podPermissionChanges } from './pod-permission-changes';
import { podSecurityChanges } from './pod-security-changes';
import { policyChanges } from './policy-changes';
import { hostPrivilegeChanges } from './privilege-changes';
import { refusedChanges } from './refused-changes';
import type { GainsAndLosses, PrivilegeChange, SetChanges } from './set-changes';
import type { GivenContract } from '../sharing/given-contract';

/**
 * Returns the effects of a change, from the objects before and after it.
 *
 * @param contracts contracts whose policies are not among the objects, but in force
 */
export function changesBetween(
  before: ManifestSide,
  after: ManifestSide,
  contracts: readonly GivenContract[] = [],
): SetChanges {
  const pairs = objectPairs(before, after);
  const sets = comparedSets(pairs, before, after, contracts);
  const privileges: GainsAndLosses<PrivilegeChange>[] = [
    podSecurityChanges(sets),
    policyChanges(sets),
    grantChanges(sets),
    nodePermissionChanges(sets),
    podPermissionChanges(sets),
    hostPrivilegeChanges(sets),
    hardeningChanges(sets),
    { gained: imageSourceChanges(sets), lost: [] },
  ];
  const refused = refusedChanges(pairs);
  return {
    acknowledgements: acknowledgementChanges(pairs),
    privileges: {
      gained: privileges.flatMap(({ gained }) => gained),
      lost: privileges.flatMap(({ lost }) => lost),
    },
    containers: containerChanges(sets),
    refused,
    labels: labelChanges(sets),
    pods: podChanges(pairs, refused),
    contracts: contractChanges(sets),
    uses: contractUseChanges(sets),
    unserved: unservedContracts(sets),
    memory: { ...memoryChanges(sets), left: leftMemory(sets) },
    objects: objectChanges(sets),
  };
}

function objectChanges(sets: ComparedSets): ObjectChanges {
  const { pairs } = sets;
  const grants = leftGrants(sets);
  return {
    added: pairs.filter(({ before }) => !before).map(({ of }) => of),
    gone: goneParts(sets).map(({ pair, part, ranPods }) => ({
      ...pair.of,
      ...{ part, ranPods, grant: grants.get(pair) ?? null },
    })),
    moved: pairs.flatMap(({ of, before, after }) => {
      const [from, to] = [before?.file ?? null, after?.file ?? null];
      return from === null || to === null || from === to ? [] : [{ ...of, from }];
    }),
    changed: pairs.flatMap(({ of, fields }) => (fields.length === 0 ? [] : [{ ...of, fields }])),
  };
}
