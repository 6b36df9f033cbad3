import type { DiffDocument } from './diff-document';
import { object, value, type Item, type Part } from './diff-item';
import type { ObjectRef } from '../../change/set-changes';

/** Returns the items about contracts that nothing serves any more, which begin the section. */
export function unserved(contracts: DiffDocument['unserved']): Item[] {
  return contracts.map(({ namespace, contract, lost, to, users }): Item => {
    const many = users.length > 1;
    return {
      sign: '-',
      isNeverFolded: true,
      parts: [
        'contract ',
        value(`${namespace}/${contract}`),
        ...(lost === 'agent'
          ? [': nothing serves it any more; ']
          : [
              ': it is not granted any more to ',
              ...(to === null ? ['its clients'] : ['namespace ', value(to)]),
              '; ',
            ]),
        ...listed(users),
        ` still ${many ? 'use' : 'uses'} it`,
      ],
    };
  });
}

const SIGNS = { starts: '+', declares: ' ', stops: '-' } as const;

/** Returns the items about workloads that newly use a contract, or no longer do. */
export function uses(changes: DiffDocument['uses']): Item[] {
  return changes.map(({ of, contract, access, memories, change }): Item => ({
    sign: SIGNS[change],
    parts: [
      object(of),
      `: ${change === 'stops' ? 'no longer ' : ''}${access === 'readWrite' ? 'reads and writes' : 'reads'} memory `,
      value(memories.map(name => `${contract}/${name}`).join(', ')),
      ' of contract ',
      value(contract),
      ...(change === 'starts' ? [', which it did not before'] : []),
      ...(change === 'declares' ? [', as before; only the mark is new'] : []),
    ],
  }));
}

function listed(objects: readonly ObjectRef[]): Part[] {
  return objects.flatMap((of, i) => [
    ...(i === 0 ? [] : [i === objects.length - 1 ? ' and ' : ', ']),
    object(of),
  ]);
}
