import { isLibraryStep } from './library-steps';
import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { getOrCreate } from '../kube/group';
import { at, textOf } from '../kube/json';
import { overlaps, realPath } from '../kube/path';
import { isMountedReadOnly } from '../kube/persistent-volume';
import type { Container } from '../kube/pod-template';
import type { ReadMark } from '../model/contract/contract-mark';
import { ACCESSES } from '../model/contract/contract-spec';
import {
  claimNameOf,
  isInContractDirectory,
  markedMemoryDirectory,
} from '../model/contract/node-layout';
import type { Mount, Volume } from '../read/pod';

/** What a container can do with a memory, from the least to the most. */
const REACHES = ['readOnly', 'asVolumeAllows', 'readWrite'] as const;

/**
 * How a container reaches a memory. `asVolumeAllows`: its mount does not say `readOnly`, and the
 * volume of its claim, which could refuse writers, is not in the manifests. `ipcNamespace`: without
 * a mount, because all containers of a pod are in one IPC namespace.
 */
export type Reach = (typeof REACHES)[number] | 'ipcNamespace';

/** A memory of a contract, or a path in the directories of contracts that no mark names. */
export type ReachedMemory =
  { readonly contract: string; readonly memory: string } | { readonly path: string };

/** A container that reaches memory of contracts, although no mark says so. */
export interface UnnamedReach {
  readonly markedPod: MarkedPod;
  readonly container: Container;
  readonly memories: readonly ReachedBy[];
  /** The mounts through which it does. */
  readonly mounts: readonly Mount[];
}

/** A memory that a container reaches, and how. */
export interface ReachedBy {
  readonly of: ReachedMemory;
  readonly reach: Reach;
  /** Whether a mark names the container, and says that it only reads. */
  readonly isReader: boolean;
}

/** A memory, according to all marks of its contract. */
interface KnownMemory {
  readonly namespace: string;
  readonly contract: string;
  readonly memory: string;
  /** Its directories on nodes: one for each version and place that a mark has. */
  readonly directories: Set<string>;
  /** The names of claims for it. */
  readonly claims: Set<string>;
  /** The volumes from which marked containers have it, if their directory is unknown. */
  readonly volumes: Set<Volume>;
}

const known = new WeakMap<MarkedManifests, readonly UnnamedReach[]>();

/**
 * Returns the containers that reach memory of contracts although no mark says so: containers that
 * no mark names, and those of readers that can write through another mount. The steps of this
 * library are left out, and the sidecar that is the agent of its pod.
 */
export function unnamedReaches(marked: MarkedManifests): readonly UnnamedReach[] {
  return getOrCreate(known, marked, () => {
    const memories = knownMemories(marked);
    return marked.pods.flatMap(markedPod =>
      markedPod.pod.containers
        .filter(container => !isLibraryStep(container))
        .flatMap(container => reachesOf(marked, memories, markedPod, container)),
    );
  });
}

function knownMemories(marked: MarkedManifests): readonly KnownMemory[] {
  const all = new Map<string, KnownMemory>();
  for (const { pod, memories, uses } of marked.pods) {
    for (const { mark, memory } of memories) {
      const { namespace, contract, version } = mark;
      const one = getOrCreate(all, `${namespace}/${contract}/${memory.name}`, () => ({
        ...{ namespace, contract, memory: memory.name },
        ...{ directories: new Set<string>(), claims: new Set<string>() },
        volumes: new Set<Volume>(),
      }));
      const directory =
        mark.side === 'sidecar'
          ? undefined
          : markedMemoryDirectory({ namespace, contract, version }, memory);
      if (directory !== undefined) {
        one.directories.add(realPath(directory));
        ACCESSES.forEach(access =>
          one.claims.add(claimNameOf({ contract, memory: memory.name, version }, access)),
        );
      }
      for (const { mount } of uses.filter(use => use.mark === mark && use.memory === memory)) {
        const claim = mount && claimOf(mount);
        if (mount?.volume && directoryOf(marked, mount) === undefined) {
          one.volumes.add(mount.volume);
        }
        if (claim !== undefined) {
          one.claims.add(`${pod.manifest.namespace ?? ''}/${claim}`);
        }
      }
    }
  }
  return [...all.values()];
}

function claimOf(mount: Mount): string | undefined {
  const claim = at(mount.volume?.json, 'persistentVolumeClaim', 'claimName');
  return claim === undefined ? undefined : textOf(claim);
}

/** Returns the directory of the node that a mount is at or, with `subPathExpr`, is somewhere in. */
function directoryOf({ directories }: MarkedManifests, mount: Mount): string | undefined {
  const path = at(mount.volume?.json, 'hostPath', 'path');
  return directories.useOf(mount)?.path ?? (typeof path === 'string' ? realPath(path) : undefined);
}

