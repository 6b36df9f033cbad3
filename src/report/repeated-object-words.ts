import { count } from './finding-words';
import { equal } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { repeatedObjects } from '../read/repeated-objects';

/** So many objects, and places of one object, are named. */
const MOST = 3;

/** Says which objects are there more than once. Empty if there are none. */
export function repeatedObjectLines(manifests: readonly Manifest[]): string[] {
  const repeated = repeatedObjects(manifests);
  if (repeated.length === 0) {
    return [];
  }
  const named = repeated.slice(0, MOST).map(objectWords);
  const more = repeated.length - named.length;
  return [
    `${count(repeated.length, 'object')} ${repeated.length === 1 ? 'is' : 'are'} there more than once; if all are applied, the last one wins: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
  ];
}

/**
 * Says on a page that is for one cluster at one time that it mixes several. Empty if each object is
 * there once, or always the same, as a Namespace that two charts make: a cluster can have that.
 */
export function mixedWords(manifests: readonly Manifest[]): string[] {
  const repeated = repeatedObjects(manifests).filter(([first, ...others]) =>
    others.some(({ json }) => !equal(first.json, json)),
  ).length;
  return repeated === 0
    ? []
    : [
        `${count(repeated, 'object')} ${repeated === 1 ? 'is' : 'are'} there more than once, and not the same, so this page mixes stages, or clusters`,
      ];
}

function objectWords(all: readonly Manifest[]): string {
  const [{ kind, namespace, name }] = all;
  const places = all.slice(0, MOST).map(placeWords);
  const more = all.length - places.length;
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`} in ${places.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function placeWords({ document, base }: Manifest): string {
  return document === undefined ? '' : `${document.source.name}:${document.place(base).line}`;
}
