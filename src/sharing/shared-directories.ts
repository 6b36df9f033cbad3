import type { MarkedPod } from './marked-pod';
import { mountedPlace, nodePathOf } from './mounted-places';
import { getOrCreate } from '../kube/group';
import type { Manifest } from '../kube/manifest';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { parentsOf, realPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import type { ManifestSet } from '../read/manifest-set';
import type { Mount } from '../read/pod';

/** A mount of a directory of the node, by hostPath or by a claim whose volume is in the set. */
export interface DirectoryUse {
  readonly markedPod: MarkedPod;
  readonly mount: Mount;
  /** The directory or file on the node, cleaned, with /run instead of /var/run. */
  readonly path: string;
}

/**
 * Who uses which directories of nodes: what pods share with each other, as far as the manifests
 * show. Two workloads share a directory if both mount it, or if one mounts a directory that
 * contains what the other one mounts. Whether their pods meet on a node is not considered.
 */
export class SharedDirectories {
  private readonly usesByMount = new Map<Mount, DirectoryUse>();
  private readonly usesByPath = new Map<string, DirectoryUse[]>();
  /** The paths in use below each directory. */
  private readonly pathsBelow = new Map<string, Set<string>>();
  private readonly sharedPaths = new Map<string, boolean>();

  public constructor(set: ManifestSet, pods: readonly MarkedPod[]) {
    for (const markedPod of pods) {
      for (const mount of markedPod.pod.mounts) {
        const path = nodePathOf(mountedPlace(set, markedPod.pod, mount));
        if (path !== undefined) {
          this.add({ markedPod, mount, path: realPath(path) });
        }
      }
    }
  }

  private add(use: DirectoryUse): void {
    this.usesByMount.set(use.mount, use);
    const alike = getOrCreate(this.usesByPath, use.path, (): DirectoryUse[] => []);
    alike.push(use);
    if (alike.length > 1) {
      return;
    }
    for (const above of parentsOf(use.path)) {
      getOrCreate(this.pathsBelow, above, () => new Set<string>()).add(use.path);
    }
  }

  /** All directories of nodes that pods mount, each with its uses. */
  public get directories(): ReadonlyMap<string, readonly DirectoryUse[]> {
    return this.usesByPath;
  }

  /** Returns what a mount uses of the node. Absent if it uses nothing, or nothing that is known. */
  public useOf(mount: Mount): DirectoryUse | undefined {
    return this.usesByMount.get(mount);
  }

  /** Returns the uses, by other objects, of a directory itself, and of everything in it. */
  public usesIn(path: string, except: Manifest): DirectoryUse[] {
    const paths = [path, ...(this.pathsBelow.get(path) ?? [])];
    return paths.flatMap(each => this.usesAt(each, except));
  }

  /** Returns the uses, by other objects, of the directories that contain a path. */
  public usesAbove(path: string, except: Manifest): DirectoryUse[] {
    return parentsOf(path).flatMap(above => this.usesAt(above, except));
  }

  private usesAt(path: string, except: Manifest): DirectoryUse[] {
    return (this.usesByPath.get(path) ?? []).filter(
      ({ markedPod }) => markedPod.pod.manifest !== except,
    );
  }

  /**
   * Checks whether pods can share memory through a mount: the node's /dev/shm or what is mounted
   * there in a container, or a directory that another workload uses, too. Directories that are well
   * known for something else do not count.
   */
  public isShared(mount: Mount): boolean {
    const use = this.usesByMount.get(mount);
    if (!use) {
      return false;
    }
    const { path, markedPod } = use;
    if (markedPod.sharedMounts.includes(mount) || mount.at === DEV_SHM) {
      return true;
    }
    return this.hasSeveralUsers(path);
  }

  /** Checks whether another workload mounts what a mount has of the node, or a part of it. */
  public hasOtherUsers(mount: Mount): boolean {
    const use = this.usesByMount.get(mount);
    return use !== undefined && this.hasSeveralUsers(use.path);
  }

  /**
   * Checks whether at least two objects use a directory, what is in it, or what contains it. It is
   * the same for all mounts of the directory, because each of them is one of its uses.
   */
  private hasSeveralUsers(path: string): boolean {
    return getOrCreate(this.sharedPaths, path, () => this.findSeveralUsers(path));
  }

  private findSeveralUsers(path: string): boolean {
    if (isKnownNodeDirectory(path)) {
      return false;
    }
    const paths = [
      path,
      ...(this.pathsBelow.get(path) ?? []),
      ...parentsOf(path).filter(above => !isKnownNodeDirectory(above)),
    ];
    const [first] = this.usesByPath.get(path) ?? [];
    return paths.some(each =>
      this.usesByPath
        .get(each)
        ?.some(({ markedPod }) => markedPod.pod.manifest !== first.markedPod.pod.manifest),
    );
  }
}
