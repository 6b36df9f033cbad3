import type { WordedLabelChange } from './diff-document';
import type { LabelChange } from '../../change/set-changes';
import { labelRefusal } from '../../rules/label-match';

/** Returns the words for a label that gets something else than before. */
export function labelChangeWords({
  of,
  contract,
  from,
  to,
  isFrozen,
}: LabelChange): WordedLabelChange {
  const values = { of, contract, from: from?.value ?? null, to: to?.value ?? null };
  if (isFrozen) {
    return {
      ...values,
      outcome: 'refused',
      why: 'the label is read when a pod is created, and cannot be changed later; delete the Pod, then apply',
    };
  }
  if (to === undefined) {
    return { ...values, outcome: 'leaves', why: null };
  }
  switch (to.outcome.kind) {
    case 'wired':
      return {
        ...values,
        outcome: 'joins',
        why:
          to.outcome.unseen === true
            ? 'if its namespace is granted this; the policies are not in these manifests'
            : null,
      };
    case 'noPolicy':
      return {
        ...values,
        outcome: 'notWired',
        why:
          from === undefined || from.outcome.kind === 'noPolicy'
            ? `no policy of these manifests wires contract ${contract}, so nothing else about the label was checked`
            : `no policy of the new manifests wires contract ${contract} any more`,
      };
    case 'notGranted':
    case 'daemonSet':
    case 'refused':
      return { ...values, outcome: 'refused', why: labelRefusal(contract, to.outcome) };
  }
}
