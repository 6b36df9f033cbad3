import { formatBytes } from '../../kube/quantity';

/** A memory of a contract or a mark. The size is absent if nobody knows it. */
interface Sized {
  readonly size?: number | bigint;
}

/** Returns the bytes of memories together, without those whose size is not known. */
export function knownBytes(memories: readonly Sized[]): bigint {
  return memories.reduce((sum, { size }) => sum + BigInt(size ?? 0), 0n);
}

/** Describes the size of one memory for people. */
export function sizeWords({ size }: Sized): string {
  return size === undefined ? 'size not known' : formatBytes(size);
}

/** Describes the size of memories together for people. */
export function totalWords(memories: readonly Sized[]): string {
  const unknown = memories.filter(({ size }) => size === undefined).length;
  if (unknown === memories.length) {
    return 'size not known';
  }
  const known = formatBytes(knownBytes(memories));
  return unknown === 0 ? known : `${known} and memory whose size is not known`;
}
