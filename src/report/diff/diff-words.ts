import { acknowledgedIn } from './acknowledgement-words';
import { isContainerBeyondMarks, unhardenedIn } from './container-change-words';
import { unservedIn, usesIn } from './contract-use-words';
import type { DiffDocument } from './diff-document';
import { privilegesIn } from './guardrail-change-words';
import type { ImmutableDoubt } from '../../change/immutable-fields';
import type { ObjectRef, RefusedChange } from '../../change/set-changes';
import { count } from '../finding-words';

/** `Deployment shop/api`. */
export function objectWords({ kind, namespace, name }: Omit<ObjectRef, 'file'>): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

type Worded = Omit<DiffDocument, 'apiVersion' | 'verdict'>;

/** Returns the most important changes in one line, or that there is no difference. */
export function verdictOf(worded: Worded): string {
  if (!isDifferent(worded)) {
    return NO_DIFFERENCE;
  }
  const { refused, labels, pods, contracts, objects } = worded;
  return [
    ...reachIn(worded),
    restartsIn(pods.filter(restarts).length, pods.filter(each => !restarts(each)).length),
    ...fewerIn(pods),
    ...goneIn(objects.gone),
    ...refusedIn(refused),
    ...joinsIn(labels),
    ...(contracts.length === 0
      ? []
      : [`${count(contracts.length, 'contract')} changed, ${behind(contracts)}`]),
  ].join('; ');
}

/** Returns the part of the verdict about privileges, guardrails and access to memory. */
export function reachVerdictOf(diff: DiffDocument): string {
  return isDifferent(diff) ? reachIn(diff).join('; ') : NO_DIFFERENCE;
}

const NO_DIFFERENCE = 'no difference';

function isDifferent({ privileges, objects, ...worded }: Worded): boolean {
  const { acknowledgements, containers, refused, labels, pods, contracts } = worded;
  return [
    ...[acknowledgements, privileges.gained, privileges.lost, containers, refused, labels, pods],
    ...[contracts, objects.added, objects.gone, objects.moved, objects.changed],
  ].some(list => list.length > 0);
}

function reachIn({
  acknowledgements,
  privileges,
  objects,
  unserved,
  containers,
  uses,
}: Worded): string[] {
  return [
    ...acknowledgedIn(acknowledgements),
    ...privilegesIn(privileges),
    ...unguardedIn(objects.gone),
    ...unservedIn(unserved),
    ...reachesIn(containers),
    ...unhardenedIn(containers),
    ...usesIn(uses),
  ];
}

/** Whether pods restart, as far as this can be known. An unknown controller may restart them. */
export function restarts({ outcome }: { readonly outcome: string }): boolean {
  return outcome === 'restart' || outcome === 'controller';
}

/** Whether a container newly reaches memory of a contract although no mark says so. */
export function newlyReaches(container: DiffDocument['containers'][number]): boolean {
  return (
    (container.change === 'added' || container.change === 'reaches') &&
    isContainerBeyondMarks(container)
  );
}

/** Counts the containers that newly reach memory of a contract although no mark says so. */
function reachesIn(containers: DiffDocument['containers']): string[] {
  const gains = containers.filter(newlyReaches).length;
  return gains === 0
    ? []
    : [
        `${count(gains, 'container')} ${gains === 1 ? 'reaches' : 'reach'} memory of a contract although no mark says so`,
      ];
}

function restartsIn(yes: number, no: number): string {
  const stay = no === 0 ? '' : `, ${no} ${no === 1 ? 'does' : 'do'} not`;
  if (yes === 0) {
    return no === 0 ? 'no pod restarts' : `no pod restarts, ${count(no, 'workload')} changed`;
  }
  return `${count(yes, 'workload')} ${yes === 1 ? 'restarts' : 'restart'}${stay}`;
}

/**
 * Counts the pods that end because their workload is to have fewer. If the manifest no longer says
 * how many, apply makes it 1. If it did not say it before, nobody knows here.
 */
function fewerIn(pods: DiffDocument['pods']): string[] {
  const fewer = pods.flatMap(({ replicas }) =>
    replicas?.from != null && (replicas.to ?? 1) < replicas.from
      ? [replicas.from - (replicas.to ?? 1)]
      : [],
  );
  const ended = fewer.reduce((sum, each) => sum + each, 0);
  return ended === 0
    ? []
    : [
        `${count(fewer.length, 'workload')} ${fewer.length === 1 ? 'has' : 'have'} ${count(ended, 'replica')} fewer`,
      ];
}

/** Counts the workloads that are gone from the manifests. */
function goneIn(gone: DiffDocument['objects']['gone']): string[] {
  const workloads = gone.filter(({ ranPods }) => ranPods).length;
  return workloads === 0
    ? []
    : [`${count(workloads, 'workload')} ${workloads === 1 ? 'is' : 'are'} gone`];
}

/** Counts the claims that stay in the cluster, and that a policy guarded only before. */
function unguardedIn(gone: DiffDocument['objects']['gone']): string[] {
  const claims = gone.filter(({ grant }) => (grant?.noLongerGuardedBy ?? []).length > 0).length;
  const [stay, them] = claims === 1 ? ['stays', 'it'] : ['stay', 'them'];
  return claims === 0
    ? []
    : [
        `${count(claims, 'claim')} ${stay} in the cluster until somebody deletes ${them}, and no ClientPolicy here guards ${them} any more`,
      ];
}

