import type { SoftwareContainer } from './software-container';
import type { Manifest } from '../../kube/manifest';
import type { Rule } from '../rule';
import type { RuleMatch } from '../rule-match';

/** How software is recognised. One of these is enough. */
export interface Signs {
  /**
   * The last part of an image's repository, without registry and tag. It counts if the container
   * runs the program of the image, or one of `programs` or `alsoRuns`.
   */
  readonly images?: readonly string[];
  /** Programs that a container runs, without their directory. */
  readonly programs?: readonly string[];
  /** Programs that are a sign in one of `images` only, because other software runs them too. */
  readonly alsoRuns?: readonly string[];
  /** Words of a command that occur with no other software. An option is written without value. */
  readonly words?: readonly string[];
  /** Names of environment variables. */
  readonly env?: readonly string[];
  /** Paths of mounts in the container. */
  readonly mounts?: readonly string[];
  /** Runtimes that KServe has, by name. An InferenceService says which one serves its model. */
  readonly runtimes?: readonly string[];
  /** Custom kinds, `group/Kind`. The first container of each of their pods runs the software. */
  readonly kinds?: readonly string[];
}

/** What a piece of software needs from shared memory. docs/software.md is made of the profiles. */
export interface SoftwareProfile extends Omit<Rule, 'check'> {
  /** Name of the software. */
  readonly software: string;
  /** What it needs from shared memory, for docs/software.md. */
  readonly needs: string;
  readonly signs: Signs;
  /** What switches the need off, for docs/software.md. */
  readonly unless?: string;
  /** Checks a container that runs the software. */
  check?(container: SoftwareContainer, found: (match: RuleMatch) => void): void;
  /** Checks an object of one of the `kinds`. */
  checkObject?(manifest: Manifest, found: (match: RuleMatch) => void): void;
}
