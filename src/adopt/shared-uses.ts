import type { NotAdopted, NotAdoptedReason, SharedThing } from './adoption';
import { shownSocket } from './shown-sockets';
import { groupBy } from '../kube/group';
import type { Manifest } from '../kube/manifest';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { isAtOrBelow, realPath } from '../kube/path';
import { builtInTemplate } from '../kube/pod-template';
import { DEV_SHM } from '../kube/well-known';
import { isInContractDirectory } from '../model/contract/node-layout';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

/** How the containers of a workload use something that they share. */
export interface SharedUse {
  readonly manifest: Manifest;
  readonly markedPod: MarkedPod;
  readonly template: string;
  /** The mounts of a directory, or all ordinary containers for System V memory. */
  readonly mounts: readonly {
    readonly container: string;
    readonly volume?: string;
    readonly at?: string;
    readonly readOnly: boolean;
  }[];
}

/** Something that at least two workloads share, without a contract. */
export interface SharedCandidate {
  readonly thing: SharedThing;
  readonly uses: readonly SharedUse[];
  /** A socket in the directory that the manifests show, as they name it. */
  readonly socket?: string;
}

/**
 * Returns what the workloads share on a node without a contract. What cannot become a contract is
 * returned separately, with the reasons.
 *
 * @param isKept whether an object becomes part of the app
 */
export function sharedCandidates(
  marked: MarkedManifests,
  isKept: (manifest: Manifest) => boolean,
): { candidates: SharedCandidate[]; notAdopted: NotAdopted[] } {
  const candidates: SharedCandidate[] = [];
  const notAdopted: NotAdopted[] = [];
  const add = (
    thing: SharedThing,
    all: readonly SharedUse[],
    otherwise: NotAdoptedReason = { kind: 'oneSide' },
  ) => {
    const contract = contractOf(marked, thing);
    const uses = all.filter(use => {
      const because = contract ?? refusal(use, thing);
      if (because) {
        notAdopted.push({ thing, manifest: use.manifest, because });
      }
      return because === undefined;
    });
    if (
      uses.length > 1 ||
      (otherwise.kind === 'oneSide' && uses.some(use => isOfSomebodyElse(use, thing)))
    ) {
      candidates.push({
        thing,
        uses,
        get socket() {
          // it takes a look at all pods, which lint does not need
          return thing.kind === 'ipc' ? undefined : socketIn(thing.path, marked.pods, uses);
        },
      });
    } else {
      const because: NotAdoptedReason = all.length > 1 ? { kind: 'alone' } : otherwise;
      uses.forEach(({ manifest }) => notAdopted.push({ thing, manifest, because }));
    }
  };
  for (const [path, directoryUses] of marked.directories.directories) {
    const thing: SharedThing = { kind: 'directory', path };
    const open = directoryUses.filter(
      ({ mount, markedPod }) =>
        isKept(markedPod.pod.manifest) &&
        (marked.directories.isShared(mount) || isServersDirectory(path)) &&
        !markedPod.declares(mount),
    );
    const claimed = open.filter(({ mount }) => mount.hostPath === undefined);
    for (const [manifest] of groupBy(claimed, ({ markedPod }) => markedPod.pod.manifest)) {
      notAdopted.push({ thing, manifest, because: { kind: 'claim' } });
    }
    const byHostPath = open.filter(({ mount }) => mount.hostPath !== undefined);
    const byPod = groupBy(byHostPath, ({ markedPod }) => markedPod);
    add(
      thing,
      [...byPod].map(([markedPod, uses]) => ({
        ...useOf(markedPod),
        mounts: uses.map(({ mount }) => ({
          container: mount.container.name,
          volume: mount.volume?.name,
          at: mount.at,
          readOnly: mount.readOnly,
        })),
      })),
      nestedReason(marked, path, directoryUses[0].markedPod.pod.manifest),
    );
  }
  const inIpc = marked.pods.filter(
    markedPod =>
      markedPod.hostIpc &&
      isKept(markedPod.pod.manifest) &&
      !markedPod.memories.some(({ memory }) => memory.api === 'systemV'),
  );
  add(
    { kind: 'ipc' },
    inIpc.map(markedPod => ({
      ...useOf(markedPod),
      mounts: markedPod.pod.containers
        .filter(({ role }) => role === 'container')
        .map(({ name }) => ({ container: name, readOnly: false })),
    })),
  );
  return { candidates, notAdopted };
}

/**
 * Returns the workloads that share something with others, and no contract says so, by kind,
 * namespace and name. Twins in the files of several clusters are one of them. The directories of
 * contracts are left out: the steps of agents and the tasks of nodes mount them without a mark.
 */
