import { podPairs, type ComparedSets } from './compared-sets';
import { beyondMounts, moreOfHostPath } from './host-path-changes';
import type {
  GainsAndLosses,
  ObjectRef,
  PodPrivilegeChange,
  PrivilegeExplanation,
} from './set-changes';
import { at, canonical } from '../kube/json';
import { realPath } from '../kube/path';
import { readAcknowledgements } from '../model/contract/acknowledgement';
import { isInContractDirectory, parseMemoryDirectory } from '../model/contract/node-layout';
import { hostPrivileges, isWiderAccess, type HostPrivilege } from '../read/host-privileges';
import type { Pod } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { privilegeReasons } from '../sharing/privilege-reasons';
import { unnamedHostPaths } from '../sharing/unnamed-host-paths';

/**
 * Returns the host privileges that pods have on only one side. For a new or deleted workload, these
 * are all of its privileges.
 */
export function hostPrivilegeChanges(sets: ComparedSets): GainsAndLosses<PodPrivilegeChange> {
  const [gained, lost]: [PodPrivilegeChange[], PodPrivilegeChange[]] = [[], []];
  for (const { of, before, after } of podPairs(sets)) {
    gained.push(...privilegesBeyond(before, after, sets.after, of));
    lost.push(...privilegesBeyond(after, before, sets.before, of));
  }
  return { gained, lost };
}

/** Returns the privileges that a pod has in addition to those of another pod. */
function privilegesBeyond(
  than: MarkedPod | undefined,
  markedPod: MarkedPod | undefined,
  marked: MarkedManifests,
  of: ObjectRef,
): PodPrivilegeChange[] {
  if (!markedPod) {
    return [];
  }
  const had = than ? widestPrivileges(than.pod) : new Map<string, HostPrivilege>();
  const unnamed = unnamedHostPaths(marked, markedPod)
    .filter(({ path }) => isInContractDirectory(path)) // others are compared by container anyway
    .flatMap(each => beyondMounts(each, than?.pod));
  return [
    ...[...widestPrivileges(markedPod.pod)].flatMap(([key, privilege]) =>
      beyond(privilege, had.get(key), markedPod.pod, than?.pod),
    ),
    ...unnamed,
  ].map(({ privilege, instead }): PodPrivilegeChange => ({
    kind: 'pod',
    of,
    privilege,
    ...(instead && { instead }),
    explanations: explanationsOf(marked, markedPod, privilege),
  }));
}

/** Returns what a pod has of a privilege beyond that of another pod. */
function beyond(
  privilege: HostPrivilege,
  other: HostPrivilege | undefined,
  pod: Pod,
  than: Pod | undefined,
): Pick<PodPrivilegeChange, 'privilege' | 'instead'>[] {
  if (!other || !than) {
    return [{ privilege }];
  }
  if (privilege.kind !== 'hostPath' || other.kind !== 'hostPath') {
    return [];
  }
  const { path, access } = other;
  if (!isInContractDirectory(path)) {
    return moreOfHostPath(privilege.path, pod, than);
  }
  // What each container reaches of a contract is told with its memory.
  return isWiderAccess(privilege.access, access) ? [{ privilege, instead: { path, access } }] : [];
}

/**
 * Returns the privileges of a pod by identity. If a hostPath is mounted more than once, only the
 * widest access is returned.
 */
function widestPrivileges(pod: Pod): Map<string, HostPrivilege> {
  const widest = new Map<string, HostPrivilege>();
  for (const privilege of hostPrivileges(pod)) {
    const key = identityOf(privilege);
    const known = widest.get(key);
    const isWider =
      known?.kind === 'hostPath' &&
      privilege.kind === 'hostPath' &&
      isWiderAccess(privilege.access, known.access);
    if (!known || isWider) {
      widest.set(key, privilege);
    }
  }
  return widest;
}

/**
 * Returns the identity of a privilege. It is the same for the directories of a memory in all
 * versions of its contract.
 */
function identityOf({ pointer: _, ...privilege }: HostPrivilege): string {
  if (privilege.kind !== 'hostPath') {
    return canonical(privilege);
  }
  const directory = parseMemoryDirectory(privilege.path);
  return canonical(
    directory
      ? { contract: `${directory.namespace}.${directory.contract}`, memory: directory.memory }
      : { path: realPath(privilege.path) },
  );
}

/** Returns the rules whose acknowledgements explain a privilege. */
function rulesAbout(privilege: HostPrivilege): string[] {
  switch (privilege.kind) {
    case 'hostNamespace':
      return privilege.field === 'hostIPC' ? ['SHM301', 'SHM302'] : ['SHM320'];
    case 'hostPath':
      return ['SHM303', 'SHM304', 'SHM305', 'SHM320'];
    case 'rootUser':
    case 'privileged':
      return ['SHM320'];
    case 'capability':
      return privilege.isDefault ? [] : ['SHM320'];
    default:
      return [];
  }
}

function explanationsOf(
  marked: MarkedManifests,
  markedPod: MarkedPod,
  privilege: HostPrivilege,
): PrivilegeExplanation[] {
  const reasons = privilegeReasons(marked, markedPod, privilege);
  if (markedPod.task) {
    return reasons;
  }
  const rules = rulesAbout(privilege);
  const acknowledged = readAcknowledgements(
    at(markedPod.pod.manifest.json, 'metadata', 'annotations'),
  ).acknowledgements.filter(({ rule }) => rules.includes(rule));
  return [
    ...reasons,
    ...acknowledged.map(({ rule, reason, until }) => ({
      by: 'acknowledgement' as const,
      rule,
      reason,
      until,
    })),
  ];
}
