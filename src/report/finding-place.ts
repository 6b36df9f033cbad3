import type { Place } from '../kube/manifest';
import type { RuleFinding } from '../rules/engine';

/** The place of a finding in a file. It has none if the objects did not come from a file. */
export function findingPlace({
  at,
  manifest,
  path,
}: RuleFinding): (Place & { readonly source: { readonly name: string } }) | undefined {
  if (at) {
    return at;
  }
  const document = manifest?.document;
  return document && { ...document.place(manifest.base + path), source: document.source };
}
