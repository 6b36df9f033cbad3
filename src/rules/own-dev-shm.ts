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
 * Returns what to say of a pod that mounts the node's /dev/shm, or a directory below it, which no
 * other pod sees, if a workload of its namespace has an emptyDir there: if the two want to meet,
 * they cannot. Absent if there is none, and if a mark says what the mount is for.
 */
export function apartAtDevShm(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  mount: Mount,
): { readonly words: string; readonly fix: string } | undefined {
  const own = markedPod.pod.manifest;
  const { apart, hostIpc } = getOrCreate(known, marked, () => usersOf(marked));
  const isSeen =
    hostIpc.size > (hostIpc.has(own) ? 1 : 0) || marked.directories.hasOtherUsers(mount);
  if (isSeen || markedPod.declares(mount) || !isAtOrBelow(mount.at, DEV_SHM)) {
    return undefined;
  }
  const other = apart.get(own.namespace ?? '')?.find(({ manifest }) => manifest !== own);
  if (other === undefined) {
    return undefined;
  }
  const { manifest, mount: its } = other;
  const name = `${manifest.kind} ${manifest.namespace === undefined ? '' : `${manifest.namespace}/`}${manifest.name}`;
  return {
    words: `; nothing else in these manifests mounts it: ${name} of the same namespace mounts an emptyDir at ${its.at}, which no other pod sees`,
    fix: `if the two share memory: write a contract for both, or mount the same directory of the node in both, below /run/cdk8s-shared-memory; if they do not, and this pod only needs more than 64 MiB: mount a memory-medium emptyDir with a sizeLimit instead of the hostPath`,
  };
}

function usersOf({ sharing }: MarkedManifests): DevShmUsers {
  return {
    // agents are DaemonSets, so these come first
    apart: groupBy(
      sharing.flatMap(mountsOfTheirOwn).sort((a, b) => rank(a) - rank(b)),
      ({ manifest }) => manifest.namespace ?? '',
    ),
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

function rank({ manifest }: OwnDevShm): number {
  return manifest.kind === 'DaemonSet' ? 0 : 1;
}
