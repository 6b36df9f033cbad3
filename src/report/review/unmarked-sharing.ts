import type { UnmarkedShare } from './diagram';
import { code, count, fileOf, plain, some, workload } from './markdown';
import { getOrCreate } from '../../kube/group';
import { isKnownNodeDirectory } from '../../kube/node-directories';
import { parentsOf } from '../../kube/path';
import { DEV_SHM } from '../../kube/well-known';
import { nodeVolumes } from '../../read/node-volumes';
import type { Mount } from '../../read/pod';
import { UNREADABLE } from '../../rules/acknowledgement-rules';
import type { RuleFinding } from '../../rules/engine';
import { isLibraryStep } from '../../sharing/library-steps';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { unnamedReaches } from '../../sharing/memory-reach';
import type { DirectoryUse, SharedDirectories } from '../../sharing/shared-directories';

/** Lists memory that pods share, or have for themselves, without a mark that says so. */
export function unmarkedRows(marked: MarkedManifests): string[][] {
  const row = (what: string, has: (markedPod: MarkedPod) => boolean) => {
    const found = marked.pods
      .filter(markedPod => !markedPod.task && has(markedPod))
      .map(({ pod: { manifest } }) => manifest);
    return found.length === 0
      ? []
      : [
          [
            what,
            some(found.map(manifest => plain(workload(manifest)))),
            some([...new Set(found.map(fileOf))]),
          ],
        ];
  };
  const ofContracts = mountsOfContracts(marked);
  const declares = ({ marks }: MarkedPod, backing: string) =>
    marks.some(({ memory }) => memory.some(each => each.backing === backing));
  return [
    ...row(
      "the IPC namespace of the node (`hostIPC`): System V memory, message queues, and the node's `/dev/shm`",
      markedPod => markedPod.hostIpc && !declares(markedPod, 'hostIpc'),
    ),
    ...row(
      "the node's `/dev/shm`, or a directory in it, by hostPath",
      markedPod =>
        !declares(markedPod, 'devShm') &&
        markedPod.sharedMounts.some(
          mount => mount.hostPath?.startsWith(DEV_SHM) && !ofContracts.has(mount),
        ),
    ),
    ...directoryRows(marked),
    ...row(
      'a memory-medium emptyDir, within each pod',
      ({ marks, memoryVolumes }) =>
        memoryVolumes.length > 0 && marks.every(({ side }) => side !== 'sidecar'),
    ),
  ];
}

/** A directory of nodes that several workloads mount, or that a container has at /dev/shm. */
interface SharedDirectory {
  readonly path: string;
  readonly isDevShm: boolean;
  readonly users: ReadonlyMap<string, { readonly writes: boolean }>;
  readonly files: readonly string[];
}

function directoryRows(marked: MarkedManifests): string[][] {
  return sharedDirectories(marked).map(({ path, isDevShm, users, files }) => [
    `directory ${code(path)} of the node${isDevShm ? ', at `/dev/shm` in containers' : ''}`,
    some(
      [...users].map(
        ([name, { writes }]) => `${plain(name)} ${writes ? 'can **write**' : 'reads'}`,
      ),
    ),
    some(files),
  ]);
}

/** Draws what workloads share on a node without a contract. */
export function unmarkedShares(marked: MarkedManifests): UnmarkedShare[] {
  const ipc = new Map(
    marked.pods
      .filter(({ hostIpc, marks }) => hostIpc && marks.length === 0)
      .map(({ pod: { manifest } }) => [workload(manifest), { writes: true }] as const),
  );
  return [
    ...(ipc.size < 2 ? [] : [{ what: 'IPC namespace of the node', users: ipc }]),
    ...sharedDirectories(marked).map(({ path, users }) => ({ what: path, users })),
  ];
}

const known = new WeakMap<SharedDirectories, readonly SharedDirectory[]>();

/** Returns the shared directories. The table and the drawing show the same ones. */
function sharedDirectories(marked: MarkedManifests): readonly SharedDirectory[] {
  return getOrCreate(known, marked.directories, () => groupedDirectories(marked));
}

/** The mounts of unnamed containers, which have a table of their own. */
function mountsOfContracts(marked: MarkedManifests): ReadonlySet<Mount> {
  return new Set(unnamedReaches(marked).flatMap(({ mounts }) => mounts.map(({ mount }) => mount)));
}

/** Groups the shared directories: what is inside one of them counts as this directory. */
function groupedDirectories(marked: MarkedManifests): SharedDirectory[] {
  const { directories } = marked;
  const ofContracts = mountsOfContracts(marked);
  const groups = new Map<string, DirectoryUse[]>();
  for (const path of [...directories.directories.keys()].sort()) {
    const uses = (directories.directories.get(path) ?? []).filter(
      use => isUnmarked(use, directories) && !ofContracts.has(use.mount),
    );
    if (uses.length > 0) {
      const above = parentsOf(path).find(each => groups.has(each)) ?? path;
      getOrCreate(groups, above, (): DirectoryUse[] => []).push(...uses);
    }
  }
  return [...groups].map(([path, uses]) => {
    const users = new Map<string, { writes: boolean }>();
    for (const { markedPod, mount } of uses) {
      const name = workload(markedPod.pod.manifest);
      users.set(name, { writes: !mount.readOnly || users.get(name)?.writes === true });
    }
    return {
      path,
      isDevShm: uses.some(({ mount }) => mount.at === DEV_SHM),
      users,
      files: [...new Set(uses.map(({ markedPod }) => fileOf(markedPod.pod.manifest)))],
    };
  });
}

/** Checks whether pods can share memory through a mount, and no other row or mark says so. */
function isUnmarked(
  { markedPod, mount, path }: DirectoryUse,
  directories: SharedDirectories,
): boolean {
  return (
    !markedPod.task &&
    !markedPod.sharedMounts.includes(mount) &&
    !markedPod.memories.some(({ memory }) => memory.path === path) &&
    !markedPod.declares(mount) &&
    !isLibraryStep(mount.container) &&
    directories.isShared(mount)
  );
}

/**
 * Says what could share memory although nothing shows that it does: directories of nodes that only
 * one workload of these manifests mounts, volumes behind claims, and input that was not read.
 */
export function unexplained(marked: MarkedManifests, found: readonly RuleFinding[]): string[] {
  const alone = new Set<string>();
  for (const [path, uses] of marked.directories.directories) {
    if (!isKnownNodeDirectory(path) && uses.some(use => !marked.directories.isShared(use.mount))) {
      alone.add(code(path));
    }
  }
  const volumes = nodeVolumes(marked.set).map(({ path }) => code(path));
  const unread = found.filter(({ rule }) => rule.id === UNREADABLE.id).length;
  const paths = [...new Set([...alone, ...volumes])].sort();
  return [
    ...(paths.length === 0
      ? []
      : [
          `pods of other manifests can use the same ${paths.length === 1 ? 'directory' : 'directories'} of the node: ${some(paths)}`,
        ]),
    ...(unread === 0 ? [] : [`${count(unread, 'input')} could not be read`]),
  ];
}
