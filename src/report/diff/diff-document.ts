import { changeFix, changeWhy, verdictOf } from './diff-words';
import { privilegeChangeWords } from './privilege-change-words';
import { replacementOutcome, replacementWords, type PodOutcome } from './replacement-words';
import { shownValue } from './shown-value';
import type {
  ContractChange,
  MemoryChanges,
  ObjectChanges,
  ObjectRef,
  PodChange,
  RefusedChange,
  SetChanges,
} from '../../change/set-changes';

/**
 * Version of the JSON form of a diff. docs/diff.md describes it, docs/diff.schema.json is its
 * schema.
 */
export const DIFF_API_VERSION = 'cdk8s-shared-memory/diff/v1';

/**
 * What a change does, in words: plain data, in a stable order, each field always there, `null` if
 * there is nothing to say.
 */
export interface DiffDocument {
  readonly apiVersion: typeof DIFF_API_VERSION;
  /** What matters first, in one line. */
  readonly verdict: string;
  readonly privileges: {
    readonly gained: readonly WordedPrivilege[];
    readonly lost: readonly WordedPrivilege[];
  };
  readonly refused: readonly WordedRefusal[];
  readonly pods: readonly WordedPodChange[];
  readonly contracts: readonly ContractChange[];
  readonly memory: MemoryChanges;
  readonly objects: ObjectChanges;
}

/** A privilege that is there on one side alone. */
export interface WordedPrivilege {
  readonly of: ObjectRef;
  readonly container: string | null;
  /** `hostIPC`, `hostPath /dev/shm`, `Pod Security enforces privileged` ... */
  readonly what: string;
  /** What there is of it on the other side: `read-only` if it is now writable. */
  readonly instead: string | null;
  /** Why, if the YAML knows it: a contract, or an acknowledgement. */
  readonly reason: string | null;
}

/** A change that the API server refuses, and with it the rest of what is changed in the object. */
export interface WordedRefusal {
  readonly of: ObjectRef;
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** `may`: it depends on what the files do not say; `why` has it. */
  readonly certainty: 'refused' | 'may';
  readonly why: string;
  readonly fix: string;
}

/** What happens to the running pods of a workload that is changed. */
export interface WordedPodChange {
  readonly of: ObjectRef;
  readonly outcome: PodOutcome;
  /** How: `rolling update: maxUnavailable 1, maxSurge 0`. */
  readonly how: string;
  readonly fields: readonly string[];
  readonly metadataOnly: boolean;
}

/** The words for what a change does. */
export function diffDocument(changes: SetChanges): DiffDocument {
  const { privileges, refused, pods, contracts, memory, objects } = changes;
  const worded = {
    privileges: {
      gained: privileges.gained.map(privilegeChangeWords),
      lost: privileges.lost.map(privilegeChangeWords),
    },
    refused: refused.map(refusalWords),
    pods: pods.map(podChangeWords),
    contracts,
    memory,
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

function podChangeWords({ of, replacement, fields, metadataOnly }: PodChange): WordedPodChange {
  return {
    of,
    outcome: replacementOutcome(replacement),
    how: replacementWords(replacement, metadataOnly),
    fields,
    metadataOnly,
  };
}
