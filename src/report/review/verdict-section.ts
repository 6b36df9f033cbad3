import { contractFact } from './contract-facts';
import { reachOrder, type ExplainedPrivilege } from './explained-privileges';
import { guardrailWorry } from './guardrail-words';
import { code, count, some, workload } from './markdown';
import { permissionsInShort } from './permissions-section';
import type { ReviewModel } from './review-model';
import { unexplained } from './unmarked-sharing';
import { unnamedWorry } from './unnamed-containers';
import { groupBy } from '../../kube/group';
import type { HostPrivilege } from '../../read/host-privileges';
import { nodeVolumes } from '../../read/node-volumes';
import { mixedWords } from '../repeated-object-words';

/** Writes the first screen: whether there is a reason to worry, and what it is. */
export function verdict(model: ReviewModel): string[] {
  const open = model.found.filter(({ acknowledged }) => !acknowledged);
  const of = (severity: string) => open.filter(each => each.severity === severity).length;
  const counts = (['error', 'warning', 'note'] as const).flatMap(severity =>
    of(severity) === 0 ? [] : [count(of(severity), severity)],
  );
  const worries = [...(counts.length === 0 ? [] : [counts.join(', ')]), ...withoutReason(model)];
  const approve = toApprove(model);
  const lines = facts(model).map(fact => `- ${fact}`);
  if (worries.length === 0) {
    return [decision(model, approve), '', ...lines, ''];
  }
  return [
    `**${of('error') > 0 ? 'Stop' : 'Look at this'}: ${worries.join('; ')}.**`,
    '',
    ...(approve.length === 0 ? [] : [`- To approve: ${approve.join('; ')}.`]),
    ...lines,
    '',
  ];
}

/** What nobody should approve unseen, although no rule found it. */
function withoutReason({
  marked,
  guardrails,
  unreasoned: { sharing, volumes },
}: ReviewModel): string[] {
  return [
    ...mixedWords(marked.set.manifests),
    ...(sharing === 0
      ? []
      : [`${count(sharing, 'host privilege')} without a reason in pods that share memory`]),
    ...(volumes === 0
      ? []
      : [`${count(volumes, 'PersistentVolume')} of a directory of the node without a reason`]),
    ...unnamedWorry(marked),
    ...guardrailWorry(guardrails),
  ];
}

/** What is to be approved, in numbers. The host privileges come first, if there are some. */
function toApprove(model: ReviewModel): string[] {
  const { marked, approvals } = model;
  const privileges = sum(approvals, each => each.privileges.length * each.holders.length);
  const tasks = approvals.filter(({ holders: [{ markedPod }] }) => markedPod.task !== undefined);
  const pods = new Set(approvals.flatMap(({ holders }) => holders.map(each => each.markedPod)));
  const granted = nodeVolumes(marked.set).length;
  return [
    ...(privileges === 0
      ? []
      : [
          `${count(privileges, 'host privilege')} of ${count(pods.size, 'workload')}${tasks.length === 0 ? '' : ', node tasks included'}`,
        ]),
    ...(granted === 0
      ? []
      : [`${count(granted, 'PersistentVolume')} of node directories for client namespaces`]),
    ...permissionsInShort(model),
  ];
}

/** What is to be approved, if nothing is wrong with it. */
function decision(
  { unreasoned: { others }, podPermissions: rights }: ReviewModel,
  approve: readonly string[],
): string {
  return approve.length === 0
    ? '**Nothing to approve:** no pod has a host privilege. No finding is open.'
    : `**To approve: ${approve.join('; ')}.** ${others === 0 ? `${rights.length === 0 ? 'Each' : 'Apart from RBAC, each'} has its reason below, and no finding is open; whether the reasons are good enough is yours to decide` : `**These manifests give no reason for ${count(others, 'host privilege')} of pods that share no memory.** No finding is open`}.`;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function facts({ marked, contracts, privileges, levels, found }: ReviewModel): string[] {
  const lines: string[] = [];
  if (!marked.pods.some(each => each.usesMemory || marked.sharesMemory(each))) {
    const doubts = unexplained(marked, found);
    lines.push(
      doubts.length === 0
        ? 'No pod shares memory'
        : `These manifests do not show whether a pod shares memory: ${doubts.join('; ')}`,
    );
  }
  lines.push(...contracts.map(contract => contractFact(marked, contract)));
  lines.push(privileged(privileges));
  const open = levels
    .filter(({ level }) => level === 'privileged')
    .map(({ namespace }) => namespace);
  if (open.length > 0) {
    lines.push(
      `Pod Security must be **privileged** in ${some(
        open.map(name => (name === '' ? 'the namespace of `kubectl -n`' : code(name))),
        12,
      )}`,
    );
  }
  const taken = found.filter(({ acknowledged }) => acknowledged);
  if (taken.length > 0) {
    const [first] = taken.flatMap(({ acknowledged }) => acknowledged?.until ?? []).sort();
    lines.push(
      `${count(taken.length, 'finding')} acknowledged${first === undefined ? '' : `, the first until ${first}`}`,
    );
  }
  return lines.map(line => `${line}.`);
}

function privileged(privileges: readonly ExplainedPrivilege[]): string {
  if (privileges.length === 0) {
    return 'No pod has a host privilege';
  }
  const kinds = groupBy(privileges, ({ privilege }) => kindWords(privilege));
  const byReach = [...kinds].sort(
    ([, [a]], [, [b]]) => reachOrder(a.privilege) - reachOrder(b.privilege),
  );
  const workloads = (members: readonly ExplainedPrivilege[]) =>
    new Set(members.map(({ markedPod }) => workload(markedPod.pod.manifest)));
  return `Host privileges: ${byReach.map(([kind, members]) => `${code(kind)} (${count(workloads(members).size, 'workload')})`).join(', ')}`;
}

/** Returns the kind of a privilege, in the words of Kubernetes. */
function kindWords(privilege: HostPrivilege): string {
  switch (privilege.kind) {
    case 'hostNamespace':
    case 'unconfinedProfile':
      return privilege.field;
    case 'rootUser':
      return 'user root';
    case 'unsafeSysctl':
      return 'unsafe sysctl';
    case 'seLinuxType':
      return 'SELinux type';
    case 'seLinuxIdentity':
      return `SELinux ${privilege.field}`;
    case 'bidirectionalMount':
      return 'mountPropagation';
    default:
      return privilege.kind;
  }
}
