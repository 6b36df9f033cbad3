import { acknowledgementWords } from './acknowledgement-words';
import { containerChangeWords } from './container-change-words';
import {
  DIFF_API_VERSION,
  type DiffDocument,
  type WordedPodChange,
  type WordedRefusal,
} from './diff-document';
import { changeFix, changeWhy, restarts, verdictOf } from './diff-words';
import { labelChangeWords } from './label-change-words';
import { memoryChangeWords } from './memory-change-words';
import { privilegeChangeWords } from './privilege-change-words';
import { replacementOutcome, replacementWords } from './replacement-words';
import { shownValue } from './shown-value';
import type { ObjectRef, PodChange, RefusedChange, SetChanges } from '../../change/set-changes';

/** Returns the words for what a change does. */
export function diffDocument(changes: SetChanges): DiffDocument {
  const {
    acknowledgements,
    privileges,
    containers,
    refused,
    labels,
    pods,
    contracts,
    uses,
    unserved,
    memory,
    objects,
  } = changes;
  const wordedLabels = labels.map(labelChangeWords);
  const refusedByLabel = wordedLabels
    .filter(({ outcome }) => outcome === 'refused')
    .map(({ of }) => of);
  const worded = {
    acknowledgements: acknowledgementWords(acknowledgements),
    privileges: {
      gained: privileges.gained.map(each => privilegeChangeWords(each, 'gained')),
      lost: privileges.lost.map(each => privilegeChangeWords(each, 'lost')),
    },
    containers: containers.map(containerChangeWords),
    refused: refused.map(refusalWords),
    labels: wordedLabels,
    pods: pods.map(change => stuckWords(podChangeWords(change), refusedByLabel)),
    contracts,
    uses,
    unserved,
    memory: memoryChangeWords(memory),
    objects,
  };
  return { apiVersion: DIFF_API_VERSION, verdict: verdictOf(worded), ...worded };
}

function refusalWords(change: RefusedChange): WordedRefusal {
  const { of, field } = change;
  const isCertain = change.because === 'selectorMismatch' || change.doubt === undefined;
  const from =
    change.because === 'selectorMismatch'
      ? `selector ${shownValue(change, change.from)}`
      : shownValue(change, change.from);
  return {
    of,
    field,
    from,
    to: shownValue(change, change.to),
    certainty: isCertain ? 'refused' : 'may',
    why: changeWhy(change),
    fix: changeFix(change),
  };
}

function podChangeWords({
  of,
  replacement,
  fields,
  images,
  replicas,
  metadataOnly,
}: PodChange): WordedPodChange {
  return {
    of,
    outcome: replacementOutcome(replacement),
    how: replacementWords(replacement, metadataOnly),
    fields,
    images,
    replicas: replicas ?? null,
    metadataOnly,
  };
}

/** A workload whose new pods the API server refuses does not restart. */
function stuckWords(
  change: WordedPodChange,
  refusedByLabel: readonly ObjectRef[],
): WordedPodChange {
  return refusedByLabel.includes(change.of) && restarts(change)
    ? {
        ...change,
        outcome: 'refused',
        how: 'the API server refuses the new pods; the old ones stay, as far as the update strategy allows',
      }
    : change;
}
