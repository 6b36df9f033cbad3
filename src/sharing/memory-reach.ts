import { isLibraryStep } from './library-steps';
import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';
import { reachOf } from './mounted-places';
import { getOrCreate } from '../kube/group';
import { canonical } from '../kube/json';
import { parentsOf, realPath } from '../kube/path';
import { claimOf } from '../kube/persistent-volume';
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
  | { readonly namespace: string; readonly contract: string; readonly memory: string }
  | { readonly path: string };

/** Returns the name of a memory if it is of a contract. */
export function memoryOf(
  of: ReachedMemory,
  { namespace, contract }: { readonly namespace: string; readonly contract: string },
): string | undefined {
  return 'contract' in of && of.contract === contract && of.namespace === namespace
    ? of.memory
    : undefined;
}

/**
 * What the marks say of a container that reaches a memory. `named`: that it does. `agent`: the mark
 * of a pod that has its own agent does not name it, but the container is that agent. `reader`: that
 * it only reads, but it can write through another mount. `unnamed`: nothing.
 */
export type SaidByMarks = 'named' | 'agent' | 'reader' | 'unnamed';

/** A memory that a container reaches, and how. */
export interface ReachedBy {
  readonly of: ReachedMemory;
  readonly reach: Reach;
  readonly said: SaidByMarks;
}

/** A container that reaches memory of contracts. */
export interface ContainerReach {
  readonly markedPod: MarkedPod;
  readonly container: Container;
  /** Whether it runs a step of this library, and nothing else. */
  readonly isStep: boolean;
  /** Each memory once for each thing that marks say of it, with the widest reach. */
  readonly memories: readonly ReachedBy[];
  /** The mounts through which it reaches them. */
  readonly mounts: readonly { readonly mount: Mount; readonly memories: readonly ReachedBy[] }[];
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

/** Known memories by what mounts can name: few of thousands are behind one mount. */
class MemoryIndex {
  private readonly at = new Map<string, Set<KnownMemory>>();
  private readonly below = new Map<string, Set<KnownMemory>>();
  private readonly byClaim = new Map<string, Set<KnownMemory>>();
  private readonly byVolume = new Map<Volume, Set<KnownMemory>>();

  public constructor(private readonly memories: readonly KnownMemory[]) {
    for (const memory of memories) {
      const add = <K>(map: Map<K, Set<KnownMemory>>, key: K) =>
        getOrCreate(map, key, () => new Set()).add(memory);
      for (const path of memory.directories) {
        add(this.at, path);
        parentsOf(path).forEach(above => add(this.below, above));
      }
      memory.claims.forEach(claim => add(this.byClaim, claim));
      memory.volumes.forEach(volume => add(this.byVolume, volume));
    }
  }

  /** Returns the memories in a directory of the node, or in one above or below it. */
  public overlapping(directory: string): KnownMemory[] {
    return this.all([
      this.below.get(directory),
      ...[directory, ...parentsOf(directory)].map(path => this.at.get(path)),
    ]);
  }

  /** Returns the memories of a volume, or of one of these claims. */
  public behind(volume: Volume | undefined, claims: readonly string[]): KnownMemory[] {
    return this.all([
      volume && this.byVolume.get(volume),
      ...claims.map(claim => this.byClaim.get(claim)),
    ]);
  }

