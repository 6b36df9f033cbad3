import { reachOrder, type ExplainedPrivilege } from './explained-privileges';
import { groupBy } from '../../kube/group';
import { textOf } from '../../kube/json';
import type { ContainerRole } from '../../kube/pod-template';
import type { HostPrivilege } from '../../read/host-privileges';
import { seLinuxLevels } from '../../read/selinux-level';
import type { MarkedPod } from '../../sharing/marked-pod';

/**
 * What a reviewer approves as one thing: the host privileges of one container, or of a pod as a
 * whole. Those that have the same, for the same reasons, are one approval, even if they have it
 * because of several contracts.
 */
export interface Approval {
  readonly holders: readonly Holder[];
  /** The SELinux levels of its containers, as far as the manifests name them. */
  readonly seLinuxLevels: readonly string[];
  /** The most far-reaching first. */
  readonly privileges: readonly HostPrivilege[];
  /** Each reason once. */
  readonly reasons: readonly SharedReason[];
  /** The privileges for which the manifests give no reason. */
  readonly unexplained: readonly HostPrivilege[];
}

/** Who has privileges: a container, or a pod as a whole. */
export interface Holder {
  readonly markedPod: MarkedPod;
  /** Absent if the whole pod has the privileges. */
  readonly container?: { readonly name: string; readonly role: ContainerRole };
  /** The image of the container; of a pod as a whole, the images of all its containers. */
  readonly images: readonly string[];
}

/** A reason, and all who give it. */
export interface SharedReason {
  readonly owners: readonly string[];
  readonly text: string;
}

/** Returns what is to be approved, the most far-reaching first; what has no reason before all. */
export function approvalsOf(privileges: readonly ExplainedPrivilege[]): Approval[] {
  const single = [...groupBy(privileges, ({ markedPod }) => markedPod).values()].flatMap(ofPod =>
    [...groupBy(ofPod, ({ privilege }) => privilege.container).values()].map(members =>
      approvalOf(members, ofPod),
    ),
  );
  return [...groupBy(single, key).values()]
    .map(alike => ({
      ...alike[0],
      holders: alike.flatMap(({ holders }) => holders),
      seLinuxLevels: [...new Set(alike.flatMap(each => each.seLinuxLevels))].sort(),
      reasons: alike[0].reasons.map(({ text }, index) => ({
        text,
        owners: [...new Set(alike.flatMap(({ reasons }) => reasons[index].owners))],
      })),
    }))
    .sort((a, b) => rank(a) - rank(b));
}

function approvalOf(
  members: readonly ExplainedPrivilege[],
  ofPod: readonly ExplainedPrivilege[],
): Approval {
  const [{ markedPod, privilege: first }] = members;
  const container = markedPod.pod.containers.find(({ name }) => name === first.container);
  const onlyPaths = members.every(({ privilege: { kind } }) => kind === 'hostPath');
  // who mounts a directory without the reason of the pod has a row of its own
  const apart = ofPod.flatMap(({ privilege }) =>
    onlyPaths && privilege.kind === 'hostPath' ? (privilege.container ?? []) : [],
  );
  const all = markedPod.pod.containers.filter(({ name }) => !apart.includes(name));
  const containers = container === undefined ? all : [container];
  return {
    holders: [
      {
        markedPod,
        ...(container === undefined
          ? {}
          : { container: { name: container.name, role: container.role } }),
        images: [...new Set(containers.map(({ json }) => textOf(json.image ?? '')))],
      },
    ],
    seLinuxLevels: seLinuxLevels(markedPod.pod, containers),
    privileges: members
      .map(({ privilege }) => privilege)
      .sort((a, b) => reachOrder(a) - reachOrder(b)),
    reasons: [
      ...new Map(
        members.flatMap(({ why }) => why).map(why => [`${why.owner}\n${why.text}`, why]),
      ).values(),
    ].map(({ owner, text }) => ({ owners: [owner], text })),
    unexplained: members.flatMap(({ privilege, why }) => (why.length === 0 ? [privilege] : [])),
  };
}

/** What two holders must have in common for one approval. */
function key({ holders: [{ markedPod, container, images }], ...approval }: Approval): string {
  const { privileges, reasons, unexplained, seLinuxLevels: levels } = approval;
  const facts = (all: readonly HostPrivilege[]) =>
    all.map(privilege => ({ ...privilege, pointer: '', container: '' }));
  return JSON.stringify([
    container && [container.role, images],
    facts(privileges),
    facts(unexplained),
    levels,
    reasons.map(({ text }) => text),
    markedPod.task,
  ]);
}

function rank({ privileges, unexplained, holders }: Approval): number {
  const isOpen = unexplained.length > 0 && holders.some(({ markedPod }) => markedPod.usesMemory);
  return reachOrder(privileges[0]) - (isOpen ? 10 : 0);
}
