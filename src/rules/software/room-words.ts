import { formatBytes } from '../../kube/quantity';
import { DEV_SHM } from '../../kube/well-known';
import type { OwnMemory } from '../../sharing/room';

/** Says how large a room of a known size is, as the end of a sentence. */
export function roomWords(room: OwnMemory & { readonly bytes: bigint }): string {
  if (room.kind === 'default') {
    return `/dev/shm has ${formatBytes(room.bytes)} without a volume`;
  }
  const { size, volume } = room;
  return volume
    ? `volume ${volume.name} has ${size}`
    : `the volume that KubeRay mounts at /dev/shm has ${size}`;
}

/** Returns the fix that gives a container enough room. */
export function roomFix(bytes: bigint | string, path = DEV_SHM): string {
  const size = typeof bytes === 'string' ? bytes : formatBytes(bytes);
  return `mount an emptyDir with medium: Memory and sizeLimit: ${size} or more at ${path}, and set a memory limit above that`;
}
