import { groupBy } from '../kube/group';
import { at } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/**
 * Returns the objects that are there more than once, each with all of its places, in their order.
 * kubectl applies one after the other, so the cluster has the last one.
 */
export function repeatedObjects(manifests: readonly Manifest[]): Manifest[][] {
  // with generateName, the API server makes a new name for each
  const named = manifests.filter(({ json }) => at(json, 'metadata', 'name') !== undefined);
  const alike = groupBy(named, ({ apiVersion, kind, namespace = '', name }) =>
    JSON.stringify([apiVersion, kind, namespace, name]),
  );
  return [...alike.values()].filter(all => all.length > 1);
}
