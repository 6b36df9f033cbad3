import { pointer } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { Container } from '../kube/pod-template';
import { markAnnotation, type ReadMark } from '../model/contract/contract-mark';
import type { Mount, Volume } from '../read/pod';
import type { MarkedPod } from '../sharing/marked-pod';

/**
 * How sure it is that something breaks: `error` breaks, `warning` is unbudgeted or needless, `note`
 * says what to know.
 */
export type Severity = 'error' | 'warning' | 'note';

/** What a rule says of one object. */
export interface RuleMatch {
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

/** A finding at a field of the pod spec. */
export function inSpec(
  { pod }: MarkedPod,
  path: string,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return { manifest: pod.manifest, path: `${pod.path}/${path}`, message, ...more };
}

/** A finding at a field of a mount. */
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

/** A finding at a field of a volume. */
export function inVolume(
  { pod }: MarkedPod,
  volume: Volume,
  field: string,
  message: string,
  more: Partial<RuleMatch> = {},
): RuleMatch {
  return { manifest: pod.manifest, path: volume.path + (field && `/${field}`), message, ...more };
}

/** A finding at a field of a container. */
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

/** A finding at the metadata of the workload. */
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
