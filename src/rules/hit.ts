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
