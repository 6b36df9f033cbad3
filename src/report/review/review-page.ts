import { findings } from './findings-section';
import { memory } from './memory-section';
import { namespaces } from './namespaces-section';
import { prerequisites } from './prerequisites-section';
import { priority } from './priority-section';
import { privileges } from './privileges-section';
import { reviewModel } from './review-model';
import { sharing } from './sharing-section';
import { techniques } from './techniques-section';
import { ending } from './undo-section';
import { verdict } from './verdict-section';
import type { Found } from '../../rules/engine';
import type { Subjects } from '../../sharing/subjects';

/**
 * `REVIEW.md`: what a platform or security reviewer asks about manifests, answered from them alone.
 * What has nothing to do with shared memory or the node does not change it.
 */
export function reviewPage(subjects: Subjects, found: readonly Found[]): string {
  const model = reviewModel(subjects, found);
  return [
    '# Review: shared memory',
    '',
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
