import type { Hit, Severity } from './hit';
import type { Subject } from './subject';
import type { Subjects } from './subjects';

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
  /** YAML in which the rule finds something; `# SHMnnn severity` at the end of a line says what is found there. */
  readonly wrong: string;
  /** The same, mended. */
  readonly right: string;
  check(subjects: Subjects): Iterable<Hit>;
}

/** A rule that looks at one pod at a time. */
export function perPod(check: (pod: Subject, subjects: Subjects) => Iterable<Hit>): Rule['check'] {
  return subjects => {
    const hits: Hit[] = [];
    for (const pod of subjects.pods) {
      for (const hit of check(pod, subjects)) { hits.push(hit); }
    }
    return hits;
  };
}
