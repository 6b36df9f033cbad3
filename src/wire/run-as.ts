import { show } from '../errors';
import { dotted, type Draft } from './draft';
import type { RunAs } from './edit';
import { at, itemsOf, textOf, type Json } from '../kube/json';

/**
 * Sees to it that containers run as a user or group. The container's own field goes before the
 * pod's, as it does for the kubelet.
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
    if (!place) {
      draft.put(own, id, owner, reason);
      continue;
    }
    const there = draft.get(place);
    if (there === id) {
      draft.note(place, reason);
      continue;
    }
    if (orRoot && there === 0 && reachesAll(draft.get([...draft.podPlace, ...path]))) {
      draft.note(
        place,
        `${owner}: root, as the workload itself says, reaches the memory of user ${id}`,
      );
      continue;
    }
    draft.problem(
      'SHM010',
      dotted(place),
      `${show(there)}, written by ${draft.ownerOf(place)}`,
      `absent or ${id}${orRoot ? ', or 0 for a container that keeps the capability DAC_OVERRIDE' : ''}, for container ${name} of ${owner}: ${why}`,
      `remove the id, or write ${id}; or change it in the contract`,
    );
  }
}

/**
 * Root reads and writes what belongs to others by the capability DAC_OVERRIDE alone, which
 * container runtimes give by default.
 */
function reachesAll(container: Json | undefined): boolean {
  const list = (key: string) =>
    itemsOf(at(container, 'securityContext', 'capabilities', key)).map(textOf);
  const named = (names: string[], ...wanted: string[]) =>
    names.some(name => wanted.includes(name.replace(/^CAP_/, '')));
  return (
    at(container, 'securityContext', 'privileged') === true ||
    named(list('add'), 'ALL', 'DAC_OVERRIDE') ||
    !named(list('drop'), 'ALL', 'DAC_OVERRIDE')
  );
}
