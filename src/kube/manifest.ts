import { isObject, textOf, type JsonObject } from './json';

/** A position in a text. Lines and columns begin at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where objects were read, or are written to. */
export interface ManifestDocument {
  readonly source: { readonly name: string };
  /** Where a field or item stands; where it is absent, what holds it. */
  place(pointer: string): Place;
}

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
  readonly document?: ManifestDocument;
}

/**
 * The objects of a document: itself, the items of a List, or what an OpenShift Template makes.
 * `noObject` is told of items of a List that are none.
 */
export function manifestsOf(
  json: JsonObject,
  document?: ManifestDocument,
  base = '',
  noObject?: (pointer: string) => void,
): Manifest[] {
  const kind = textOf(json.kind);
  const field = kind.endsWith('List') ? 'items' : kind === 'Template' ? 'objects' : undefined;
  const within = field && json[field];
  if (!Array.isArray(within)) {
    return [manifest(json, base, document)];
  }
  return within.flatMap((item, i) => {
    const pointer = `${base}/${field}/${i}`;
    const object = isObject(item) ? typed(item, json) : undefined;
    if (typeof object?.kind === 'string') {
      return manifestsOf(object, document, pointer, noObject);
    }
    if (json.kind === 'List') {
      noObject?.(pointer);
    } // other kinds may end so, and have items of their own
    return [];
  });
}

function manifest(
  json: JsonObject,
  base: string,
  document: ManifestDocument | undefined,
): Manifest {
  const { name, generateName, namespace } = isObject(json.metadata) ? json.metadata : {};
  return {
    json,
    apiVersion: textOf(json.apiVersion),
    kind: textOf(json.kind),
    name: textOf(name ?? generateName ?? ''),
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined,
    base,
    document,
  };
}

/** The items of a PodList say no kind: they are Pods. */
function typed(item: JsonObject, { apiVersion, kind }: JsonObject): JsonObject {
  const name = textOf(kind).slice(0, -'List'.length);
  return item.kind === undefined &&
    item.apiVersion === undefined &&
    name !== '' &&
    textOf(kind).endsWith('List')
    ? { apiVersion, kind: name, ...item }
    : item;
}
