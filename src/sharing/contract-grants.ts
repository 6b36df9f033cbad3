import type { MarkedManifests } from './marked-manifests';
import { getOrCreate, groupBy } from '../kube/group';
import { readGrant, type ReadGrant } from '../model/client/grant';
import type { ManifestSet } from '../read/manifest-set';

const known = new WeakMap<ManifestSet, Map<string, ReadGrant[]>>();

/** Returns the grants of a contract in these manifests. Empty if they are in another repository. */
export function grantsOf(
  { set }: MarkedManifests,
  { contract, namespace }: { readonly contract: string; readonly namespace: string },
): readonly ReadGrant[] {
  const all = getOrCreate(known, set, () =>
    groupBy(
      set.ofKind('PersistentVolume').flatMap(manifest => readGrant(manifest) ?? []),
      ({ directory: of }) => `${of.namespace}/${of.contract}`,
    ),
  );
  return all.get(`${namespace}/${contract}`) ?? [];
}
