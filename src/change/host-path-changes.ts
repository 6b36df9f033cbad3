import { at } from '../kube/json';
import { isAtOrBelow, overlaps, realPath } from '../kube/path';
import { memoryInAnyVersion } from '../model/contract/node-layout';
import { isWiderAccess, type HostPathAccess } from '../read/host-privileges';
import type { Pod } from '../read/pod';
import { mountedAt, type MountedHostPath } from '../sharing/unnamed-host-paths';

/** What a container has of a directory of the node. */
export interface HostPathUse {
  readonly path: string;
  readonly access: HostPathAccess;
}

/** What a container has of a hostPath beyond what it has on the other side. */
export interface MoreOfHostPath {
  readonly privilege: MountedHostPath;
  /** What it has on the other side instead. Absent if it mounts nothing of the volume there. */
  readonly instead?: HostPathUse;
}

/**
 * Returns what the containers of a pod have of a hostPath that both sides have as a volume, beyond
 * what the container of the same name has on the other side: a mount where it has none, one that
 * is writable, or one of a directory further up (`subPath`).
 */
export function moreOfHostPath(path: string, pod: Pod, than: Pod): MoreOfHostPath[] {
  const had = usesOf(path, than);
  const more = usesOf(path, pod).filter(use => had.every(other => !covers(other, use)));
  return more
    .filter((use, i) =>
      more.every((other, j) => j === i || !covers(other, use) || (j > i && covers(use, other))),
    )
    .map(use => {
      const [instead] = had
        .filter(other => other.container === use.container && overlap(other, use))
        .sort((a, b) => realPath(b.path).length - realPath(a.path).length);
      const nowhere =
        had.length === 0 ? ({ path: use.path, access: 'notMounted' } as const) : undefined;
      return moreThan(use, instead ?? nowhere);
    });
}

function moreThan(privilege: MountedHostPath, other: HostPathUse | undefined): MoreOfHostPath {
  return { privilege, ...(other && { instead: { path: other.path, access: other.access } }) };
}

/**
 * Returns what a container mounts of a hostPath, unless the container of the same name has it on
 * the other side: there, too, or of another version of the contract.
 */
export function beyondMounts(mounted: MountedHostPath, than: Pod | undefined): MoreOfHostPath[] {
  const had = mountsOf(mounted.container, than);
  const same = sameMounts(mounted, than);
  if (same.some(other => !isWiderAccess(mounted.access, other.access))) {
    return [];
  }
  const [instead] = [...same, ...had.filter(other => overlap(other, mounted))];
  return [moreThan(mounted, instead)];
}

/**
 * Returns the mounts with which the container of the same name has a directory on the other side:
 * there, further up, or of another version of the contract.
 */
export function sameMounts(mounted: MountedHostPath, than: Pod | undefined): MountedHostPath[] {
  return mountsOf(mounted.container, than).filter(
    other =>
      isAtOrBelow(realPath(mounted.path), realPath(other.path)) ||
      isOtherVersion(mounted.path, other.path),
  );
}

function mountsOf(name: string, pod: Pod | undefined): MountedHostPath[] {
  return (pod?.mounts ?? [])
    .filter(
      ({ container, volume }) =>
        container.name === name && at(volume?.json, 'hostPath') !== undefined,
    )
    .map(mountedAt);
}

/** Checks whether two paths are the same memory of a contract, in two of its versions. */
function isOtherVersion(path: string, other: string): boolean {
  const [one, two] = [path, other].map(each => memoryInAnyVersion(realPath(each)));
  return one !== undefined && one === two;
}

function overlap(use: HostPathUse, other: HostPathUse): boolean {
  return overlaps(realPath(use.path), realPath(other.path));
}

/** Checks whether a container that has one use of a directory also has the other one. */
function covers(use: MountedHostPath, other: MountedHostPath): boolean {
  return (
    use.container === other.container &&
    isAtOrBelow(realPath(other.path), realPath(use.path)) &&
    !isWiderAccess(other.access, use.access)
  );
}

/** Returns the mounts of a hostPath. */
function usesOf(path: string, pod: Pod): MountedHostPath[] {
  return pod.mounts
    .filter(({ volume }) => {
      const base = at(volume?.json, 'hostPath', 'path');
      return typeof base === 'string' && realPath(base) === realPath(path);
    })
    .map(mountedAt);
}
