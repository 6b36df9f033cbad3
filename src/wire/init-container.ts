import { show } from '../errors';
import { dotted, type Draft } from './draft';
import type { AddInitContainer, ContainerNames } from './edit';
import { at, equal, itemsOf, objectsOf, textOf, type Json } from '../kube/json';

/**
 * Inserts an init container before those of the workload. Returns the number of containers that it
 * has inserted.
 */
export function addInitContainer(
  draft: Draft,
  { container, reason }: AddInitContainer,
  owner: string,
  position: number,
): number {
  const place = [...draft.podPlace, 'initContainers'];
  const there = draft.containers.find(c => c.name === container.name);
  if (there) {
    const other = [...draft.podPlace, ...there.path];
    if (equal(draft.get(other), container)) {
      return 0;
    }
    draft.problem(
      'SHM011',
      dotted(other),
      `a container ${show(container.name)} of ${draft.ownerOf(other)}`,
      `a name that ${owner} does not use`,
      `rename the container ${container.name}`,
    );
    return 0;
  }
  draft.insert(place, container, owner, reason, position);
  return 1;
}

/**
 * Completes an added init container with what depends on the rest of the pod: the names of volumes
 * of the workload that stay, and the user of the containers that it stands for.
 */
export function finishInitContainer(
  draft: Draft,
  { asUserOf, container }: AddInitContainer,
  owner: string,
): void {
  const added = draft.containers.find(each => each.name === container.name);
  if (!added) {
    return;
  }
  const place = [...draft.podPlace, ...added.path];
  for (const [i, mount] of objectsOf(draft.get([...place, 'volumeMounts'])).entries()) {
    const name = draft.volumeNamed(textOf(mount.name));
    if (name !== mount.name) {
      draft.amend([...place, 'volumeMounts', i, 'name'], name);
    }
  }
  const user = asUserOf && commonId(draft, asUserOf.containers, owner, 'runAsUser');
  if (asUserOf === undefined || user === undefined || user === 0) {
    return;
  }
  draft.amend([...place, 'securityContext', 'runAsUser'], user);
  const group = commonId(draft, asUserOf.containers, owner, 'runAsGroup');
  if (group !== undefined) {
    draft.amend([...place, 'securityContext', 'runAsGroup'], group);
  }
  const { name, value } = asUserOf.variable;
  const index = itemsOf(draft.get([...place, 'env'])).findIndex(each => at(each, 'name') === name);
  draft.amend([...place, 'env', index], { name, value });
}

/** Returns the user or group that all the containers have in the manifest. */
function commonId(
  draft: Draft,
  names: ContainerNames,
  owner: string,
  field: 'runAsUser' | 'runAsGroup',
): number | undefined {
  const idOf = (json: Json | undefined) => at(json, 'securityContext', field);
  const ids = draft
    .named(names, owner)
    .map(({ path }) => idOf(draft.get([...draft.podPlace, ...path])) ?? idOf(draft.pod));
  const [first] = ids;
  return typeof first === 'number' && ids.every(id => id === first) ? first : undefined;
}
