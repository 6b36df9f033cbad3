import type { WordedAcknowledgement } from './diff-document';
import type { AcknowledgementChange } from '../../change/set-changes';
import { groupBy } from '../../kube/group';
import { count } from '../finding-words';

/**
 * Returns the words for acknowledgements that differ. What a contract or a construct acknowledges
 * is on each of its workloads, and is said once.
 */
export function acknowledgementWords(
  changes: readonly AcknowledgementChange[],
): WordedAcknowledgement[] {
  const key = ({ of: _, ...change }: AcknowledgementChange) => JSON.stringify(change);
  return [...groupBy(changes, key).values()].flatMap(alike => {
    const [{ rule, contract = null, from, to }] = alike;
    const said = to ?? from;
    const change = changeOf(from, to);
    return said === undefined
      ? []
      : [
          {
            ...{ change, rule, contract, reason: said.reason, until: said.until },
            was: (to && from) ?? null,
            on: alike.map(({ of }) => of),
          },
        ];
  });
}

function changeOf(
  from: AcknowledgementChange['from'],
  to: AcknowledgementChange['to'],
): WordedAcknowledgement['change'] {
  if (!from) {
    return 'added';
  }
  if (!to) {
    return 'removed';
  }
  if (from.until === to.until) {
    return 'reworded';
  }
  return from.until !== null && (to.until === null || to.until > from.until)
    ? 'prolonged'
    : 'shortened';
}

const COUNTED = ['added', 'prolonged', 'removed', 'shortened', 'reworded'] as const;

/** `2 acknowledgements added (SHM301, SHM303), 1 prolonged (SHM310)`. */
export function acknowledgedIn(all: readonly WordedAcknowledgement[]): string[] {
  const parts = COUNTED.flatMap(change => {
    const alike = all.filter(each => each.change === change);
    const rules = [...new Set(alike.map(({ rule }) => rule))].sort().join(', ');
    return alike.length === 0 ? [] : [{ number: alike.length, says: `${change} (${rules})` }];
  });
  return parts.length === 0
    ? []
    : [
        parts
          .map(({ number, says }, i) =>
            i === 0 ? `${count(number, 'acknowledgement')} ${says}` : `${number} ${says}`,
          )
          .join(', '),
      ];
}
