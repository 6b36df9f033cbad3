import type { ComparedSets } from './compared-sets';
import type { GainsAndLosses, NodePermissionChange } from './set-changes';
import { nodePermissions } from '../sharing/guardrails';
import type { MarkedManifests } from '../sharing/marked-manifests';

/** Returns what service accounts may do with nodes on only one side. */
export function nodePermissionChanges(sets: ComparedSets): GainsAndLosses<NodePermissionChange> {
  const { before, after } = sets;
  return { gained: beyond(before, after, sets), lost: beyond(after, before, sets) };
}

function beyond(
  than: MarkedManifests,
  marked: MarkedManifests,
  { pairs }: ComparedSets,
): NodePermissionChange[] {
  const had = nodePermissions(than.set);
  return nodePermissions(marked.set).flatMap(({ account, verbs, manifests: [binding] }) => {
    const known = had.filter(each => each.account === account).flatMap(each => each.verbs);
    const more = known.includes('*') ? [] : verbs.filter(verb => !known.includes(verb));
    const of = pairs.find(
      pair => pair.before?.manifest === binding || pair.after?.manifest === binding,
    )?.of;
    return of === undefined || more.length === 0
      ? []
      : [{ kind: 'nodePermission' as const, of, account, verbs: more }];
  });
}
