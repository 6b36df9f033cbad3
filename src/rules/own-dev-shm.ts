import { firstOf, listWords, workloadWords } from './rule-words';
import { getOrCreate, groupBy } from '../kube/group';
import { isObject } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { isAtOrBelow } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';
import type { Mount } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

/** A mount of an emptyDir at /dev/shm or below it, which no mark declares. */
interface OwnDevShm {
  readonly manifest: Manifest;
  readonly mount: Mount;
}

/** Who has an emptyDir at /dev/shm, by namespace, and who sees that of the node with hostIPC. */
interface DevShmUsers {
  readonly apart: ReadonlyMap<string, readonly OwnDevShm[]>;
  readonly hostIpc: ReadonlySet<Manifest>;
}

const known = new WeakMap<MarkedManifests, DevShmUsers>();

/**
 * Returns what to say of a pod that mounts the node's /dev/shm, or a directory below it, if nothing
 * else in the manifests does: if it wants to meet another side, it cannot. Workloads of its
 * namespace with an emptyDir there are named, because each of them may be that side. Absent if
 * another pod can see it, and if a mark says what the mount is for.
 */
export function aloneAtDevShm(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  mount: Mount,
): { readonly words: string; readonly fix?: string } | undefined {
  const own = markedPod.pod.manifest;
  const { apart, hostIpc } = getOrCreate(known, marked, () => usersOf(marked));
  const seeing = [...hostIpc].filter(manifest => manifest !== own);
  if (
    seeing.some(({ namespace }) => namespace === own.namespace) ||
    marked.directories.hasOtherUsers(mount) ||
    markedPod.declares(mount)
  ) {
    return undefined;
  }
  const others = isAtOrBelow(mount.at, DEV_SHM)
    ? (apart.get(own.namespace ?? '') ?? []).filter(({ manifest }) => manifest !== own)
    : [];
  const words = [
    '; nothing else in these manifests mounts it',
    ...(seeing.length === 0
      ? []
      : [`, and only ${named(seeing)} of another namespace can see it, by hostIPC`]),
  ].join('');
  return others.length === 0
    ? { words }
    : {
        words: `${words}${seeing.length === 0 ? ':' : ';'} ${apartWords(others)}`,
        fix: fixFor(others, mount),
      };
}

function apartWords(others: readonly OwnDevShm[]): string {
  const places = listWords([...new Set(others.map(({ mount }) => mount.at))].sort());
  return `${named(others.map(({ manifest }) => manifest))} of the same namespace ${others.length === 1 ? 'mounts an emptyDir' : 'mount emptyDirs'} at ${places}, which no other pod sees`;
}

function fixFor(others: readonly OwnDevShm[], { at }: Mount): string {
  const sides = named(
    others.map(({ manifest }) => manifest),
    'or',
  );
  return `if it shares memory with ${sides}: mount the same there, instead of the emptyDir, or better, a directory of the node below /run/cdk8s-shared-memory at ${at} on both sides, as a contract does; if it does not: remove the hostPath here, and mount a memory-medium emptyDir with a sizeLimit if it needs more than 64 MiB`;
}

/** How many workloads a message names. */
const MOST = 3;

/** Names workloads, the first of many. DaemonSets come first: they are agents more often. */
function named(manifests: readonly Manifest[], word = 'and'): string {
  // the order of the manifests says nothing
  const all = [...new Set(manifests.map(workloadWords))].sort();
  const ranked = all.sort((a, b) => rank(a) - rank(b));
  return listWords(firstOf(ranked, MOST), word);
}

function usersOf({ sharing }: MarkedManifests): DevShmUsers {
  return {
    apart: groupBy(sharing.flatMap(mountsOfTheirOwn), ({ manifest }) => manifest.namespace ?? ''),
    hostIpc: new Set(sharing.filter(each => each.hostIpc).map(({ pod }) => pod.manifest)),
  };
}

function mountsOfTheirOwn(markedPod: MarkedPod): OwnDevShm[] {
  const { manifest, mounts } = markedPod.pod;
  const mount = mounts.find(
    each =>
      isAtOrBelow(each.at, DEV_SHM) &&
      isObject(each.volume?.json.emptyDir) &&
      !markedPod.declares(each),
  );
  return mount ? [{ manifest, mount }] : [];
}

function rank(name: string): number {
  return name.startsWith('DaemonSet ') ? 0 : 1;
}
