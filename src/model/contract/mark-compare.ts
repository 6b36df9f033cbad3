import { type Change, type Compared } from './compared-contract';
import { compare } from './contract-compare';
import type { ReadMark } from './contract-mark';
import { markedMemoryDirectory } from './node-layout';

/** Returns the differences between the contracts of two marks, as far as marks record them. */
export function compareMarks(before: ReadMark, after: ReadMark): Change[] {
  // In a sidecar's pod, memory is always an emptyDir, whatever its backing on nodes. Such a
  // difference is not a difference of the contract.
  const alike = (before.side === 'sidecar') === (after.side === 'sidecar');
  return compare(comparedMark(before, alike), comparedMark(after, alike));
}

function comparedMark(mark: ReadMark, withBacking: boolean): Compared {
  const { contract: name, namespace, version, payer, group } = mark;
  const memory = mark.memory.map(m => {
    const directory = markedMemoryDirectory({ namespace, contract: name, version }, m);
    return {
      ...m,
      backing: withBacking ? m.backing : '',
      ...(directory === undefined ? {} : { directory }),
    };
  });
  return {
    name,
    namespace,
    version,
    payer,
    memory,
    ...(group === undefined ? {} : { groupId: group }),
  };
}
