import { isObject, textOf, type JsonObject } from './json';

/** A position in a text. Lines and columns start at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The document that an object was read from or is written to. */
export interface ManifestDocument {
  readonly source: { readonly name: string };
  /**
   * Returns the position of a field or an item. If it is absent, returns the position of the
   * innermost existing parent.
   */
  place(pointer: string): Place;
}

/** A rendered Kubernetes object. Each item of a List is a manifest of its own. */
export interface Manifest {
  readonly json: JsonObject;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent if the object sets no namespace; the cluster default or `kubectl -n` then decides. */
  readonly namespace?: string;
  /**
   * JSON pointer of the object in its document. Empty except for the items of a List or a Template.
   */
  readonly base: string;
  /** Where the object was read. Absent if it was passed as a JavaScript object. */
  readonly document?: ManifestDocument;
}

/**
 * Returns the objects of a document: the object itself, the items of a List, or the objects of an
 * OpenShift Template. Calls `noObject` for each item of a List that is not an object with a kind.
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
    } // kinds of other APIs can also end with "List" and have items that are not objects
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

/**
 * Adds `apiVersion` and `kind` to an item of a typed list. For example, the items of a PodList do
 * not contain them and are Pods.
 */
function typed(item: JsonObject, { apiVersion, kind }: JsonObject): JsonObject {
  const name = textOf(kind).slice(0, -'List'.length);
  return item.kind === undefined &&
    item.apiVersion === undefined &&
    name !== '' &&
    textOf(kind).endsWith('List')
    ? { apiVersion, kind: name, ...item }
    : item;
}
