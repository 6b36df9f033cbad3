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

/**
 * The same for a hugetlbfs, which has no write(): maps a file of 8 MiB more than there are, and
 * then one that takes all that is left besides the agent's own page.
 */
export async function overmap(
  probe: Probe,
  who: string,
  path: string,
  size: number,
): Promise<[boolean, string]> {
  const beyond = await mapped(probe, path, size + 8 * MEBIBYTE);
  const rest = await mapped(probe, path, size - 2 * MEBIBYTE);
  const has = await sizeOf(probe, path);
  return [
    beyond === 'ENOMEM' && rest === 'ok' && has === size,
    `${who} maps a file of ${size / MEBIBYTE + 8} MiB where there are ${size / MEBIBYTE} MiB, 2 of them taken: ${beyond}; one of ${size / MEBIBYTE - 2} MiB: ${rest}; the file system has ${has / MEBIBYTE} MiB`,
  ];
}

/** An emptyDir of huge pages, whose file system has no size: statfs() says 0. */
export async function uncapped(
  probe: Probe,
  path: string,
  size: number,
): Promise<[boolean, string]> {
  const has = await sizeOf(probe, path);
  const rest = await mapped(probe, path, size - 2 * MEBIBYTE);
  return [
    has === 0 && rest === 'ok',
    `the file system of a memory of ${size / MEBIBYTE} MiB has ${has === 0 ? 'no size of its own' : `${has / MEBIBYTE} MiB`}; the agent maps ${size / MEBIBYTE - 2} MiB besides its own page: ${rest}`,
  ];
}

/** System V memory has no file system: makes another segment, larger than the contract says. */
export async function oversizedSegment(
  probe: Probe,
  token: string,
  size: number,
): Promise<[boolean, string]> {
  const segment = 'sysv:0x5349';
  const beyond = size + 8 * MEBIBYTE;
  const result = await probe.result('-s', beyond, 'write', token, segment);
  await probe.result('remove', segment);
  return [
    result === 'ok',
    `the agent makes another segment, of ${beyond / MEBIBYTE} MiB, where the contract has ${size / MEBIBYTE} MiB: ${result}`,
  ];
}

/** Makes a file, maps and touches all of it, and takes it away again. */
async function mapped(probe: Probe, path: string, bytes: number): Promise<string> {
  const object = `file:${path}/beyond`;
  const result = await probe.result('-s', bytes, 'write', 'beyond', object);
  await probe.result('remove', object);
  return result;
}

async function sizeOf(probe: Probe, path: string): Promise<number> {
  const kibibytes = await probe.shell(`df -Pk ${path} | awk 'NR == 2 { print $2 }'`);
  return Number(kibibytes) * 1024;
}