function reachesOf(
  marked: MarkedManifests,
  memories: readonly KnownMemory[],
  markedPod: MarkedPod,
  container: Container,
): UnnamedReach[] {
  const found = new Map<string, ReachedBy>();
  const add = (each: ReachedBy) => {
    const key = JSON.stringify(each.of);
    const other = found.get(key);
    if (!other || rank(other.reach) < rank(each.reach)) {
      found.set(key, each);
    }
  };
  const mounts = markedPod.pod.mounts.filter(mount => {
    const there = mount.container === container ? foundAt(marked, memories, markedPod, mount) : [];
    there.forEach(add);
    return there.length > 0;
  });
  withoutMount(markedPod, container).forEach(add);
  return found.size === 0 ? [] : [{ markedPod, container, memories: [...found.values()], mounts }];
}

function rank(reach: Reach): number {
  return reach === 'ipcNamespace' ? -1 : REACHES.indexOf(reach);
}

/** Returns what a container reaches through one of its mounts. */
function foundAt(
  marked: MarkedManifests,
  memories: readonly KnownMemory[],
  markedPod: MarkedPod,
  mount: Mount,
): ReachedBy[] {
  const reach = reachOf(marked, markedPod, mount);
  const there = memories.filter(each => isThere(marked, markedPod, each, mount));
  const directory = directoryOf(marked, mount);
  if (there.length === 0 && directory !== undefined && isInContractDirectory(directory)) {
    return [{ of: { path: directory }, reach, isReader: false }];
  }
  return there.flatMap(({ namespace, contract, memory }): ReachedBy[] => {
    const of = { contract, memory };
    const marks = markedPod.marks.filter(
      each => each.contract === contract && each.namespace === namespace,
    );
    if (marks.some(mark => isAgentSidecar(markedPod, mark, mount.container))) {
      return [];
    }
    const named = marks.filter(({ containers }) => containers.includes(mount.container.name));
    if (named.length === 0) {
      return [{ of, reach, isReader: false }];
    }
    const isDeclared = markedPod.uses.some(use => use.mount === mount);
    const writes = named.some(({ access }) => access === 'readWrite');
    return writes || isDeclared || reach === 'readOnly' ? [] : [{ of, reach, isReader: true }];
  });
}

function isThere(
  marked: MarkedManifests,
  { pod }: MarkedPod,
  { directories, claims, volumes }: KnownMemory,
  mount: Mount,
): boolean {
  const directory = directoryOf(marked, mount);
  if (directory !== undefined) {
    return [...directories].some(each => overlaps(each, directory));
  }
  const claim = claimOf(mount);
  return (
    (mount.volume !== undefined && volumes.has(mount.volume)) ||
    (claim !== undefined &&
      (claims.has(claim) || claims.has(`${pod.manifest.namespace ?? ''}/${claim}`)))
  );
}

function reachOf({ set }: MarkedManifests, { pod }: MarkedPod, mount: Mount): Reach {
  const claim = claimOf(mount);
  if (mount.readOnly) {
    return 'readOnly';
  }
  if (claim === undefined) {
    return 'readWrite';
  }
  const volume = set.volumeBehind(pod.manifest.namespace, claim);
  if (volume === undefined) {
    return 'asVolumeAllows';
  }
  return isMountedReadOnly(volume.json) ? 'readOnly' : 'readWrite';
}

/** The System V memory of a pod's contracts, which every container of the pod reaches. */
function withoutMount(markedPod: MarkedPod, container: Container): ReachedBy[] {
  return markedPod.marks
    .filter(
      mark =>
        !mark.containers.includes(container.name) && !isAgentSidecar(markedPod, mark, container),
    )
    .flatMap(({ contract, memory }) =>
      memory
        .filter(({ api }) => api === 'systemV')
        .map(({ name }) => ({
          of: { contract, memory: name },
          reach: 'ipcNamespace' as const,
          isReader: false,
        })),
    );
}

/**
 * Checks whether a container is the agent in a pod that has its own. The mark does not name the
 * agent; if there are several sidecars that could be it, none of them counts as the agent.
 */
function isAgentSidecar({ pod }: MarkedPod, mark: ReadMark, container: Container): boolean {
  if (mark.side !== 'sidecar' || container.role !== 'sidecar') {
    return false;
  }
  const paths = mark.memory.flatMap(({ mountPath }) => mountPath ?? []);
  const candidates = pod.containers.filter(
    ({ role, name }) => role === 'sidecar' && !mark.containers.includes(name),
  );
  const serving = candidates.filter(each =>
    pod.mounts.some(
      mount => mount.container === each && paths.includes(mount.at) && !mount.readOnly,
    ),
  );
  const [agent, ...others] = paths.length === 0 ? candidates : serving;
  return agent === container && others.length === 0;
}
