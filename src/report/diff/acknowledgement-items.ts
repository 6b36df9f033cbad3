import type { WordedAcknowledgement } from './diff-document';
import { object, sentence, value, type Item, type Part } from './diff-item';

/** The highest number of objects that an item names. */
const MOST_OBJECTS = 5;

const SIGNS: Readonly<Record<WordedAcknowledgement['change'], Item['sign']>> = {
  added: '+',
  prolonged: '+',
  removed: '-',
  shortened: '-',
  reworded: ' ',
};

/** Returns the items about acknowledgements: what somebody accepts, until when, and why. */
export function acknowledgements(all: readonly WordedAcknowledgement[]): Item[] {
  const order = Object.keys(SIGNS);
  return [...all]
    .sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change)) // the sort is stable
    .map(item);
}

function item(each: WordedAcknowledgement): Item {
  const { change, rule, reason, until, was } = each;
  const isGone = change === 'removed';
  const had = was !== null && was.until !== until ? [', was accepted ', ...day(was.until)] : [];
  return {
    sign: SIGNS[change],
    isNeverFolded: true,
    parts: [
      value(rule),
      isGone ? ' is no longer accepted, which it was ' : ' is accepted ',
      ...day(until),
      ...had,
      ': ',
      sentence(reason),
    ],
    more: [
      ...(was === null || was.reason === reason
        ? []
        : [['the reason was: ', sentence(was.reason)]]),
      where(each),
    ],
  };
}

function day(until: string | null): Part[] {
  return until === null ? ['without an end date'] : ['until ', value(until)];
}

/** Who says it, as far as the annotation tells, and on which objects. */
function where({ contract, on }: WordedAcknowledgement): Part[] {
  const shown = on.length > MOST_OBJECTS + 1 ? on.slice(0, MOST_OBJECTS) : on;
  return [
    ...(contract === null
      ? ['said on the object itself, not by whom: ']
      : ['said by contract ', value(contract), ', on ']),
    ...shown.flatMap((of, i) => [...(i === 0 ? [] : [', ']), object(of)]),
    ...(on.length > shown.length ? [` and ${on.length - shown.length} more`] : []),
  ];
}
