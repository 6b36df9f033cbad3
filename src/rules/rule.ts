import type { Subject } from './subject';
import type { Subjects } from './subjects';
import type { Manifest } from '../kube/manifest';

/** How sure it is that something breaks: `error` breaks, `warning` is unbudgeted or needless, `note` says what to know. */
export type Severity = 'error' | 'warning' | 'note';

/** What a rule says of one object. */
export interface Hit {
  readonly manifest: Manifest;
  /** JSON pointer, in the object, of the field that is about it. */
  readonly path: string;
  readonly container?: string;
  readonly message: string;
  /** Where it differs from the rule's. */
  readonly severity?: Severity;
  /** Where there is a better one than the rule's: with the number to write, say. */
  readonly fix?: string;
}

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
  return subjects => subjects.pods.flatMap(pod => [...check(pod, subjects)]);
}
