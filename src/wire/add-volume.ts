import { show } from '../errors';
import { dotted, type Draft, type Place } from './draft';
import type { AddVolume, Mount } from './edit';
import { claimTemplateIndex, hasSourceOf, isMemoryEmptyDir, showsWhole } from './volume-source';
import { at, equal, itemsOf, textOf, type Json } from '../kube/json';
import { cleanPath, realPath } from '../kube/path';
import { sameQuantity } from '../kube/quantity';
import { DEV_SHM } from '../kube/well-known';

/**
 * Adds a volume to the pod, and mounts it in the containers that the operation names. If the
 * workload already has a volume with the same source, keeps it under its name and adds only the
 * mounts that are missing. Reports a conflict if the pod already uses the name of the volume or the
 * mount path for something else.
 */
export function addVolume(draft: Draft, adding: AddVolume, owner: string): void {
  const { volume, mounts, reason } = adding;
  const place = [...draft.podPlace, 'volumes'];
  const volumes = itemsOf(draft.get(place));
  const index = volumes.findIndex(v => at(v, 'name') === volume.name);
  const isThere = index >= 0 && equal(volumes[index], volume);
  const kept = isThere ? -1 : keptVolume(draft, adding, owner, volumes);
  const claim = claimTemplateIndex(draft, volume.name);
  if (kept >= 0) {
    draft.keepVolume(volume.name, textOf(at(volumes[kept], 'name')));
    draft.note([...place, kept], reason);
    setSize(draft, [...place, kept], adding, owner);
  } else if (claim >= 0) {
    // a StatefulSet silently prefers its claim over a volume of the same name
    draft.problem(
      'SHM011',
      `spec.volumeClaimTemplates[${claim}].metadata.name`,
      `${show(volume.name)}, a claim of the workload itself`,
      `a name that ${owner} does not use for a volume`,
      'give the claim another name',
    );
  } else if (index < 0) {
    draft.insert(place, volume, owner, reason);
  } else if (isThere) {
    if (!draft.isOwnedBy(owner, [...place, index])) {
      draft.note([...place, index], reason);
    } // a replacement has its reason already
  } else {
    draft.problem(
      'SHM011',
      dotted([...place, index]),
      `a volume ${show(volume.name)} of ${draft.ownerOf([...place, index])}: ${show(volumes[index])}`,
      `${show(volume)}, which ${owner} adds`,
      'give the other volume another name',
      [...place, index],
    );
  }
  for (const mount of mounts) {
    for (const container of draft.named(mount.containers, owner)) {
      addMount(
        draft,
        [...draft.podPlace, ...container.path, 'volumeMounts'],
        draft.volumeNamed(volume.name),
        mount,
        owner,
      );
    }
  }
}

/**
 * Returns the index of the workload's volume that serves in the place of the added one, or -1: a
 * volume with the same source, best one that is already mounted at the path of the memory; or a
 * memory-medium emptyDir that is mounted there.
 */
function keptVolume(
  draft: Draft,
  { volume, mounts }: AddVolume,
  owner: string,
  volumes: readonly Json[],
): number {
  if (mounts.length === 0) {
    return -1;
  }
  const mounted = mounts.flatMap(mount =>
    draft
      .named(mount.containers, owner)
      .flatMap(({ path }) => itemsOf(draft.get([...draft.podPlace, ...path, 'volumeMounts'])))
      .filter(each => cleanPath(textOf(at(each, 'mountPath') ?? '')) === cleanPath(mount.mountPath))
      .filter(showsWhole)
      .map(each => at(each, 'name')),
  );
  const isMounted = (each: Json) => mounted.includes(at(each, 'name'));
  if (isMemoryEmptyDir(volume)) {
    return volumes.findIndex(each => isMemoryEmptyDir(each) && isMounted(each));
  }
  const isSame = (each: Json) => hasSourceOf(each, volume, draft.isAsIs(owner));
  const best = volumes.findIndex(each => isSame(each) && isMounted(each));
  return best >= 0 ? best : volumes.findIndex(isSame);
}

