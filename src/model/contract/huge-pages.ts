import { HUGE_PAGE_SIZES, type ContractSpec, type HugePageSize } from './contract-spec';
import type { Need } from '../../errors';
import { formatBytes } from '../../kube/quantity';

/** The bytes of a huge page. */
export const HUGE_PAGE_BYTES: Readonly<Record<HugePageSize, number>> = {
  '2Mi': 2 ** 21,
  '1Gi': 2 ** 30,
};

/** Memory of a contract or a mark, which may be in huge pages. */
interface Paged {
  readonly size?: number | bigint;
  readonly hugePages?: HugePageSize;
}

/** Returns the memories in ordinary pages, which count as memory of the container that pays. */
export function inOrdinaryPages<M extends Paged>(memories: readonly M[]): M[] {
  return memories.filter(({ hugePages }) => hugePages === undefined);
}

/** Returns the bytes in huge pages, by the size of the pages. */
export function bytesInHugePages(
  memories: readonly Paged[],
): [size: HugePageSize, bytes: bigint][] {
  return HUGE_PAGE_SIZES.flatMap((size): [HugePageSize, bigint][] => {
    const bytes = memories
      .filter(({ hugePages }) => hugePages === size)
      .reduce((sum, memory) => sum + BigInt(memory.size ?? 0), 0n);
    return bytes === 0n ? [] : [[size, bytes]];
  });
}

/** Checks the memories in huge pages. */
export function checkHugePages(spec: ContractSpec, need: Need): void {
  for (const { name, api, backing, hugePages, size = 0 } of spec.memory) {
    if (hugePages === undefined) {
      continue;
    }
    const field = `hugePages of memory ${name}`;
    need(
      HUGE_PAGE_SIZES.includes(hugePages),
      'SHM007',
      field,
      hugePages,
      'HugePages.SIZE_2MI or HugePages.SIZE_1GI',
      'write one of them, or leave it out for ordinary pages',
    );
    need(
      api === 'files',
      'SHM007',
      field,
      hugePages,
      `huge pages only for SharedMemory.files(), and not for ${api}`,
      'leave it out, or use SharedMemory.files()',
    );
    need(
      backing === undefined,
      'SHM007',
      `backing of memory ${name}`,
      backing,
      'nothing for memory in huge pages: it is in a hugetlbfs of its own',
      'leave backing out, or leave hugePages out',
    );
    const page = HUGE_PAGE_BYTES[hugePages] ?? 1;
    const below = Math.floor(size / page) * page;
    need(
      !(size % page > 0),
      'SHM003',
      `size of memory ${name}`,
      formatBytes(Number.isSafeInteger(size) ? size : 0),
      `a multiple of ${hugePages}, because the memory is in huge pages of that size`,
      `write ${below === 0 ? '' : `${formatBytes(below)} or `}${formatBytes(below + page)}`,
    );
  }
}