  /** Returns the memories of all sets, each once, in their own order. */
  private all(sets: readonly (ReadonlySet<KnownMemory> | undefined)[]): KnownMemory[] {
    const found = new Set(sets.flatMap(set => [...(set ?? [])]));
    return found.size > 1 ? this.memories.filter(each => found.has(each)) : [...found];
  }
}

const known = new WeakMap<MarkedManifests, ReadonlyMap<Container, ContainerReach>>();

/** Returns the containers that reach memory of contracts. */
export function containerReaches(marked: MarkedManifests): ReadonlyMap<Container, ContainerReach> {
  return getOrCreate(known, marked, () => {
    const memories = new MemoryIndex(knownMemories(marked));
    return new Map(
      marked.pods.flatMap(markedPod =>
        markedPod.pod.containers.flatMap(container => {
          const found = reachesOf(marked, memories, markedPod, container);
          return found.memories.length === 0 ? [] : [[container, found] as const];
        }),
      ),
    );
  });
}

/**
 * Returns the containers that reach memory of contracts although no mark says so: containers that
 * no mark names, and readers that can write. The steps of this
 * library are left out, and the sidecar that is the agent of its pod.
 */
export function unnamedReaches(marked: MarkedManifests): ContainerReach[] {
  return [...containerReaches(marked).values()]
    .map(each => ({
      ...each,
      memories: each.memories.filter(isBeyondMarks),
      mounts: each.mounts.filter(({ memories }) => memories.some(isBeyondMarks)),
    }))
    .filter(({ isStep, memories }) => !isStep && memories.length > 0);
}

/** Checks whether a container reaches a memory although no mark says so. */
export function isBeyondMarks({ said }: Pick<ReachedBy, 'said'>): boolean {
  return said === 'reader' || said === 'unnamed';
}

/** Checks whether a container reaches more of one memory than it did. */
export function isWider(reach: Reach, than: Reach): boolean {
  return rank(reach) > rank(than);
}

function rank(reach: Reach): number {
  return reach === 'ipcNamespace' ? -1 : REACHES.indexOf(reach);
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
        const claim = claimOf(mount?.volume?.json);
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

/** Returns the directory of the node that a mount is at or, by its pod's variables, below. */
function directoryOf({ directories }: MarkedManifests, mount: Mount): string | undefined {
  const own = mount.hostDirectory;
  return directories.useOf(mount)?.path ?? (own === undefined ? undefined : realPath(own));
}

function reachesOf(
  marked: MarkedManifests,
  memories: MemoryIndex,
  markedPod: MarkedPod,
  container: Container,
): ContainerReach {
  const mounts = markedPod.pod.mounts.flatMap(mount => {
    const there = mount.container === container ? foundAt(marked, memories, markedPod, mount) : [];
    return there.length === 0 ? [] : [{ mount, memories: there }];
  });
  const widest = new Map<string, ReachedBy>();
  const all = mounts.flatMap(each => each.memories);
  for (const each of [...all, ...withoutMount(markedPod, container)]) {
    const key = JSON.stringify([each.of, each.said]);
    const other = widest.get(key);
    if (!other || isWider(each.reach, other.reach)) {
      widest.set(key, each);
    }
  }
  return {
    ...{ markedPod, container, isStep: isLibraryStep(container) },
    ...{ memories: [...widest.values()], mounts },
  };
}

/** Returns what a container reaches through one of its mounts. */
function foundAt(
  marked: MarkedManifests,
  memories: MemoryIndex,
  markedPod: MarkedPod,
  mount: Mount,
): ReachedBy[] {
  const directory = directoryOf(marked, mount);
  const claim = claimOf(mount.volume?.json);
  const claims =
    claim === undefined ? [] : [claim, `${markedPod.pod.manifest.namespace ?? ''}/${claim}`];
  if (directory === '/dev' && mount.at === '/dev') {
    return []; // the runtime mounts the pod's own /dev/shm over that of the node
  }
  const there =
    directory === undefined
      ? memories.behind(mount.volume, claims)
      : memories.overlapping(directory);
  const reach = reachOf(marked.set, markedPod.pod, mount);
  if (there.length === 0 && directory !== undefined && isInContractDirectory(directory)) {
    return [{ of: { path: directory }, reach, said: 'unnamed' }];
  }
  return there.map(({ namespace, contract, memory }) => ({
    ...{ of: { namespace, contract, memory }, reach },
    said: saidOf(markedPod, { namespace, contract }, mount, reach),
  }));
}

function saidOf(
  markedPod: MarkedPod,
  of: { readonly namespace: string; readonly contract: string },
  mount: Mount,
  reach: Reach,
): SaidByMarks {
  const marks = markedPod.marks.filter(
    ({ contract, namespace }) => contract === of.contract && namespace === of.namespace,
  );
  if (marks.some(mark => isAgentSidecar(markedPod, mark, mount.container))) {
    return 'agent';
  }
  const named = marks.filter(({ containers }) => containers.includes(mount.container.name));
  const writes = named.some(({ access }) => access === 'readWrite');
  if (named.length === 0) {
    return 'unnamed';
  }
  return writes || reach === 'readOnly' ? 'named' : 'reader';
}

/**
 * Returns what decides what a container reaches through a mount, whatever marks say: equal for two
 * mounts of the same place.
 */
export function mountIdentity(marked: MarkedManifests, markedPod: MarkedPod, mount: Mount): string {
  return canonical([
    ...[mount.json, mount.volume?.json ?? null],
    ...[directoryOf(marked, mount) ?? null, reachOf(marked.set, markedPod.pod, mount)],
  ]);
}

/** The System V memory of a pod's contracts, which every container of the pod reaches. */
function withoutMount(markedPod: MarkedPod, container: Container): ReachedBy[] {
  return markedPod.marks.flatMap(mark => {
    const { namespace, contract, memory } = mark;
    const isNamed = mark.containers.includes(container.name);
    const other = isAgentSidecar(markedPod, mark, container) ? 'agent' : 'unnamed';
    return memory
      .filter(({ api }) => api === 'systemV')
      .map(({ name }): ReachedBy => ({
        ...{ of: { namespace, contract, memory: name }, reach: 'ipcNamespace' },
        said: isNamed ? 'named' : other,
      }));
  });
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