/** Gives the workload's own memory-medium emptyDir the size of the one that it stands for. */
function setSize(draft: Draft, volume: Place, { volume: ours, reason }: AddVolume, owner: string) {
  const size = at(ours, 'emptyDir', 'sizeLimit');
  const place = [...volume, 'emptyDir', 'sizeLimit'];
  const there = draft.get(place);
  if (size === undefined || sameQuantity(there, size)) {
    return;
  }
  if (there === undefined || there === null) {
    draft.put(place, size, owner, reason);
    return;
  }
  draft.problem(
    'SHM010',
    dotted(place),
    `${show(there)}, written by ${draft.ownerOf(place)}`,
    `absent or ${show(size)}, which ${owner} needs`,
    `remove it, or write ${textOf(size)}`,
    place,
  );
}

function addMount(
  draft: Draft,
  place: Place,
  volume: string,
  { containers: _, reason, ...mount }: Mount,
  owner: string,
): void {
  const item = { name: volume, ...mount };
  const ours = realPath(mount.mountPath);
  const inTheWay = [...itemsOf(draft.get(place)).entries()].filter(([i, m]) => {
    const theirs = realPath(textOf(at(m, 'mountPath')));
    return excludes(theirs, ours) || (draft.isOwned([...place, i]) && excludes(ours, theirs));
  });
  if (inTheWay.length === 0) {
    draft.insert(place, item, owner, reason);
  }
  for (const [index, there] of inTheWay) {
    if (isSameMount(there, item)) {
      draft.note([...place, index], reason);
    } else if (isSameMount(there, { ...item, readOnly: item.readOnly !== true })) {
      draft.problem(
        'SHM011',
        dotted([...place, index, 'readOnly']),
        `${at(there, 'readOnly') === true}, written by ${draft.ownerOf([...place, index])}`,
        `${item.readOnly === true}, which ${owner} needs for this container`,
        item.readOnly === true
          ? 'write readOnly: true at the mount, or attach with access: Access.READ_WRITE if the contract allows it'
          : `remove readOnly from the mount${owner === 'PodSharedMemory' ? '' : ', or attach with access: Access.READ_ONLY'}`,
        [...place, index],
      );
    } else {
      const isOwn = !draft.isOwned([...place, index]);
      draft.problem(
        'SHM011',
        dotted([...place, index]),
        `a mount of ${draft.ownerOf([...place, index])} at ${show(at(there, 'mountPath'))}: ${show(there)}`,
        `only the mount of ${owner}: ${show(item)}`,
        wayOut(mount.mountPath, isOwn && isWholeAt(there, ours) ? there : undefined),
        [...place, index],
      );
    }
  }
}

/** Checks whether a mount shows a whole volume at a path, so that another volume can replace it. */
function isWholeAt(mount: Json, path: string): boolean {
  return realPath(textOf(at(mount, 'mountPath'))) === path && showsWhole(mount);
}

/** Checks whether two mounts show the same part of a volume at one path, with the same access. */
function isSameMount(theirs: Json, ours: Json): boolean {
  const [a, b] = [theirs, ours].map(mount => [
    at(mount, 'name') ?? null,
    cleanPath(textOf(at(mount, 'mountPath') ?? '')),
    at(mount, 'subPath') ?? '',
    at(mount, 'subPathExpr') ?? '',
    at(mount, 'readOnly') === true,
  ]);
  return equal(a, b);
}

/**
 * Checks whether an existing mount conflicts with ours: it has the same path; it is below our path,
 * so the container runtime would have to create its mount point in our memory; or it covers
 * /dev/shm by mounting /dev.
 */
function excludes(theirs: string, ours: string): boolean {
  return (
    theirs === ours || theirs.startsWith(`${ours}/`) || (ours === DEV_SHM && theirs === '/dev')
  );
}

function wayOut(mountPath: string, own: Json | undefined): string {
  if (own !== undefined) {
    return `to give the container the shared memory instead of its volume, attach with { replaces: [${show(at(own, 'name'))}] }; to keep the volume, mount it at another path`;
  }
  return mountPath === DEV_SHM
    ? 'remove the other mount; for two contracts with shm_open in one container, ask the owner of one of them for SharedMemory.files(), or both for Backing.devShm()'
    : 'mount the other volume at another path';
}
