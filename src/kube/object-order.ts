import { canonical } from './json';
import type { Manifest } from './manifest';

/**
 * Returns objects in an order that depends on nothing but the objects: not on the order in which
 * they were read or written. Equal objects are in the order of their files.
 */
export function inOrder(manifests: readonly Manifest[]): Manifest[] {
  return [...manifests].sort((a, b) => compare(keyOf(a), keyOf(b)) || compareEqual(a, b));
}

function keyOf({ namespace, kind, name, apiVersion }: Manifest): readonly string[] {
  return [namespace ?? '', kind, name, apiVersion];
}

function compareEqual(a: Manifest, b: Manifest): number {
  const rest = ({ json, document, base }: Manifest) => [
    canonical(json),
    document?.source.name ?? '',
    base,
  ];
  return compare(rest(a), rest(b));
}

/** Compares lists of texts, by the first of them that differ. */
export function compare(a: readonly string[], b: readonly string[]): number {
  const i = a.findIndex((text, at) => text !== b[at]);
  return i < 0 ? 0 : a[i] < (b[i] ?? '') ? -1 : 1;
}
