import type { Problem } from '../errors';
import { at, keysOf, objectsOf, textOf, type JsonObject } from '../kube/json';
import { realPath } from '../kube/path';
import { claimOf } from '../kube/persistent-volume';
import type { Edit } from '../wire/edit';

/**
 * Returns what the policies of a contract refuse, and `apply` accepts: CEL cannot resolve a path
 * with `..`, and a policy adds its own volume where `apply` keeps one of the same source.
 *
 * @param spec the path of the pod spec in the object
 * @param used the names of the containers that share the memory
 */
export function policyConflicts(
  json: JsonObject,
  spec: string,
  { operations }: Edit,
  used: readonly string[],
): Problem[] {
  const list = (key: string) => objectsOf(at(json, ...keysOf(spec), key));
  const containers = [...list('containers'), ...list('initContainers')];
  const mounts = containers.flatMap(container => {
    const name = textOf(container.name);
    return objectsOf(container.volumeMounts).map(mount => ({ container: name, mount }));
  });
  const ours = operations.flatMap(op =>
    op.do === 'volume' ? [{ ...op.volume, mountPath: op.mounts[0].mountPath }] : [],
  );
  const climbing = mounts
    .filter(({ container, mount }) => used.includes(container) && climbs(textOf(mount.mountPath)))
    .map(({ container, mount }): Problem => ({
      code: 'SHM006',
      field: `mountPath of volume ${textOf(mount.name)} in container ${container}`,
      given: textOf(mount.mountPath),
      allowed: 'a path without ..: a policy cannot resolve it',
      fix: 'write the path without ..',
    }));
  const respelled = mounts.flatMap(({ container, mount }): Problem[] => {
    const own = ours.find(({ name }) => name === mount.name)?.mountPath;
    const path = textOf(mount.mountPath);
    return used.includes(container) &&
      own !== undefined &&
      path !== own &&
      realPath(path) === realPath(own)
      ? [
          {
            code: 'SHM006',
            field: `mountPath of volume ${textOf(mount.name)} in container ${container}`,
            given: path,
            allowed: `${own}, spelled exactly like this`,
            fix: `write ${own}`,
          },
        ]
      : [];
  });
  const claims = list('volumes').flatMap((volume): Problem[] => {
    const own = ours.find(each => claimOf(each) !== undefined && claimOf(each) === claimOf(volume));
    return own === undefined || (own.name === volume.name && isReadOnly(own) === isReadOnly(volume))
      ? []
      : [
          {
            code: 'SHM011',
            field: `volume ${textOf(volume.name)}`,
            given: `claim ${claimOf(volume)}${isReadOnly(volume) ? ', readOnly' : ''}`,
            allowed: 'only the volume that the policy adds for this claim',
            fix: 'remove the volume',
          },
        ];
  });
  const unnamed = mounts
    .filter(
      ({ container, mount }) =>
        !used.includes(container) && ours.some(({ name }) => name === mount.name),
    )
    .map(({ container, mount }): Problem => ({
      code: 'SHM011',
      field: `volumeMounts of container ${container}`,
      given: `volume ${textOf(mount.name)}`,
      allowed: 'the volume of the contract only in containers that the annotation names',
      fix: 'name the container in the annotation, or remove the mount',
    }));
  return [...climbing, ...respelled, ...claims, ...unnamed];
}

function climbs(path: string): boolean {
  return path.split('/').includes('..');
}

function isReadOnly(volume: JsonObject): boolean {
  return at(volume, 'persistentVolumeClaim', 'readOnly') === true;
}
