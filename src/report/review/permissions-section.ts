import { code, count, fileOf, plain, some, table } from './markdown';
import type { ReviewModel } from './review-model';
import { namespaceOf } from './shared-contracts';
import { groupBy } from '../../kube/group';
import type { RbacPower, RbacSubject } from '../../kube/rbac';
import { refuseIn } from '../../sharing/guardrails';
import type { NodePermission } from '../../sharing/node-permissions';
import type { OtherPermission, PodPermission } from '../../sharing/pod-permissions';
import { kindWords, nodeVerbWords, placeWords, powerWords, subjectName } from '../rbac-words';

/** So many subjects are named in the first line. */
const MOST_NAMED = 2;

/** Lists who may have more than the pods of these manifests, as bindings of RBAC in them say. */
export function permissions(model: ReviewModel): string[] {
  const { nodePermissions: nodes, podPermissions: pods, otherPermissions: others } = model;
  return [
    ...(nodes.length === 0 ? [] : nodeTable(nodes)),
    ...(pods.length === 0 ? [] : podTable(pods, model)),
    ...(others.length === 0 ? [] : otherTable(others)),
  ];
}

/** Says in short what RBAC gives: to whom, or to how many. */
export function permissionsInShort({ nodePermissions: nodes, podPermissions: pods }: ReviewModel) {
  const bySubject = [...groupBy(pods, ({ subject }) => whoWords(subject)).values()];
  const subjects = bySubject.map(([{ subject }]) => subject);
  return [
    ...(nodes.length === 0
      ? []
      : [`${countOf(nodes.map(each => each.subject))} that may change nodes`]),
    ...(bySubject.length > MOST_NAMED
      ? [`RBAC that lets ${countOf(subjects, 'subject')} have what pods get`]
      : bySubject.map(all => `RBAC that lets ${whoWords(all[0].subject)} ${doWords(all)}`)),
  ];
}

function doWords(all: readonly PodPermission[]): string {
  const powers = [...new Set(all.flatMap(each => powerWords(each)))];
  return `${powers.join(', ')} in ${some([...new Set(all.map(whereWords))])}`;
}

function countOf(subjects: readonly RbacSubject[], word = 'RBAC subject'): string {
  const areAccounts = subjects.every(({ kind }) => kind === 'ServiceAccount');
  return count(subjects.length, areAccounts ? 'service account' : word);
}

function whoWords(subject: RbacSubject): string {
  const name = code(subjectName(subject));
  return subject.kind === 'ServiceAccount' ? name : `${kindWords(subject)} ${name}`;
}

function nodeTable(all: readonly NodePermission[]): string[] {
  return [
    'RBAC in these manifests lets somebody change nodes:',
    '',
    ...table(
      ['who', 'may', 'limited by', 'file'],
      all.map(({ subject, verbs, limitedBy, manifests }) => [
        whoWords(subject),
        nodeVerbWords(verbs),
        limitedBy === undefined
          ? '**nothing in these manifests**'
          : `ValidatingAdmissionPolicy ${code(limitedBy.name)}`,
        some([...new Set(manifests.map(fileOf))], 2),
      ]),
    ),
  ];
}

/** What one subject may do in several namespaces, and has by that, is one row. */
function podTable(all: readonly PodPermission[], model: ReviewModel): string[] {
  const said = all.map(each => ({
    who: whoWords(each.subject),
    may: mayWords(each),
    has: gainWords(each, model).join('; '),
    where: whereWords(each),
    manifests: each.manifests,
  }));
  const rows = groupBy(said, ({ who, may, has }) => [who, may, has].join('\n'));
  return [
    'RBAC in these manifests lets somebody have what pods get, without being one of them:',
    '',
    ...table(
      ['who', 'may', 'in', 'and so has', 'file'],
      [...rows.values()].map(alike => [
        alike[0].who,
        alike[0].may,
        some([...new Set(alike.map(({ where }) => where))]),
        alike[0].has,
        some([...new Set(alike.flatMap(({ manifests }) => manifests.map(fileOf)))], 2),
      ]),
    ),
  ];
}

/** Nobody should think that there is no other RBAC, or that it was judged. */
function otherTable(all: readonly OtherPermission[]): string[] {
  return [
    'RBAC in these manifests lets somebody do this, too, in namespaces of this page. It is not judged here: pod specs, and what programs log, can tell more than memory does.',
    '',
    ...table(
      ['who', 'may', 'in', 'file'],
      all.map(({ subject, namespace, role, rules, manifests }) => [
        whoWords(subject),
        rules === undefined
          ? `what ${role.kind} ${code(role.name)} allows`
          : rules
              .map(({ verbs, on }) => `${plain(verbs.join(', '))} ${on.map(code).join(', ')}`)
              .join('; '),
        code(namespace),
        some([...new Set(manifests.map(fileOf))], 2),
      ]),
    ),
  ];
}

function mayWords(permission: PodPermission): string {
  const words = powerWords(permission).join(', ');
  return permission.unknownRole === undefined ? words : `**${words}**`;
}

function whereWords(permission: PodPermission): string {
  const { namespace } = permission;
  return namespace === undefined ? `**${placeWords(permission)}**` : code(namespace);
}

/** With these, somebody has the memory that pods of a namespace mount. */
const INTO_PODS: readonly RbacPower[] = ['createPods', 'addContainers', 'enterPods', 'everything'];

/** Returns what somebody has who may have what pods of a namespace get. */
function gainWords(
  { namespace, powers, unknownRole }: PodPermission,
  model: ReviewModel,
): string[] {
  if (unknownRole !== undefined) {
    return ['**unknown**'];
  }
  if (!powers.some(each => INTO_PODS.includes(each))) {
    return [];
  }
  const isHere = (name: string) => namespace === undefined || namespace === name;
  const parties = model.contracts.flatMap(({ name, agents, clients, sidecars }) =>
    [...agents, ...clients, ...sidecars]
      .filter(party => isHere(namespaceOf(party)))
      .flatMap(({ mark }) =>
        mark.memory.map(memory => ({
          memory: code(`${name}/${memory.name}`),
          writes: mark.side === 'agent' || mark.access === 'readWrite',
        })),
      ),
  );
  const written = new Set(parties.filter(({ writes }) => writes).map(({ memory }) => memory));
  const read = new Set(parties.map(({ memory }) => memory).filter(each => !written.has(each)));
  return [
    ...privilegeWords(isHere, powers, model),
    ...(written.size === 0 ? [] : [`can write ${some([...written])}`]),
    ...(read.size === 0 ? [] : [`can read ${some([...read])}`]),
  ];
}

/** With an image and a pod spec of their own, somebody has more than the pods that are there. */
function privilegeWords(
  isHere: (namespace: string) => boolean,
  powers: PodPermission['powers'],
  { levels, guardrails }: ReviewModel,
): string[] {
  const privileged = levels
    .filter(({ namespace, level }) => level === 'privileged' && isHere(namespace))
    .map(({ namespace }) => namespace);
  const limits = guardrails.filter(
    ({ limits: what, bindings }) =>
      what === 'pods' && privileged.every(name => refuseIn(bindings, name)),
  );
  if (privileged.length === 0) {
    return [];
  }
  const makes = powers.some(each => ['createPods', 'addContainers', 'everything'].includes(each));
  if (!makes) {
    return ['the host privileges of its pods'];
  }
  return limits.length === 0
    ? ['**all of its nodes, as root**']
    : [`what policy ${some(limits.map(({ policy }) => code(policy.name)))} lets pass`];
}
