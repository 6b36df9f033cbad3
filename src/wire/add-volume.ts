import { show } from '../errors';
import { dotted, type Draft, type Place } from './draft';
import type { AddVolume, Mount } from './edit';
import { at, equal, itemsOf, textOf } from '../kube/json';
import { cleanPath } from '../kube/path';
import { DEV_SHM } from '../kube/well-known';

/**
 * Adds a volume to the pod, and mounts it in the containers that the operation names. Reports a
 * conflict if the pod already uses the name of the volume or the mount path for something else.
 */
export function addVolume(
  draft: Draft,
  { volume, mounts, reason }: AddVolume,
  owner: string,
): void {
  const place = [...draft.podPlace, 'volumes'];
  const index = itemsOf(draft.get(place)).findIndex(v => at(v, 'name') === volume.name);
  const there = draft.get([...place, index]);
  const claim = itemsOf(draft.get(['spec', 'volumeClaimTemplates'])).findIndex(
    c => at(c, 'metadata', 'name') === volume.name,
  );
  if (claim >= 0) {
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
  } else if (equal(there, volume)) {
    draft.note([...place, index], reason);
  } else {
    draft.problem(
      'SHM011',
      dotted([...place, index]),
      `a volume ${show(volume.name)} of ${draft.ownerOf([...place, index])}: ${show(there)}`,
      `${show(volume)}, which ${owner} adds`,
      'give the other volume another name',
    );
  }
  for (const mount of mounts) {
    for (const container of draft.named(mount.containers, owner)) {
      addMount(
        draft,
        [...draft.podPlace, ...container.path, 'volumeMounts'],
        volume.name,
        mount,
        owner,
      );
    }
  }
}

function addMount(
  draft: Draft,
  place: Place,
  volume: string,
  { containers: _, reason, ...mount }: Mount,
  owner: string,
): void {
  const item = { name: volume, ...mount };
  const mounts = itemsOf(draft.get(place));
  const ours = cleanPath(mount.mountPath);
  const index = mounts.findIndex((m, i) => {
    const theirs = cleanPath(textOf(at(m, 'mountPath')));
    return excludes(theirs, ours) || (draft.isOwned([...place, i]) && excludes(ours, theirs));
  });
  if (index < 0) {
    draft.insert(place, item, owner, reason);
  } else if (equal(mounts[index], item)) {
    draft.note([...place, index], reason);
  } else {
    draft.problem(
      'SHM011',
      dotted([...place, index]),
      `a mount of ${draft.ownerOf([...place, index])} at ${show(at(mounts[index], 'mountPath'))}: ${show(mounts[index])}`,
      `only the mount of ${owner}: ${show(item)}`,
      wayOut(mount.mountPath),
    );
  }
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

function wayOut(mountPath: string): string {
  return mountPath === DEV_SHM
    ? 'remove the other mount; for two contracts with shm_open in one container, use SharedMemory.files() for one of them, or Backing.devShm() for both'
    : 'mount the other volume at another path';
}
