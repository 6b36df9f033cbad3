import { changedFields } from './changed-fields';
import type { ObjectRef } from './set-changes';
import { groupBy } from '../kube/group';
import { equal } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { nameBelow } from '../read/file-name';

/** One side of a comparison: the objects before or after a change. */
export interface ManifestSide {
  readonly manifests: readonly Manifest[];
  /**
   * The file or folder that the user named. File names are relative to it, so that both sides can
   * be compared. Empty if absent.
   */
  readonly root?: string;
}

/**
 * An object on one side, with the file that contains it. `null` if the file has no name of its own,
 * because the user named it or passed objects.
 */
export interface PlacedManifest {
  readonly manifest: Manifest;
  readonly file: string | null;
}

/** The same object on both sides. One side can be absent. */
export interface ObjectPair {
  readonly of: ObjectRef;
  /** The fields that differ. Empty if the object only exists on one side. */
  readonly fields: readonly string[];
  readonly before?: PlacedManifest;
  readonly after?: PlacedManifest;
}

/**
 * Kinds that moved to another API group. The API server treats the objects of both groups as the
 * same objects.
 */
const TAKEN_OVER: Readonly<Record<string, string>> = {
  'extensions/DaemonSet': 'apps',
  'extensions/Deployment': 'apps',
  'extensions/ReplicaSet': 'apps',
  'extensions/Ingress': 'networking.k8s.io',
  'extensions/NetworkPolicy': 'networking.k8s.io',
};

/**
 * Pairs the objects of both sides by kind and name, regardless of the API version. Sorted by file,
 * kind and name.
 */
export function objectPairs(before: ManifestSide, after: ManifestSide): ObjectPair[] {
  const [old, now] = [placed(before), placed(after)];
  const pairs: ObjectPair[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [from, to] = [old.get(key) ?? [], now.get(key) ?? []];
    pairs.push(
      ...(from.length <= 1 && to.length <= 1 ? [paired(from[0], to[0])] : several(from, to)),
    );
  }
  return pairs.sort((a, b) => compareKeys(orderOf(a), orderOf(b)));
}

/**
 * Pairs objects that occur several times, for example in the files of several clusters: first by
 * file and content, then by file, then by content, and then by order.
 */
function several(from: readonly PlacedManifest[], to: readonly PlacedManifest[]): ObjectPair[] {
  const pairs: ObjectPair[] = [];
  const [old, now] = [[...from], [...to]];
  const take = (same: (a: PlacedManifest, b: PlacedManifest) => boolean) => {
    for (const before of [...old]) {
      const after = now.find(each => same(before, each));
      if (!after) {
        continue;
      }
      pairs.push(paired(before, after));
      old.splice(old.indexOf(before), 1);
      now.splice(now.indexOf(after), 1);
    }
  };
  take((a, b) => a.file === b.file && equal(a.manifest.json, b.manifest.json));
  take((a, b) => a.file === b.file);
  take((a, b) => equal(a.manifest.json, b.manifest.json));
  take(() => true);
  return [
    ...pairs,
    ...old.map(each => paired(each, undefined)),
    ...now.map(each => paired(undefined, each)),
  ];
}

function placed({ manifests, root = '' }: ManifestSide): Map<string, PlacedManifest[]> {
  return groupBy(
    manifests.map(manifest => ({
      manifest,
      file: nameBelow(root, manifest.document?.source.name ?? '') ?? null,
    })),
    ({ manifest }) => identity(manifest),
  );
}

function identity({ apiVersion, kind, namespace, name }: Manifest): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return JSON.stringify([TAKEN_OVER[`${group}/${kind}`] ?? group, kind, namespace ?? '', name]);
}

function paired(before: PlacedManifest | undefined, after: PlacedManifest | undefined): ObjectPair {
  const {
    manifest: { kind, namespace, name },
    file,
  } = (after ?? before) as PlacedManifest;
  const fields = before && after ? changedFields(before.manifest.json, after.manifest.json) : [];
  return {
    of: { kind, namespace: namespace ?? null, name, file },
    fields,
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  };
}

function orderOf({ of: { file, kind, namespace, name }, before, after }: ObjectPair): string[] {
  return [
    file ?? '',
    kind,
    namespace ?? '',
    name,
    after ? '' : 'gone',
    (after ?? before)?.manifest.base ?? '',
  ];
}

/** Compares two lists of keys by the first key that differs. */
export function compareKeys(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((key, index) => key !== b[index]);
  return i < 0 ? 0 : a[i] < b[i] ? -1 : 1;
}
