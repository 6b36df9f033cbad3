import { levelsOf, type NamespaceLevel } from './namespaces-section';
import { privilegesOf, type ExplainedPrivilege } from './privileges-section';
import { contractsOf, type SharedContract } from './shared-contracts';
import type { RuleFinding } from '../../rules/engine';
import type { MarkedManifests } from '../../sharing/marked-manifests';

/** What a reviewer wants to know of a set of manifests. */
export interface ReviewModel {
  readonly marked: MarkedManifests;
  readonly found: readonly RuleFinding[];
  readonly contracts: readonly SharedContract[];
  readonly privileges: readonly ExplainedPrivilege[];
  readonly levels: readonly NamespaceLevel[];
}

export function reviewModel(marked: MarkedManifests, found: readonly RuleFinding[]): ReviewModel {
  const privileges = privilegesOf(marked, found);
  return {
    marked,
    found,
    contracts: contractsOf(marked),
    privileges,
    levels: levelsOf(marked, privileges),
  };
}
