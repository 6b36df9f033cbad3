import { contractChanges } from './contracts';
import { goneParts } from './gone';
import { grantChanges, policyChanges } from './grants';
import { memoryChanges } from './memory';
import { DIFF_API_VERSION, type Diff, type ObjectChanges } from './model';
import { podSecurityChanges } from './namespaces';
import { pairsOf, type Pair, type Side } from './objects';
import { hostPrivilegeChanges } from './privileges';
import { refusedChanges } from './refused';
import { podChanges } from './restarts';
import { verdictOf } from './words';
import { comparedSets } from './workloads';

/** The blast radius of a change, from the objects before and after it. */
export function diff(before: Side, after: Side): Diff {
  const pairs = pairsOf(before, after);
  const sets = comparedSets(pairs, before, after);
  const changes = [podSecurityChanges(sets), policyChanges(sets), grantChanges(sets), hostPrivilegeChanges(sets)];
  const refused = refusedChanges(pairs);
  const parts = {
    privileges: { gained: changes.flatMap(({ gained }) => gained), lost: changes.flatMap(({ lost }) => lost) },
    refused,
    pods: podChanges(pairs, refused),
    contracts: contractChanges(sets),
    memory: memoryChanges(sets),
    objects: objectChanges(pairs),
  };
  return { apiVersion: DIFF_API_VERSION, verdict: verdictOf(parts), ...parts };
}

function objectChanges(pairs: readonly Pair[]): ObjectChanges {
  const gone = [...goneParts(pairs)].map(([{ of }, part]) => ({ ...of, part }));
  const order = ['client', 'grant', 'agent', null];
  return {
    added: pairs.filter(({ before }) => !before).map(({ of }) => of),
    gone: gone.sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part)), // stable
    moved: pairs.flatMap(({ of, before, after }) => {
      const [from, to] = [before?.file ?? null, after?.file ?? null];
      return from === null || to === null || from === to ? [] : [{ ...of, from }];
    }),
    changed: pairs.flatMap(({ of, fields }) => fields.length === 0 ? [] : [{ ...of, fields }]),
  };
}
