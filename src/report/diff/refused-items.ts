import type { DiffDocument, WordedRefusal } from './diff-document';
import { fromTo, object, sentence, value, type Item, type Part } from './diff-item';
import { groupBy } from '../../kube/group';

/**
 * Returns the items about changes that apply refuses, one for each object: with its fields, and
 * once why, and what to do.
 */
export function refusedItems(refused: DiffDocument['refused']): Item[] {
  return [...groupBy(refused, ({ of }) => of).values()].map((fields): Item => {
    const [first, ...others] = fields;
    return {
      sign: ' ',
      parts: [
        ...mayBe(first),
        object(first.of),
        ', ',
        value(first.field),
        ...fromTo(first.from, first.to),
      ],
      more: [
        ...others.map((each): Part[] => [
          'and ',
          ...mayBe(each),
          value(each.field),
          ...fromTo(each.from, each.to),
        ]),
        ...distinct(fields.map(({ why }) => why)).map((why): Part[] => ['why: ', sentence(why)]),
        ...distinct(fields.map(({ fix }) => fix)).map((fix): Part[] => ['fix: ', sentence(fix)]),
      ],
    };
  });
}

function mayBe({ certainty }: WordedRefusal): Part[] {
  return certainty === 'may' ? ['may be refused: '] : [];
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
