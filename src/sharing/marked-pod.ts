import { isLibraryStep } from './library-steps';
import { at, textOf, type Json } from '../kube/json';
import { cleanPath, isAtOrBelow } from '../kube/path';
import type { Container } from '../kube/pod-template';
import { DEV_SHM, isLabelOfOthers } from '../kube/well-known';
import type { MarkedMemory, ReadMark } from '../model/contract/contract-mark';
import { isInContractDirectory } from '../model/contract/node-layout';
import { readNodeTask, type ReadNodeTask } from '../model/node/node-task';
import type { Pod, Mount, Volume } from '../read/pod';
import { memoryVolumes, type MemoryVolume } from '../read/pod-memory';

/** A memory in a mark, for one of the containers that the mark names. */
export interface MarkedUse {
  readonly mark: ReadMark;
  readonly memory: MarkedMemory;
  readonly container: Container;
  /**
   * The container's mount at the memory's mount path, or what it sees there of a directory of the
   * node that it mounts above. Absent if the container mounts neither.
   */
  readonly mount: Mount | undefined;
}

/** A hostPath volume. `path` is not cleaned. */
export interface HostPath {
  readonly volume: Volume;
  readonly path: string;
  readonly type: string;
}

/**
 * Returns the node task of a workload. A DaemonSet whose pods do not need the label of the task
 * runs elsewhere, too, and one with a container that is not of this library does something else:
 * whatever its annotation says, it is none.
 */
function taskOf(pod: Pod): ReadNodeTask | undefined {
  const task = readNodeTask(at(pod.manifest.json, 'metadata', 'annotations'));
  const isOwn = task !== undefined && !isLabelOfOthers(task.nodes.key); // nodes have it anyway
  return isOwn &&
    pod.at('nodeSelector', task.nodes.key) === task.nodes.value &&
    pod.containers.every(isLibraryStep)
    ? task
    : undefined;
}

/** A pod together with the contract marks of its workload. */
export class MarkedPod {
  public readonly memoryVolumes: readonly MemoryVolume[];
  /**
   * Mounts of memory that pods of a node share: the node's /dev/shm, paths below it, and the
   * directories of contracts.
   */
  public readonly sharedMounts: readonly Mount[];
  /** All memories in the marks, each with its mark. */
  public readonly memories: readonly { readonly mark: ReadMark; readonly memory: MarkedMemory }[];
  /**
   * The node task of the pod's workload (a NodePreflight or a NodeCleanup). Absent for all other
   * workloads.
   */
  public readonly task: ReadNodeTask | undefined;
  /** Whether the pod uses shared memory or a memory-medium volume of its own. */
  public readonly usesMemory: boolean;
  private knownUses?: readonly MarkedUse[];
  private knownHostPaths?: readonly HostPath[];

  public constructor(
    public readonly pod: Pod,
    public readonly marks: readonly ReadMark[],
    /** Whether the API server wires it when it is created, because its label asks for it. */
    public readonly isWiredByLabel = false,
  ) {
    this.memoryVolumes = memoryVolumes(pod);
    this.task = taskOf(pod);
    this.memories = marks.flatMap(mark => mark.memory.map(memory => ({ mark, memory })));
    this.sharedMounts = pod.mounts.filter(
      ({ hostPath }) => hostPath !== undefined && isShared(hostPath),
    );
    this.usesMemory =
      this.hostIpc ||
      this.memoryVolumes.length > 0 ||
      marks.length > 0 ||
      this.sharedMounts.length > 0;
  }

  /** The memories in the marks, for each container that uses them. */
  public get uses(): readonly MarkedUse[] {
    return (this.knownUses ??= this.memories.flatMap(({ mark, memory }) =>
      this.containersOf(mark).map(container => ({
        mark,
        memory,
        container,
        mount: mountAt(this.pod, container, memory),
      })),
    ));
  }

  /** The hostPath volumes of the pod. */
  public get hostPaths(): readonly HostPath[] {
    return (this.knownHostPaths ??= hostPathsOf(this.pod.volumes));
  }

  public get hostIpc(): boolean {
    return this.pod.is('hostIPC');
  }

  /** Whether the pod shares memory with other pods on its node. */
  public get sharesOnNode(): boolean {
    return (
      this.hostIpc ||
      this.sharedMounts.length > 0 ||
      this.marks.some(mark => mark.side !== 'sidecar')
    );
  }

  /** Returns the containers that a mark names. */
  public containersOf(mark: ReadMark): Container[] {
    return this.pod.containers.filter(({ name }) => mark.containers.includes(name));
  }

  /**
   * Checks whether a mark declares a memory at the path of a mount, or below it if the mount is a
   * directory of the node. The mark must name the container of the mount, or another container that
   * mounts the same volume at the same path. The latter is the case for the init container that
   * waits for the agent.
   */
  public declares({ at: path, volume, hostPath }: Mount): boolean {
    const sharing = this.pod.mounts
      .filter(mount => mount.at === path && mount.volume === volume)
      .map(({ container }) => container.name);
    return this.memories.some(
      ({ mark, memory }) =>
        memory.mountPath !== undefined &&
        (hostPath === undefined
          ? memory.mountPath === path
          : isAtOrBelow(memory.mountPath, path)) &&
        mark.containers.some(name => sharing.includes(name)),
    );
  }

  public at(...path: (string | number)[]): Json | undefined {
    return this.pod.at(...path);
  }
}

function hostPathsOf(volumes: readonly Volume[]): HostPath[] {
  return volumes.flatMap(volume => {
    const path = at(volume.json, 'hostPath', 'path');
    return typeof path === 'string'
      ? [{ volume, path, type: textOf(at(volume.json, 'hostPath', 'type') ?? '') }]
      : [];
  });
}

function mountAt(
  { mounts }: Pod,
  container: Container,
  { mountPath }: MarkedMemory,
): Mount | undefined {
  if (mountPath === undefined) {
    return undefined;
  }
  const own = mounts.filter(mount => mount.container === container);
  return own.find(({ at: path }) => path === mountPath) ?? mountAbove(own, mountPath);
}

/** Returns the part of a mount that a container sees at a path below it, if it is of the node. */
function mountAbove(own: readonly Mount[], path: string): Mount | undefined {
  const above = own
    .filter(mount => isAtOrBelow(path, mount.at))
    .sort((a, b) => b.at.length - a.at.length)[0] as Mount | undefined;
  return above?.hostPath === undefined
    ? undefined
    : { ...above, at: path, hostPath: cleanPath(above.hostPath + path.slice(above.at.length)) };
}

/** Checks whether a cleaned path on the node is shared memory. */
export function isShared(path: string): boolean {
  return path === DEV_SHM || isBelowDevShm(path) || isInContractDirectory(path);
}

export function isBelowDevShm(path: string): boolean {
  return path.startsWith(`${DEV_SHM}/`);
}
