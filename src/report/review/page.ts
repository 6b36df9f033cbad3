import { contractsOf } from './contracts';
import { ending } from './ending';
import { findings } from './findings';
import { memory } from './memory';
import { namespaces } from './namespaces';
import { prerequisites } from './prerequisites';
import { privileges, privilegesOf } from './privileges';
import { sharing } from './sharing';
import { techniques } from './techniques';
import { verdict } from './verdict';
import type { Found } from '../../rules/engine';
import type { Subjects } from '../../rules/subjects';

/**
 * `REVIEW.md`: what a platform or security reviewer asks about manifests, answered from them alone. What has nothing to do with shared memory or the node
 * does not change it.
 */
export function reviewPage(subjects: Subjects, found: readonly Found[]): string {
  const contracts = contractsOf(subjects);
  const held = privilegesOf(subjects, found);
  return [
    '# Review: shared memory', '',
    ...verdict(subjects, contracts, held, found),
    ...sharing(subjects, contracts),
    ...techniques(contracts),
    ...privileges(held),
    ...memory(subjects, contracts),
    ...namespaces(subjects),
    ...prerequisites(subjects, contracts),
    ...ending(subjects, contracts),
    ...findings(found),
  ].join('\n');
}
