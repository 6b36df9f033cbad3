import { at, isObject, objectsOf, type JsonObject } from './json';
import { Pod } from './pod';
import { podSpecs } from './pod-template';
import type { SourceDocument } from './source';

/** One rendered object. An object of a List is one by itself. */
export interface Manifest {
  readonly json: JsonObject;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent where the object has none: the cluster's, or what `kubectl -n` says. */
  readonly namespace?: string;
  /** JSON pointer of the object in its document: '' but for the items of a List. */
  readonly base: string;
  /** Where it was read; absent for objects that were given as objects. */
  readonly document?: SourceDocument;
}

/** The objects of a document: itself, or the items of a List. */
export function manifestsOf(json: JsonObject, document?: SourceDocument, base = ''): Manifest[] {
  if (/List$/.test(String(json.kind)) && Array.isArray(json.items)) {
    return json.items.flatMap((item, i) => isObject(item) && typeof item.kind === 'string' ? manifestsOf(item, document, `${base}/items/${i}`) : []);
  }
  const namespace = at(json, 'metadata', 'namespace');
  return [{
    json,
    apiVersion: String(json.apiVersion),
    kind: String(json.kind),
    name: String(at(json, 'metadata', 'name') ?? at(json, 'metadata', 'generateName') ?? ''),
    ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
    base,
    document,
  }];
}

/** Memory that a container gets from the LimitRange of its namespace where it says nothing itself. */
export interface Defaults { readonly limit?: string; readonly request?: string }

/** All objects that are judged together. */
export class ManifestSet {
  public readonly pods: readonly Pod[];
  private readonly byKind = new Map<string, Manifest[]>();

  public constructor(public readonly manifests: readonly Manifest[]) {
    for (const manifest of manifests) {
      const alike = this.byKind.get(manifest.kind);
      if (alike) { alike.push(manifest); } else { this.byKind.set(manifest.kind, [manifest]); }
    }
    const pods = manifests.flatMap(manifest => podSpecs(manifest.json).map(path => new Pod(manifest, path, this.defaultsOf(manifest.namespace))));
    this.pods = pods.filter(pod => pod.containers.some(({ json }) => typeof json.image === 'string')); // without an image it is a patch: the rest stands elsewhere
  }

  public ofKind(kind: string): readonly Manifest[] {
    return this.byKind.get(kind) ?? [];
  }

  private defaultsOf(namespace: string | undefined): Defaults {
    const limits = this.ofKind('LimitRange').filter(range => range.namespace === namespace).flatMap(range => objectsOf(at(range.json, 'spec', 'limits')));
    const container = limits.find(limit => limit.type === 'Container');
    const limit = at(container, 'default', 'memory');
    const request = at(container, 'defaultRequest', 'memory');
    return { ...(limit === undefined ? {} : { limit: String(limit) }), ...(request === undefined ? {} : { request: String(request) }) };
  }
}
