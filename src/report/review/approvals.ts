import { reachOrder, type ExplainedPrivilege, type Why } from './explained-privileges';
import { groupBy } from '../../kube/group';
import { textOf } from '../../kube/json';
import type { ContainerRole } from '../../kube/pod-template';
import type { HostPrivilege } from '../../read/host-privileges';
import type { MarkedPod } from '../../sharing/marked-pod';

/**
 * What a reviewer approves as one thing: the host privileges of one container, or of a pod as a
 * whole. Workloads that have the same, for the same reasons, are one approval.
 */
export interface Approval {
  readonly pods: readonly MarkedPod[];
  /** Absent if the whole pod has the privileges. */
  readonly container?: { readonly name: string; readonly role: ContainerRole };
  /** The image of the container; of a pod as a whole, the images of all its containers. */
  readonly images: readonly string[];
  /** The most far-reaching first. */
  readonly privileges: readonly HostPrivilege[];
  /** Each reason once. */
  readonly reasons: readonly Why[];
  /** The privileges for which the manifests give no reason. */
  readonly unexplained: readonly HostPrivilege[];
}

/** Returns what is to be approved, the most far-reaching first; what has no reason before all. */
export function approvalsOf(privileges: readonly ExplainedPrivilege[]): Approval[] {
  const single = [...groupBy(privileges, ({ markedPod }) => markedPod).values()].flatMap(ofPod =>
    [...groupBy(ofPod, ({ privilege }) => privilege.container).values()].map(approvalOf),
  );
  return [...groupBy(single, key).values()]
    .map(alike => ({
      ...alike[0],
      pods: alike.flatMap(({ pods }) => pods),
      images: [...new Set(alike.flatMap(({ images }) => images))],
    }))
    .sort((a, b) => rank(a) - rank(b));
}

function approvalOf(members: readonly ExplainedPrivilege[]): Approval {
  const [{ markedPod, privilege: first }] = members;
  const container = markedPod.pod.containers.find(({ name }) => name === first.container);
  return {
    pods: [markedPod],
    ...(container === undefined
      ? {}
      : { container: { name: container.name, role: container.role } }),
    images: [
      ...new Set(
        (container === undefined ? markedPod.pod.containers : [container]).map(({ json }) =>
          textOf(json.image ?? ''),
        ),
      ),
    ],
    privileges: members
      .map(({ privilege }) => privilege)
      .sort((a, b) => reachOrder(a) - reachOrder(b)),
    reasons: [
      ...new Map(
        members.flatMap(({ why }) => why).map(why => [`${why.owner}\n${why.text}`, why]),
      ).values(),
    ],
    unexplained: members.flatMap(({ privilege, why }) => (why.length === 0 ? [privilege] : [])),
  };
}

/** What two workloads must have in common for one approval. */
function key({ container, images, privileges, reasons, pods: [{ task }] }: Approval): string {
  const facts = privileges.map(privilege => ({ ...privilege, pointer: '' }));
  return JSON.stringify([container, container && images, facts, reasons, task]);
}

function rank({ privileges, unexplained, pods }: Approval): number {
  const isOpen = unexplained.length > 0 && pods.some(({ usesMemory }) => usesMemory);
  return reachOrder(privileges[0]) - (isOpen ? 10 : 0);
}