/** Counts the objects whose change apply refuses: it refuses the object as a whole. */
function refusedIn(refused: DiffDocument['refused']): string[] {
  const certainly = new Set(
    refused.filter(({ certainty }) => certainty === 'refused').map(({ of }) => of),
  );
  const perhaps = new Set(refused.map(({ of }) => of));
  const certain = certainly.size;
  const may = perhaps.size - certain;
  return [
    ...(certain === 0
      ? []
      : [`${count(certain, 'change')} ${certain === 1 ? 'is' : 'are'} refused by apply`]),
    ...(may === 0 ? [] : [`${count(may, certain === 0 ? 'change' : 'other')} may be refused`]),
  ];
}

function joinsIn(labels: DiffDocument['labels']): string[] {
  const number = (of: string) => labels.filter(({ outcome }) => outcome === of).length;
  const [refused, unwired] = [number('refused'), number('notWired')];
  const are = (many: number) => `${count(many, 'label')} ${many === 1 ? 'is' : 'are'}`;
  const joining = number('joins');
  return [
    ...(joining === 0
      ? []
      : [`${count(joining, 'workload')} ${joining === 1 ? 'joins' : 'join'} by label`]),
    ...(refused === 0 ? [] : [`${are(refused)} refused`]),
    ...(unwired === 0 ? [] : [`${are(unwired)} not wired`]),
  ];
}

function behind(contracts: DiffDocument['contracts']): string {
  const number = (of: 'behind' | 'apart') =>
    contracts.reduce((sum, each) => sum + each[of].length, 0);
  const [late, apart] = [number('behind'), number('apart')];
  const parts = [
    ...(late === 0 ? [] : [`${late} ${late === 1 ? 'has' : 'have'} not followed`]),
    ...(apart === 0 ? [] : [`${apart} now ${apart === 1 ? 'differs' : 'differ'} from it`]),
  ];
  return parts.length === 0 ? allFollowed(contracts) : parts.join(', ');
}

/** An agent or clients in another repository cannot be seen here. */
function allFollowed(contracts: DiffDocument['contracts']): string {
  const isMissing = contracts.some(
    ({ changes, followed }) =>
      changes.some(({ follow }) => follow.includes('agent')) &&
      followed.every(each => each.as !== 'agent'),
  );
  return isMissing
    ? 'all in these files have followed; the agent must, too, and is not among them'
    : 'all in these files have followed';
}

const DOUBTS: Readonly<Record<ImmutableDoubt, string>> = {
  newerKubernetes: 'Kubernetes 1.31 refuses it, but newer versions do not',
  indexedJob: 'an Indexed Job lets it change together with parallelism, to the same number',
  suspendedJob:
    'a suspended Job that has not started lets labels, node selector, affinity and tolerations change',
  boundClaim: 'a claim that is bound already has a volume',
  expandableClaim:
    'a claim grows only if its volume was provisioned dynamically and its StorageClass sets allowVolumeExpansion',
  assignedAddress: 'it was given an address when it was created',
};

/** Returns why apply refuses a change, or may refuse it. */
export function changeWhy(change: RefusedChange): string {
  if (change.because === 'selectorMismatch') {
    return 'the selector must match the labels of the template';
  }
  return change.doubt === undefined ? 'immutable' : DOUBTS[change.doubt];
}

/**
 * Returns what to do instead of a change that apply refuses. It recommends to delete an object only
 * if that is safe to say.
 */
export function changeFix(change: RefusedChange): string {
  const { of, field } = change;
  if (change.because === 'selectorMismatch') {
    return `give the template of ${objectWords(of)} the labels of its selector`;
  }
  if (change.grant) {
    return `give contract ${change.grant.directory.contract} a new version, which has volumes and claims of its own`;
  }
  const target = `${of.kind.toLowerCase()} ${of.name}${of.namespace === null ? '' : ` -n ${of.namespace}`}`;
  switch (of.kind) {
    case 'DaemonSet':
    case 'Deployment':
    case 'ReplicaSet':
      return `restore the selector; or kubectl delete ${target} --cascade=orphan, then apply: the pods stay, and those that the new selector does not match belong to nobody until they are deleted by hand`;
    case 'StatefulSet':
      return field.startsWith('spec.selector')
        ? `restore the selector; or kubectl delete ${target}, then apply: its pods end, and its claims stay`
        : `kubectl delete ${target} --cascade=orphan, then apply: its pods stay and are taken over; existing claims stay as they are`;
    case 'Job':
      return `give it a new name; or kubectl delete ${target}, then apply: its pods end, and it runs again`;
    case 'Pod':
      return /\.resources\b/.test(field)
        ? 'for cpu and memory of running containers: kubectl patch --subresource resize, from Kubernetes 1.33 on; otherwise delete the Pod, then apply'
        : `kubectl delete ${target}, then apply; a Deployment replaces its pods by itself`;
    case 'PersistentVolume':
      return 'make another volume under a new name, and claims for it';
    case 'PersistentVolumeClaim':
      return 'make another claim under a new name, and name it in the pods';
    case 'ConfigMap':
    case 'Secret':
      return 'give it a new name, and name that in the pods';
    case 'Service':
      return 'restore the address; or delete the Service, then apply: its clients lose it in between';
    default:
      return `kubectl delete ${target}, then apply`;
  }
}
