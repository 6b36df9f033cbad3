import { show } from '../errors';
import { dotted, type Draft } from './draft';
import type { AddInitContainer, ContainerNames } from './edit';
import { at, equal, isObject, itemsOf, objectsOf, textOf, type Json } from '../kube/json';

/**
 * Inserts an init container before those of the workload. Returns the number of containers that it
 * has inserted.
 */
export function addInitContainer(
  draft: Draft,
  adding: AddInitContainer,
  owner: string,
  position: number,
): number {
  const { container, reason } = adding;
  const place = [...draft.podPlace, 'initContainers'];
  const there = draft.containers.find(c => c.name === container.name);
  if (at(container, 'restartPolicy') !== 'Always') {
    draft.addStep(textOf(at(container, 'name') ?? ''));
  }
  if (there) {
    const other = [...draft.podPlace, ...there.path];
    if (equal(unfinished(draft.get(other), adding), unfinished(container, adding))) {
      return 0;
    }
    draft.problem(
      'SHM011',
      dotted(other),
      `a container ${show(container.name)} of ${draft.ownerOf(other)}`,
      `a name that ${owner} does not use`,
      `rename the container ${container.name}`,
      other,
    );
    return 0;
  }
  draft.insert(place, container, owner, reason, position);
  return 1;
}

/** Returns an init container without what {@link finishInitContainer} writes into it. */
function unfinished(container: Json | undefined, { asUserOf }: AddInitContainer): Json {
  const json = isObject(container) ? container : {};
  const {
    runAsUser: _,
    runAsGroup: __,
    ...context
  } = isObject(json.securityContext) ? json.securityContext : {};
  return {
    ...json,
    volumeMounts: objectsOf(json.volumeMounts).map(({ name: ___, ...mount }) => mount),
    ...(asUserOf === undefined
      ? {}
      : {
          securityContext: context,
          env: objectsOf(json.env).map(each =>
            each.name === asUserOf.variable.name ? { name: each.name } : each,
          ),
        }),
  };
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
      draft.amend([...place, 'volumeMounts', i, 'name'], name, owner);
    }
  }
  const user = asUserOf && commonId(draft, asUserOf.containers, owner, 'runAsUser');
  if (asUserOf === undefined || user === undefined || user === 0) {
    return;
  }
  draft.amend([...place, 'securityContext', 'runAsUser'], user, owner);
  const group = commonId(draft, asUserOf.containers, owner, 'runAsGroup');
  if (group === undefined) {
    return;
  } // the image decides on the group, so that what the step may do says little of the client
  draft.amend([...place, 'securityContext', 'runAsGroup'], group, owner);
  const { name, value } = asUserOf.variable;
  const index = itemsOf(draft.get([...place, 'env'])).findIndex(each => at(each, 'name') === name);
  draft.amend([...place, 'env', index], { name, value }, owner);
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
