import type { ComparedSets } from './compared-sets';
import type { GainsAndLosses, PodSecurityChange } from './set-changes';
import { at } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { POD_SECURITY_ENFORCE } from '../kube/well-known';

/**
 * How much a level refuses. Without a label the cluster decides: "privileged", unless its
 * administrator has set another default.
 */
const STRICTNESS: Readonly<Record<string, number>> = { privileged: 0, baseline: 2, restricted: 3 };
const CLUSTER_DEFAULT = 1;

/** Pod Security levels of namespaces: a lower one is a gain of what may run there. */
export function podSecurityChanges({ pairs }: ComparedSets): GainsAndLosses<PodSecurityChange> {
  const [gained, lost]: [PodSecurityChange[], PodSecurityChange[]] = [[], []];
  for (const { of, before, after } of pairs.filter(pair => pair.of.kind === 'Namespace')) {
    // A namespace that is new had the cluster's default, and one that is gone keeps what it has:
    // only a label that lets more in than that is said.
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
 * The level that a namespace enforces; absent if it has no label, or one that the API server
 * refuses.
 */
function enforcedLevel(manifest: Manifest | undefined): string | undefined {
  const level = at(manifest?.json, 'metadata', 'labels', POD_SECURITY_ENFORCE);
  return typeof level === 'string' && Object.hasOwn(STRICTNESS, level) ? level : undefined;
}

function strictness(level: string | undefined): number {
  return level === undefined ? CLUSTER_DEFAULT : STRICTNESS[level];
}
