import type { RuleMatch, Severity } from './rule-match';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';

/** What breaks, why, and how it is mended. docs/rules.md is made from this. */
export interface Rule {
  /** `SHMnnn`: never used again for something else. */
  readonly id: string;
  /** What is wrong, in one line. */
  readonly title: string;
  readonly severity: Severity;
  /** In the pack `strict`; `undefined`: as in `recommended`. */
  readonly strict?: Severity;
  /** Whether the rule is in the pack `strict` alone. */
  readonly strictOnly?: boolean;
  /** What happens on the node. */
  readonly why: string;
  readonly fix: string;
  /** The fact it rests on, and where it stands. */
  readonly fact: string;
  readonly link: string;
  /**
   * YAML in which the rule finds something; `# SHMnnn severity` at the end of a line says what is
   * found there.
   */
  readonly wrong: string;
  /** The same, mended. */
  readonly right: string;
  check(marked: MarkedManifests): Iterable<RuleMatch>;
}

/** Looks at one pod, and says what it found there. */
type PodCheck = (
  markedPod: MarkedPod,
  found: (match: RuleMatch) => void,
  marked: MarkedManifests,
) => void;

/** A rule that looks at one pod at a time. */
export function forEachPod(check: PodCheck): Rule['check'] {
  return marked => hitsIn(marked.pods, check, marked);
}

/**
 * A rule that looks at one pod at a time of those that share memory, or have some of their own: it
 * has nothing to say of the others, which are most.
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
