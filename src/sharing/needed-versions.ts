import type { MarkedManifests } from './marked-manifests';
import type { MarkedPod } from './marked-pod';

/** A version of Kubernetes that manifests need, and what they need it for. */
export interface NeededVersion {
  readonly version: string;
  readonly feature:
    | 'MutatingAdmissionPolicy'
    | 'podResources'
    | 'ValidatingAdmissionPolicy'
    | 'sidecars'
    | 'tested';
  /** Whether the kubelet must know it, too: kubelets may be older than the API server. */
  readonly onNodes: boolean;
}

/** The oldest Kubernetes version that this library's YAML is tested with. */
const OLDEST = '1.27';

/** Returns the versions that these manifests need, the newest first. */
export function neededVersions({ pods, set, sharing }: MarkedManifests): NeededVersion[] {
  const isWired =
    set.ofKind('MutatingAdmissionPolicy').length > 0 || pods.some(each => each.isWiredByLabel);
  const hasPolicies = set.ofKind('ValidatingAdmissionPolicy').length > 0;
  const hasMarks = pods.some(({ marks }) => marks.length > 0);
  const all: [boolean, NeededVersion][] = [
    [isWired, { version: '1.36', feature: 'MutatingAdmissionPolicy', onNodes: false }],
    [hasPodResources(sharing), { version: '1.34', feature: 'podResources', onNodes: true }],
    [hasPolicies, { version: '1.30', feature: 'ValidatingAdmissionPolicy', onNodes: false }],
    [hasSidecars(sharing), { version: '1.29', feature: 'sidecars', onNodes: true }],
    [hasMarks, { version: OLDEST, feature: 'tested', onNodes: true }],
  ];
  return all.filter(([isNeeded]) => isNeeded).map(([, needed]) => needed);
}

/** Returns the oldest kubelet version that these manifests can use. */
export function oldestKubelet(marked: MarkedManifests): string {
  return neededVersions(marked).find(({ onNodes }) => onNodes)?.version ?? OLDEST;
}

function hasPodResources(pods: readonly MarkedPod[]): boolean {
  return pods.some(({ pod }) => pod.at('resources', 'limits', 'memory') !== undefined);
}

function hasSidecars(pods: readonly MarkedPod[]): boolean {
  return pods.some(({ pod }) => pod.containers.some(({ role }) => role === 'sidecar'));
}
