import { changedFields } from './changed-fields';
import type { ObjectRef } from './set-changes';
import { groupBy } from '../kube/group';
import { equal } from '../kube/json';
import type { Manifest } from '../kube/manifest';

/** One side of a comparison. */
export interface ManifestSide {
  readonly manifests: readonly Manifest[];
  /**
   * What was given, a file or a folder: names of files are told below it, so that the two sides can
   * be compared.
   */
  readonly root?: string;
}

/** An object on one side. */
export interface PlacedManifest {
  readonly manifest: Manifest;
  readonly file: string | null;
}

/** An object, on the sides that have it. */
export interface ObjectPair {
  readonly of: ObjectRef;
  /** The fields that differ; none where it is there on one side alone. */
  readonly fields: readonly string[];
  readonly before?: PlacedManifest;
  readonly after?: PlacedManifest;
}

/** API groups that other ones took kinds over from: to the API server they are the same objects. */
const TAKEN_OVER: Readonly<Record<string, string>> = {
  'extensions/DaemonSet': 'apps',
  'extensions/Deployment': 'apps',
  'extensions/ReplicaSet': 'apps',
  'extensions/Ingress': 'networking.k8s.io',
  'extensions/NetworkPolicy': 'networking.k8s.io',
};

/**
 * The objects of both sides, each with itself, whatever the version of its API; in the order of
 * files, kinds and names.
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
 * The same object several times, in the files of several clusters, say: by their files first, then
 * in their order.
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
    manifests.map(manifest => ({ manifest, file: fileOf(manifest, root) })),
    ({ manifest }) => identity(manifest),
  );
}

function identity({ apiVersion, kind, namespace, name }: Manifest): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  return JSON.stringify([TAKEN_OVER[`${group}/${kind}`] ?? group, kind, namespace ?? '', name]);
}

function fileOf({ document }: Manifest, root: string): string | null {
  const name = document?.source.name ?? '';
  if (name === root || name === '') {
    return null;
  }
  return root !== '' && name.startsWith(root)
    ? name.slice(root.length).replace(/^[\\/]+/, '')
    : name;
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

/** Order by the first key that differs. */
export function compareKeys(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((key, index) => key !== b[index]);
  return i < 0 ? 0 : a[i] < b[i] ? -1 : 1;
}
