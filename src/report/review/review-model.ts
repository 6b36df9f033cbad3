import { levelsOf, type NamespaceLevel } from './namespaces-section';
import { privilegesOf, type Privilege } from './privileges-section';
import { contractsOf, type SharedContract } from './shared-contracts';
import type { Found } from '../../rules/engine';
import type { Subjects } from '../../sharing/subjects';

/** What a reviewer wants to know of a set of manifests. */
export interface ReviewModel {
  readonly subjects: Subjects;
  readonly found: readonly Found[];
  readonly contracts: readonly SharedContract[];
  readonly privileges: readonly Privilege[];
  readonly levels: readonly NamespaceLevel[];
}

export function reviewModel(subjects: Subjects, found: readonly Found[]): ReviewModel {
  const privileges = privilegesOf(subjects, found);
  return {
    subjects,
    found,
    contracts: contractsOf(subjects),
    privileges,
    levels: levelsOf(subjects, privileges),
  };
}
