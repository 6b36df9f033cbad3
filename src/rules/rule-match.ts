import type { Remedy } from './remedy';
import { pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { Container } from '../kube/pod-template';
import { markAnnotation, type ReadMark } from '../model/contract/contract-mark';
import type { Mount, Volume } from '../read/pod';
import type { MarkedPod } from '../sharing/marked-pod';

/**
 * The severity of a finding. `error`: something breaks. `warning`: memory has no size, limit or
 * request, or a privilege is not needed. `note`: information.
 */
export type Severity = 'error' | 'warning' | 'note';

/** A match of a rule in an object. */
export interface RuleMatch {
  readonly manifest: Manifest;
  /** JSON pointer of the affected field in the object. */
  readonly path: string;
  readonly container?: string;
  readonly message: string;
  /** Set if it differs from the rule's severity. */
  readonly severity?: Severity;
  /** Set if the rule's reason is not that of this match. */
  readonly why?: string;
  /** Set if there is a more specific fix than the rule's, for example with the number to write. */
  readonly fix?: string;
  /** Whether it is left out if another rule, or one of these rules, reports the same field. */
  readonly yields?: true | readonly string[];
  /** The changes that end the finding, best first. Only called if they are wanted. */
  readonly remedies?: () => readonly Remedy[];
}

/** Creates a match at a field of the pod spec. */
export function inSpec(
  { pod }: MarkedPod,
  path: string,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return { manifest: pod.manifest, path: `${pod.path}/${path}`, message, ...more };
}

/** Creates a match at a field of a mount. */
export function inMount(
  { pod }: MarkedPod,
  mount: Mount,
  field: string,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return {
    manifest: pod.manifest,
    path: mount.path + (field && `/${field}`),
    container: mount.container.name,
    message,
    ...more,
  };
}

/** Creates a match at a field of a volume. */
export function inVolume(
  { pod }: MarkedPod,
  volume: Volume,
  field: string,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return { manifest: pod.manifest, path: volume.path + (field && `/${field}`), message, ...more };
}

/** Creates a match at a field of a container. */
export function inContainer(
  { pod }: MarkedPod,
  container: Container,
  field: string,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return {
    manifest: pod.manifest,
    path: pod.pathOf(container) + (field && `/${field}`),
    container: container.name,
    message,
    ...more,
  };
}

/** Creates a match at a mark in the metadata of the workload. */
export function inMark(
  { pod }: MarkedPod,
  mark: ReadMark,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return {
    manifest: pod.manifest,
    path: pointer('metadata', 'annotations', markAnnotation(mark.contract)),
    message,
    ...more,
  };
}
