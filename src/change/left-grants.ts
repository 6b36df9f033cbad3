import type { ComparedSets } from './compared-sets';
import type { LeftGrant } from './object-change';
import type { ObjectPair } from './object-pairs';
import { at, textOf } from '../kube/json';
import { readGrant, type ReadGrant } from '../model/client/grant';
import type { ManifestSet } from '../read/manifest-set';
import { guardrailsOf, refuseIn } from '../sharing/guardrails';
import { claimsListedBy } from '../sharing/policy-expressions';

/**
 * Returns the grants that are gone from the manifests, by the object at which a reader looks for
 * them. Apply does not delete them, and the policy of the new side does not know them any more.
 */
export function leftGrants({ pairs, before, after }: ComparedSets): Map<ObjectPair, LeftGrant> {
  const gone = pairs.flatMap(pair =>
    pair.before && !pair.after ? [{ pair, manifest: pair.before.manifest }] : [],
  );
  const claims = new Map(
    gone
      .filter(({ manifest }) => manifest.kind === 'PersistentVolumeClaim')
      .map(({ pair, manifest: { namespace = '', name } }) => [`${namespace}/${name}`, pair]),
  );
  const unguarded = lostGuards(before.set, after.set);
  return new Map(
    gone.flatMap(({ pair, manifest }): [ObjectPair, LeftGrant][] => {
      const grant = readGrant(manifest);
      if (grant === undefined) {
        return [];
      }
      const claim = textOf(at(manifest.json, 'spec', 'claimRef', 'name') ?? '');
      const { backing: _, ...memory } = grant.directory;
      const { to, access } = grant;
      const noLongerGuardedBy = unguarded(grant, claim);
      const left = { to, claim, ...memory, access, noLongerGuardedBy };
      return [[claims.get(`${to}/${claim}`) ?? pair, left]];
    }),
  );
}

type Guards = (grant: ReadGrant, claim: string) => string[];

/** Returns what tells which policies guarded a claim, if none does any more. */
function lostGuards(before: ManifestSet, after: ManifestSet): Guards {
  const [old, now] = [before, after].map(set =>
    guardrailsOf(set)
      .filter(({ grants }) => grants !== undefined)
      .map(guardrail => ({ guardrail, lists: claimsListedBy(guardrail.policy) })),
  );
  const staying = new Set(now.map(({ guardrail }) => guardrail.policy.name));
  return (grant, claim) =>
    now.some(({ lists }) => lists(grant, claim))
      ? []
      : old
          .filter(
            ({ guardrail, lists }) => lists(grant, claim) && refuseIn(guardrail.bindings, grant.to),
          )
          .map(({ guardrail }) => guardrail.policy.name)
          .filter(name => staying.has(name));
}
