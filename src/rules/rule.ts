import type { RuleMatch, Severity } from './rule-match';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

/** A rule: what breaks, why, and how to fix it. docs/rules.md is generated from the rules. */
export interface Rule {
  /** ID of the rule, `SHMnnn`. An ID is never reused for another rule. */
  readonly id: string;
  /** Describes in one line what is wrong. */
  readonly title: string;
  readonly severity: Severity;
  /** Severity in the pack `strict`. If absent, it is the same as in `recommended`. */
  readonly strict?: Severity;
  /** What happens on the node. */
  readonly why: string;
  readonly fix: string;
  /** The fact that the rule is based on, and how it is known. */
  readonly fact: string;
  readonly link: string;
  /**
   * Example YAML with findings. A comment `# SHMnnn severity` at the end of a line lists the
   * findings in this line.
   */
  readonly wrong: string;
  /** The same example with the problem fixed. */
  readonly right: string;
  check(marked: MarkedManifests): Iterable<RuleMatch>;
}

/** Checks one pod, and calls `found` for each match. */
type PodCheck = (
  markedPod: MarkedPod,
  found: (match: RuleMatch) => void,
  marked: MarkedManifests,
) => void;

/** Returns a check that runs for each pod. */
export function forEachPod(check: PodCheck): Rule['check'] {
  return marked => hitsIn(marked.pods, check, marked);
}

/**
 * Returns a check that runs only for pods that use shared memory, or a memory-medium volume of
 * their own. It skips all other pods, which are usually the majority.
 */
export function forEachSharingPod(check: PodCheck): Rule['check'] {
  return marked => hitsIn(marked.sharing, check, marked);
}

function hitsIn(pods: readonly MarkedPod[], check: PodCheck, marked: MarkedManifests): RuleMatch[] {
  const matches: RuleMatch[] = [];
  const found = (match: RuleMatch) => {
    matches.push(match);
  };
  for (const pod of pods) {
    check(pod, found, marked);
  }
  return matches;
}
