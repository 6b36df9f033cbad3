import { ending } from './ending';
import { findings } from './findings';
import { memory } from './memory';
import { reviewModel } from './model';
import { namespaces } from './namespaces';
import { prerequisites } from './prerequisites';
import { priority } from './priority';
import { privileges } from './privileges';
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
  const model = reviewModel(subjects, found);
  return [
    '# Review: shared memory', '',
    ...verdict(model),
    ...sharing(subjects, model.contracts),
    ...techniques(model.contracts),
    ...privileges(model.privileges),
    ...priority(subjects, model.contracts),
    ...memory(subjects, model.contracts),
    ...namespaces(subjects, model.levels),
    ...prerequisites(subjects, model.contracts),
    ...ending(subjects, model.contracts),
    ...findings(found),
  ].join('\n');
}
