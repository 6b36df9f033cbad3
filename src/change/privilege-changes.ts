import { podPairs, type ComparedSets } from './compared-sets';
import { placeOf } from './container-changes';
import { beyondMounts, moreOfHostPath, sameMounts } from './host-path-changes';
import type {
  GainsAndLosses,
  ObjectRef,
  PodPrivilegeChange,
  PrivilegeExplanation,
} from './set-changes';
import { hasCapability } from '../kube/capabilities';
import { at, canonical } from '../kube/json';
import { realPath } from '../kube/path';
import { readAcknowledgements } from '../model/contract/acknowledgement';
import { isInContractDirectory, memoryInAnyVersion } from '../model/contract/node-layout';
import { hostPrivileges, isWiderAccess, type HostPrivilege } from '../read/host-privileges';
import type { Pod } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { privilegeReasons } from '../sharing/privilege-reasons';
import { unnamedHostPaths } from '../sharing/unnamed-host-paths';

/** A pod of one side of the comparison, and what else that side has. */
interface Side {
  readonly markedPod: MarkedPod | undefined;
  readonly marked: MarkedManifests;
}

/**
 * Returns the host privileges that pods have on only one side. For a new or deleted workload, these
 * are all of its privileges. A privilege of both sides is gained, too, if it has lost its reason:
 * nobody can say any more what it is for. A reason that is new is no loss of a privilege.
 */
export function hostPrivilegeChanges(sets: ComparedSets): GainsAndLosses<PodPrivilegeChange> {
  const [gained, lost]: [PodPrivilegeChange[], PodPrivilegeChange[]] = [[], []];
  for (const { of, before, after } of podPairs(sets)) {
    const old: Side = { markedPod: before, marked: sets.before };
    const now: Side = { markedPod: after, marked: sets.after };
    gained.push(...privilegesBeyond(old, now, of));
    lost.push(...privilegesBeyond(now, old, of).filter(({ lostReason }) => !lostReason));
  }
  return { gained, lost };
}

/** Returns the privileges that a pod has in addition to those of another pod. */
function privilegesBeyond(
  { markedPod: than, marked: thanMarked }: Side,
  { markedPod, marked }: Side,
  of: ObjectRef,
): PodPrivilegeChange[] {
  if (!markedPod) {
    return [];
  }
  const [had, has] = [than, markedPod].map(each =>
    each ? widestPrivileges(each.pod) : new Map<string, HostPrivilege>(),
  );
  const unnamed = unnamedHostPaths(marked, markedPod);
  const isUnexplained = (privilege: HostPrivilege, other: HostPrivilege | undefined) =>
    than !== undefined &&
    other !== undefined &&
    privilegeReasons(marked, markedPod, privilege).length === 0 &&
    privilegeReasons(thanMarked, than, other).length > 0;
  return [
    ...[...has].flatMap(([key, privilege]) => {
      const other = had.get(key);
      return orUnexplained(
        beyond(privilege, other, markedPod.pod, than?.pod),
        privilege,
        isUnexplained(privilege, other),
      );
    }),
    ...unnamed.flatMap(mount =>
      orUnexplained(
        // others are compared by container anyway
        isInContractDirectory(mount.path) ? beyondMounts(mount, than?.pod) : [],
        mount,
        sameMounts(mount, than?.pod).some(other => isUnexplained(mount, other)),
      ),
    ),
  ].map(({ privilege, instead, lostReason }): PodPrivilegeChange => ({
    kind: 'pod',
    of,
    privilege,
    ...(instead && { instead }),
    ...(lostReason && { lostReason }),
    explanations: explanationsOf(marked, markedPod, privilege),
  }));
}

type Beyond = Pick<PodPrivilegeChange, 'privilege' | 'instead' | 'lostReason'>;

/** Returns what a side has beyond the other one; if nothing, whether it has no reason here. */
function orUnexplained(
  more: readonly Beyond[],
  privilege: HostPrivilege,
  isUnexplained: boolean,
): readonly Beyond[] {
  return more.length === 0 && isUnexplained ? [{ privilege, lostReason: true }] : more;
}

/** Returns what a pod has of a privilege beyond that of another pod. */
function beyond(
  privilege: HostPrivilege,
  other: HostPrivilege | undefined,
  pod: Pod,
  than: Pod | undefined,
): Pick<PodPrivilegeChange, 'privilege' | 'instead'>[] {
  if (!other || !than) {
    return than && hadByDefault(privilege, pod, than) ? [] : [{ privilege }];
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
 * Checks whether a container has an added capability on the other side, too, without naming it: who
 * drops all and adds some has fewer of those that a container runtime gives by default.
 */
function hadByDefault(privilege: HostPrivilege, pod: Pod, than: Pod): boolean {
  const { kind, container: name } = privilege;
  const container = pod.containers.find(each => each.name === name);
  const other = container && than.containers.find(each => placeOf(each) === placeOf(container));
  return (
    kind === 'capability' &&
    other !== undefined &&
    !than.isNonRoot(other) &&
    hasCapability(other.json, privilege.name)
  );
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
  const memory = memoryInAnyVersion(privilege.path);
  return canonical(memory === undefined ? { path: realPath(privilege.path) } : { memory });
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
    case 'capability':
      return ['SHM320'];
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
