import { podPairs, type ComparedSets } from './compared-sets';
import type {
  GainsAndLosses,
  ObjectRef,
  PodPrivilegeChange,
  PrivilegeExplanation,
} from './set-changes';
import { at, canonical } from '../kube/json';
import { readAcknowledgements } from '../model/contract/acknowledgement';
import { parseMemoryDirectory } from '../model/contract/node-layout';
import { hostPrivileges, type HostPrivilege } from '../read/host-privileges';
import type { Pod } from '../read/pod';
import type { MarkedManifests } from '../sharing/marked-manifests';
import type { MarkedPod } from '../sharing/marked-pod';
import { privilegeReasons } from '../sharing/privilege-reasons';

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
  return [...widestPrivileges(markedPod.pod)].flatMap(([key, privilege]): PodPrivilegeChange[] => {
    const other = had.get(key);
    if (other && reachOf(other) >= reachOf(privilege)) {
      return [];
    }
    const instead = other?.kind === 'hostPath' ? other.access : undefined;
    return [
      {
        kind: 'pod',
        of,
        privilege,
        ...(instead === undefined ? {} : { instead }),
        explanations: explanationsOf(marked, markedPod, privilege),
      },
    ];
  });
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
    if (!known || reachOf(known) < reachOf(privilege)) {
      widest.set(key, privilege);
    }
  }
  return widest;
}

function reachOf(privilege: HostPrivilege): number {
  return privilege.kind === 'hostPath'
    ? ['notMounted', 'readOnly', 'readWrite'].indexOf(privilege.access)
    : 0;
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
      : { path: privilege.path },
  );
}

/** Returns the rules whose acknowledgements explain a privilege. */
function rulesAbout(privilege: HostPrivilege): string[] {
  if (privilege.kind === 'hostNamespace' && privilege.field === 'hostIPC') {
    return ['SHM301', 'SHM302'];
  }
  return privilege.kind === 'hostPath' ? ['SHM303', 'SHM304', 'SHM305'] : [];
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