export function unmarkedSharers(marked: MarkedManifests): string[] {
  const { candidates, notAdopted } = sharedCandidates(marked, () => true);
  const names = candidates
    .filter(({ thing }) => thing.kind === 'ipc' || !isInContractDirectory(thing.path))
    .map(
      ({ uses }) =>
        new Set(uses.filter(({ markedPod }) => markedPod.task === undefined).map(nameOf)),
    );
  const beside = notAdopted.filter(each => isBesideContract(marked, each)).map(nameOf);
  return [
    ...new Set([...names.filter(({ size }) => size > 1).flatMap(each => [...each]), ...beside]),
  ];
}

/** Checks whether others have a contract for something, and a workload shares it without one. */
function isBesideContract(marked: MarkedManifests, { thing, manifest, because }: NotAdopted) {
  return (
    because.kind === 'contract' &&
    (thing.kind === 'ipc' || !isInContractDirectory(thing.path)) &&
    marked.pods.every(
      ({ pod, marks, task }) =>
        pod.manifest !== manifest ||
        (task === undefined && marks.every(({ contract }) => contract !== because.contract)),
    )
  );
}

function nameOf({ manifest: { kind, namespace = '', name } }: Pick<SharedUse, 'manifest'>) {
  return `${kind} ${namespace}/${name}`;
}

/** Returns the contract that workloads of the manifests have for something already. */
function contractOf(marked: MarkedManifests, thing: SharedThing): NotAdoptedReason | undefined {
  const marks =
    thing.kind === 'ipc'
      ? marked.pods.flatMap(({ memories }) =>
          memories.filter(({ memory }) => memory.backing === 'hostIpc').map(({ mark }) => mark),
        )
      : (marked.directories.directories.get(thing.path) ?? []).flatMap(({ markedPod, mount }) =>
          markedPod.memories
            .filter(({ memory }) => memory.mountPath === mount.at && markedPod.declares(mount))
            .map(({ mark }) => mark),
        );
  return marks[0] && { kind: 'contract', contract: marks[0].contract };
}

/** Returns a socket of a directory that the manifests show. */
function socketIn(
  path: string,
  pods: readonly MarkedPod[],
  uses: readonly SharedUse[],
): string | undefined {
  return shownSocket(
    path,
    pods,
    uses.map(({ markedPod, mounts }) => ({ markedPod, at: mounts.flatMap(({ at }) => at ?? []) })),
  );
}

/** Returns why a use cannot be part of a contract. Absent if it can. */
function refusal(use: SharedUse, thing: SharedThing): NotAdoptedReason | undefined {
  const { markedPod, template } = use;
  if (markedPod.pod.isPartial || markedPod.pod.path !== `${template}/spec`) {
    return { kind: 'operator' };
  }
  const file = markedPod.hostPaths.find(
    ({ path, type }) =>
      thing.kind === 'directory' &&
      realPath(path) === thing.path &&
      !['', 'Directory', 'DirectoryOrCreate'].includes(type),
  );
  if (file) {
    return { kind: 'file', type: file.type };
  }
  const { mounts } = markedPod.pod;
  const isMemory =
    thing.kind === 'ipc' ||
    ['/dev/shm', '/run', '/tmp'].some(each => isAtOrBelow(thing.path, each)) ||
    mounts.some(mount => mount.at === DEV_SHM && realPath(mount.hostPath ?? '') === thing.path) ||
    socketIn(thing.path, [markedPod], [use]) !== undefined;
  return isMemory ? undefined : { kind: 'disk' };
}

/** Checks whether servers usually have such a directory for their clients. */
function isServersDirectory(path: string): boolean {
  return isAtOrBelow(path, '/run') && !isKnownNodeDirectory(path);
}

/**
 * Checks whether a workload, even if it is the only one, uses what a server elsewhere makes. A
 * DaemonSet is more likely to be that server.
 */
function isOfSomebodyElse({ manifest }: SharedUse, thing: SharedThing): boolean {
  return (
    thing.kind === 'directory' && manifest.kind !== 'DaemonSet' && isServersDirectory(thing.path)
  );
}

/** Returns the reason for a directory of one workload, if others mount a part of it. */
function nestedReason(
  { directories }: MarkedManifests,
  path: string,
  manifest: Manifest,
): NotAdoptedReason | undefined {
  const [other] = [...directories.usesIn(path, manifest), ...directories.usesAbove(path, manifest)];
  return other && other.path !== path ? { kind: 'nested', path: other.path } : undefined;
}

function useOf(markedPod: MarkedPod): Omit<SharedUse, 'mounts'> {
  const { manifest } = markedPod.pod;
  // the pointer of no pod, for a custom kind
  const template = builtInTemplate(manifest.apiVersion, manifest.kind) ?? '/custom';
  return { manifest, markedPod, template };
}

/** Checks whether a container of a use can write. */
export function writes({ mounts }: SharedUse): boolean {
  return mounts.some(({ readOnly }) => !readOnly);
}
