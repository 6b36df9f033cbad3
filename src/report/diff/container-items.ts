import { isContainerBeyondMarks } from './container-change-words';
import type { WordedContainerChange } from './diff-document';
import { object, sentence, value, type Item, type Part } from './diff-item';

const CHANGES: Readonly<
  Record<WordedContainerChange['change'], Pick<Item, 'sign'> & { readonly says: string }>
> = {
  added: { sign: '+', says: 'new' },
  reaches: { sign: '+', says: 'reaches more memory' },
  removed: { sign: '-', says: 'gone' },
  noLongerReaches: { sign: '-', says: 'reaches less memory' },
};

/** Returns the items about containers, beginning with those that reach memory without a mark. */
export function containers(changes: readonly WordedContainerChange[]): Item[] {
  const [first, others] = [
    changes.filter(isContainerBeyondMarks),
    changes.filter(c => !isContainerBeyondMarks(c)),
  ];
  return [
    ...first.map(each => ({ ...item(each), isNeverFolded: true as const })),
    ...others.map(item),
  ];
}

function item({ of, container, change, image, step, lacks, memory }: WordedContainerChange): Item {
  const { sign, says } = CHANGES[change];
  const shown: Part[] = image === null ? ['no image'] : ['image ', value(image)];
  const more = memory.map(({ what }): Part[] => [sentence(what)]);
  return {
    sign,
    parts: [
      object(of),
      ', ',
      value(container),
      `: ${says}, `,
      ...shown,
      ...(step ? [', a step of this library'] : []),
      ...(lacks === null ? [] : [', without ', value(lacks)]),
    ],
    ...(more.length === 0 ? {} : { more }),
  };
}
