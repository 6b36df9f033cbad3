import type { Place } from '../kube/manifest';
import type { RuleFinding } from '../rules/engine';

/** Where a finding stands; nowhere where objects were given as objects. */
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
