import { groupBy } from '../../kube/group';
import { hostPrivileges, type HostPrivilege } from '../../read/host-privileges';
import type { RuleFinding } from '../../rules/engine';
import { SHM320 } from '../../rules/shm320-privilege-without-reason';
import type { MarkedManifests } from '../../sharing/marked-manifests';
import type { MarkedPod } from '../../sharing/marked-pod';
import { privilegeReasons } from '../../sharing/privilege-reasons';
import { unnamedHostPaths } from '../../sharing/unnamed-host-paths';
import { reasonOwner, reasonText } from '../privilege-words';

/** Why a workload has a privilege, and who says so: a contract, a task, or an acknowledgement. */
export interface Why {
  readonly owner: string;
  readonly text: string;
}

/** A host privilege of a workload, with the reasons that these manifests contain. */
export interface ExplainedPrivilege {
  readonly markedPod: MarkedPod;
  readonly privilege: HostPrivilege;
  readonly why: readonly Why[];
}

/**
 * Returns the host privileges of all pods, and why they have them. What a contract gives to other
 * containers of a pod is a privilege of its own for a container that mounts it, too.
 */
export function privilegesOf(
  marked: MarkedManifests,
  found: readonly RuleFinding[],
): ExplainedPrivilege[] {
  const acknowledged = groupBy(
    found.filter(each => each.acknowledged),
    each => each.manifest,
  );
  const why = (markedPod: MarkedPod, privilege: HostPrivilege) =>
    whyOf(marked, markedPod, privilege, acknowledged.get(markedPod.pod.manifest) ?? []);
  return marked.pods.flatMap(markedPod =>
    [...hostPrivileges(markedPod.pod), ...unnamedHostPaths(marked, markedPod)].map(privilege => ({
      markedPod,
      privilege,
      why: why(markedPod, privilege),
    })),
  );
}

/** The order of privileges: the most far-reaching come first. */
const FURTHEST: readonly HostPrivilege['kind'][] = [
  'privileged',
  'hostNamespace',
  'hostPath',
  'bidirectionalMount',
  'rootUser',
  'capability',
];
const NAMESPACES: readonly string[] = ['hostPID', 'hostIPC', 'hostNetwork'];

/** Returns the place of a privilege in this order: a number below 10. */
export function reachOrder(privilege: HostPrivilege): number {
  const order = FURTHEST.indexOf(privilege.kind);
  if (order < 0) {
    return 9;
  }
  return privilege.kind === 'hostNamespace'
    ? order + NAMESPACES.indexOf(privilege.field) / NAMESPACES.length
    : order;
}

function whyOf(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  privilege: HostPrivilege,
  acknowledged: readonly RuleFinding[],
): Why[] {
  const reasons = privilegeReasons(marked, markedPod, privilege).map((reason): Why => ({
    owner: reasonOwner(reason),
    text: reasonText(reason),
  }));
  if (markedPod.task) {
    return reasons.slice(0, 1);
  }
  const taken = acknowledgementsOf(privilege, acknowledged).map((each): Why => ({
    owner: ownerOf(each.rule.id),
    text: each.acknowledged?.reason ?? '',
  }));
  return [...reasons, ...taken];
}

/**
 * Returns the acknowledged findings that give a reason for a privilege. An added capability that a
 * container runtime gives by default is no finding, so any one of SHM320 gives its reason.
 */
function acknowledgementsOf(
  privilege: HostPrivilege,
  acknowledged: readonly RuleFinding[],
): readonly RuleFinding[] {
  return privilege.kind === 'capability' && privilege.isDefault
    ? acknowledged.filter(({ rule }) => rule.id === SHM320.id).slice(0, 1)
    : acknowledged.filter(each => isAbout(each.path, privilege.pointer));
}

/** One acknowledgement of this rule covers what somebody adds to the object later, too. */
function ownerOf(rule: string): string {
  return rule === SHM320.id ? `${rule}, acknowledged for all of the object` : rule;
}

/** A finding about a hostPath may point at a field of it. */
function isAbout(finding: string, privilege: string): boolean {
  return finding === privilege || finding.startsWith(`${privilege}/`);
}
