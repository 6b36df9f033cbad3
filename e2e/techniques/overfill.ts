import type { Probe } from '../probe';

const MEBIBYTE = 1024 * 1024;

/**
 * Writes 8 MiB more than a tmpfs of that size has, and says whether the kernel stopped it at the
 * size.
 */
export async function overfill(
  probe: Probe,
  who: string,
  path: string,
  size: number,
): Promise<[boolean, string]> {
  const { result, bytes } = await probe.step('-s', size + 8 * MEBIBYTE, 'fill', `${path}/beyond`);
  const stopped = result === 'ENOSPC' && Number(bytes) <= size && Number(bytes) > size - MEBIBYTE;
  return [
    stopped,
    `${who} writes ${size / MEBIBYTE + 8} MiB where there are ${size / MEBIBYTE} MiB: ${stopped ? `${result} at the size` : `${result} after ${bytes} bytes`}`,
  ];
}
