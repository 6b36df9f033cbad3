import type { Hit, Severity } from './hit';
import type { Subject } from '../sharing/subject';
import type { Subjects } from '../sharing/subjects';

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
  check(subjects: Subjects): Iterable<Hit>;
}

/** Looks at one pod, and says what it found there. */
type PodCheck = (subject: Subject, found: (hit: Hit) => void, subjects: Subjects) => void;

/** A rule that looks at one pod at a time. */
export function perPod(check: PodCheck): Rule['check'] {
  return subjects => hitsIn(subjects.pods, check, subjects);
}

/**
 * A rule that looks at one pod at a time of those that share memory, or have some of their own: it
 * has nothing to say of the others, which are most.
 */
export function perSharingPod(check: PodCheck): Rule['check'] {
  return subjects => hitsIn(subjects.sharing, check, subjects);
}

function hitsIn(pods: readonly Subject[], check: PodCheck, subjects: Subjects): Hit[] {
  const hits: Hit[] = [];
  const found = (hit: Hit) => {
    hits.push(hit);
  };
  for (const pod of pods) {
    check(pod, found, subjects);
  }
  return hits;
}
