import type { ComparedSets } from './compared-sets';
import type { GainsAndLosses, PodSecurityChange } from './set-changes';
import { at } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { POD_SECURITY_ENFORCE } from '../kube/well-known';

/**
 * The strictness of each level. A namespace without the label has the default of the cluster. That
 * is "privileged" unless the administrator has set another one, so it ranks just above
 * "privileged".
 */
const STRICTNESS: Readonly<Record<string, number>> = { privileged: 0, baseline: 2, restricted: 3 };
const CLUSTER_DEFAULT = 1;

/**
 * Returns the changes of the Pod Security levels of namespaces. A less strict level is a gain,
 * because more pods can run there.
 */
export function podSecurityChanges({ pairs }: ComparedSets): GainsAndLosses<PodSecurityChange> {
  const [gained, lost]: [PodSecurityChange[], PodSecurityChange[]] = [[], []];
  for (const { of, before, after } of pairs.filter(pair => pair.of.kind === 'Namespace')) {
    // A new namespace is compared with the cluster default, and so is a deleted one. Only a label
    // that is less strict than the default is reported.
    const [from, to] = [enforcedLevel(before?.manifest), enforcedLevel(after?.manifest)];
    const [was, is] = [strictness(from), strictness(to)];
    const isOnBothSides = before !== undefined && after !== undefined;
    const change = (level: string | undefined, instead: string | undefined): PodSecurityChange => ({
      kind: 'podSecurity',
      of,
      level,
      instead,
      isOnBothSides,
    });
    if (is < was && (isOnBothSides || is < CLUSTER_DEFAULT)) {
      gained.push(change(to, from));
    }
    if (is > was && (isOnBothSides || was < CLUSTER_DEFAULT)) {
      lost.push(change(from, to));
    }
  }
  return { gained, lost };
}

/**
 * Returns the level that a namespace enforces. Absent if it has no label, or one with a value that
 * the API server rejects.
 */
function enforcedLevel(manifest: Manifest | undefined): string | undefined {
  const level = at(manifest?.json, 'metadata', 'labels', POD_SECURITY_ENFORCE);
  return typeof level === 'string' && Object.hasOwn(STRICTNESS, level) ? level : undefined;
}

function strictness(level: string | undefined): number {
  return level === undefined ? CLUSTER_DEFAULT : STRICTNESS[level];
}
