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
 * Writes `REVIEW.md`: it answers the questions of a platform or security reviewer from the
 * manifests alone. Manifests that do not concern shared memory or the node do not change it.
 */
export function reviewPage(marked: MarkedManifests, found: readonly RuleFinding[]): string {
  const model = reviewModel(marked, found);
  return [
    '# Review: shared memory',
    '',
    ...verdict(model),
    ...sharing(marked, model.contracts),
    ...techniques(model.contracts),
    ...privileges(model.privileges, model.marked),
    ...priority(marked, model.contracts),
    ...memory(marked, model.contracts),
    ...namespaces(marked, model.levels),
    ...prerequisites(marked, model.contracts),
    ...ending(marked, model.contracts),
    ...findings(found),
  ].join('\n');
}
