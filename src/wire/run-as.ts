import { show } from '../errors';
import { dotted, type Draft } from './draft';
import type { RunAs } from './edit';
import { hasCapability } from '../kube/capabilities';
import { at, itemsOf, type Json } from '../kube/json';

/**
 * Makes containers run as a user or group. As for the kubelet, the container's own field takes
 * precedence over the pod's.
 */
export function runAs(
  draft: Draft,
  { containers, field, id, orRoot, why, reason }: RunAs,
  owner: string,
): void {
  for (const { name, path } of draft.named(containers, owner)) {
    const own = [...draft.podPlace, ...path, 'securityContext', field];
    const ofPod = [...draft.podPlace, 'securityContext', field];
    const place = [own, ofPod].find(p => draft.get(p) !== undefined && draft.get(p) !== null);
    const needsRoot =
      orRoot && field === 'runAsUser' && isPrivileged(draft.get([...draft.podPlace, ...path]));
    if (!place && needsRoot) {
      draft.problem(
        'SHM010',
        dotted(own),
        `nothing, for container ${name}, which has host privileges`,
        `0 or ${id}, written in the workload: if its image runs as root, user ${id} of ${owner} would break it`,
        `write runAsUser: 0 if the container needs root, or runAsUser: ${id}`,
      );
      continue;
    }
    if (!place) {
      draft.put(own, id, owner, reason);
      continue;
    }
    const there = draft.get(place);
    if (there === id) {
      draft.note(place, reason);
      continue;
    }
    if (
      orRoot &&
      there === 0 &&
      hasCapability(draft.get([...draft.podPlace, ...path]), 'DAC_OVERRIDE')
    ) {
      draft.note(
        place,
        `${owner}: root, as the workload itself says; it can reach the memory of user ${id}`,
      );
      continue;
    }
    draft.problem(
      'SHM010',
      dotted(place),
      `${show(there)}, written by ${draft.ownerOf(place)}`,
      `absent or ${id}${orRoot ? ', or 0 for a container that keeps the capability DAC_OVERRIDE' : ''}, for container ${name} of ${owner}: ${why}`,
      `remove the id, or write ${id}; the owner of the contract can change it there`,
      place,
    );
  }
}

/** Checks whether the manifest gives a container privileges that only root can use as they are. */
function isPrivileged(container: Json | undefined): boolean {
  return (
    at(container, 'securityContext', 'privileged') === true ||
    itemsOf(at(container, 'securityContext', 'capabilities', 'add')).length > 0
  );
}
