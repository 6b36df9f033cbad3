import type { WordedMemory } from './diff-document';
import { fromTo, object, value, type Item, type Part } from './diff-item';
import type { MarkedBacking } from '../../model/contract/contract-spec';
import { directoryRemoval, OBJECTS_REMOVAL, SEGMENTS_REMOVAL } from '../node-removal-commands';

/** Returns the items about memory: what is shared, what stays, and limits and requests. */
export function memory({ shared, left, resources, volumes }: WordedMemory): Item[] {
  const item = (...parts: Part[]): Item => ({ sign: ' ', parts });
  return [
    ...shared.map(({ nodes, contract: name, from, to, payerBefore, payerAfter }) =>
      item(
        'shared on ',
        value(nodes),
        ', contract ',
        value(name),
        ...fromTo(from, to),
        ...paid(payerBefore, payerAfter),
      ),
    ),
    ...left.map(leftItem),
    ...resources.map(({ of, container, resource, what, from, to }) =>
      item(
        object(of),
        ', ',
        ...(container === null ? ['the pod'] : ['container ', value(container)]),
        ', ',
        ...(resource === 'memory' ? [resource] : [value(resource)]),
        ` ${what}`,
        ...fromTo(from, to),
      ),
    ),
    ...volumes.map(({ of, volume, from, to }) =>
      item(object(of), ', memory volume ', value(volume), ...fromTo(from, to)),
    ),
  ];
}

function paid(before: string | null, after: string | null): Part[] {
  const [from, to] = [before ?? after, after ?? before];
  return from === to ? [`, paid by ${to}`] : [`, paid by ${from} before, by ${to} now`];
}

const KINDS: Readonly<Partial<Record<MarkedBacking, string>>> = {
  directory: 'in a directory',
  tmpfs: 'a tmpfs',
  hugetlbfs: 'in huge pages',
  hostIpc: 'System V segments',
  devShm: 'objects in /dev/shm',
};

/** Says what an agent leaves on its nodes, and how to remove it. */
function leftItem({ nodes, contract, version, memories, directories }: Left): Item {
  const has = (backing: MarkedBacking) => memories.some(each => each.backing === backing);
  const commands = [
    ...directories.flatMap(each => directoryRemoval(each)),
    ...(has('hostIpc') ? SEGMENTS_REMOVAL : []),
    ...(has('devShm') ? OBJECTS_REMOVAL : []),
  ];
  return {
    sign: ' ',
    parts: [
      'stays on ',
      value(nodes),
      ' until somebody removes it or the node restarts, charged to no pod: contract ',
      value(contract),
      ' ',
      value(version),
      ', ',
      ...memories.flatMap(({ memory: name, backing, size }, i) => [
        ...(i === 0 ? [] : [', ']),
        ...['memory ', value(name), ` (${KINDS[backing] ?? backing}, `, value(size), ')'],
      ]),
    ],
    more: [
      [
        'when no pod uses it any more, remove it there as root ("Clean removal" in docs/operations.md of the package):',
      ],
      ...commands.map(command => [value(command)]),
    ],
  };
}

type Left = WordedMemory['left'][number];
