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
import type { RuleFinding } from '../../rules/engine';
import type { MarkedManifests } from '../../sharing/marked-manifests';

/**
 * `REVIEW.md`: what a platform or security reviewer asks about manifests, answered from them alone.
 * What has nothing to do with shared memory or the node does not change it.
 */
export function reviewPage(marked: MarkedManifests, found: readonly RuleFinding[]): string {
  const model = reviewModel(marked, found);
  return [
    '# Review: shared memory',
    '',
    ...verdict(model),
    ...sharing(marked, model.contracts),
    ...techniques(model.contracts),
    ...privileges(model.privileges),
    ...priority(marked, model.contracts),
    ...memory(marked, model.contracts),
    ...namespaces(marked, model.levels),
    ...prerequisites(marked, model.contracts),
    ...ending(marked, model.contracts),
    ...findings(found),
  ].join('\n');
}
