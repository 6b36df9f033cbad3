import type { PrivilegeChange } from './model';
import type { PrivilegeChanges } from './privileges';
import type { Compared } from './workloads';
import { at } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** How much a level refuses. Without a label the cluster decides: "privileged", unless its administrator has set another default. */
const STRICTNESS: Readonly<Record<string, number>> = { privileged: 0, baseline: 2, restricted: 3 };
const DEFAULT = 1;

/** Pod Security levels of namespaces: a lower one is a gain of what may run there. */
export function podSecurityChanges({ pairs }: Compared): PrivilegeChanges {
  const [gained, lost]: [PrivilegeChange[], PrivilegeChange[]] = [[], []];
  for (const { of, before, after } of pairs.filter(pair => pair.of.kind === 'Namespace')) {
    // A namespace that is new, or no longer here, had the cluster's default or keeps what it has: only a label that lets more in than that is said.
    const [from, to] = [levelOf(before?.manifest), levelOf(after?.manifest)];
    const [was, is] = [strictness(from), strictness(to)];
    const whole = before && after;
    const change = (level: string | undefined, other: string | undefined): PrivilegeChange => ({
      of,
      container: null,
      what: `Pod Security enforces ${level ?? 'the cluster\'s default'}`,
      instead: whole ? other ?? 'the cluster\'s default' : null,
      reason: level === undefined || (other === undefined && whole) ? 'the cluster\'s default is privileged, unless its administrator has set another one' : null,
    });
    if (is < was && (whole || is < DEFAULT)) { gained.push(change(to, from)); }
    if (is > was && (whole || was < DEFAULT)) { lost.push(change(from, to)); }
  }
  return { gained, lost };
}

/** The level that a namespace enforces; none where it has no label, or one that the API server refuses. */
function levelOf(manifest: Manifest | undefined): string | undefined {
  const level = at(manifest?.json, 'metadata', 'labels', ENFORCE);
  return typeof level === 'string' && Object.prototype.hasOwnProperty.call(STRICTNESS, level) ? level : undefined;
}

function strictness(level: string | undefined): number {
  return level === undefined ? DEFAULT : STRICTNESS[level];
}
