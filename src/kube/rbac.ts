import { at, itemsOf, objectsOf, textOf, type Json, type JsonObject } from './json';

/**
 * What the rules of a role let somebody do that leads to everything pods of a namespace have: the
 * memory, the directories and the privileges that they get there.
 */
export type RbacPower =
  /** Create pods, or change what they run: directly, or through a workload. */
  | 'createPods'
  /** Add containers to pods that exist, with any image, and all that the namespace admits. */
  | 'addContainers'
  /** Run commands in pods that exist. */
  | 'enterPods'
  /** Do what service accounts may do: impersonate them, or get their tokens. */
  | 'actAsAccounts'
  /** Get more than they have: `bind`, `escalate`, and `impersonate` for users and groups. */
  | 'extendPermissions'
  /** Change what Pod Security enforces, which is a label of the namespace. */
  | 'changeNamespaces'
  /** Make volumes of any directory of nodes. */
  | 'changeVolumes'
  /** Change or delete the policies that limit pods. */
  | 'changePolicies'
  | 'everything';

/** Somebody who has permissions: a subject of a binding, or all subjects of a role. */
export interface RbacSubject {
  readonly kind: 'ServiceAccount' | 'User' | 'Group' | 'ClusterRole';
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace?: string;
}

interface Access {
  readonly power: RbacPower;
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';
const WRITING = ['create', 'update', 'patch'];
const REMOVING = ['delete', 'deletecollection'];

/** @see https://kubernetes.io/docs/concepts/security/rbac-good-practices/ */
const ACCESS: readonly Access[] = [
  {
    power: 'createPods',
    group: '',
    resources: ['pods', 'replicationcontrollers'],
    verbs: WRITING,
  },
  {
    power: 'createPods',
    group: 'apps',
    resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
    verbs: WRITING,
  },
  { power: 'createPods', group: 'batch', resources: ['cronjobs', 'jobs'], verbs: WRITING },
  {
    power: 'addContainers',
    group: '',
    resources: ['pods/ephemeralcontainers'],
    verbs: WRITING.slice(1),
  },
  {
    power: 'enterPods',
    group: '',
    resources: ['pods/attach', 'pods/exec'],
    verbs: ['create', 'get'], // get is enough for a WebSocket
  },
  { power: 'actAsAccounts', group: '', resources: ['serviceaccounts'], verbs: ['impersonate'] },
  { power: 'actAsAccounts', group: '', resources: ['serviceaccounts/token'], verbs: ['create'] },
  {
    power: 'extendPermissions',
    group: RBAC,
    resources: ['clusterroles', 'roles'],
    verbs: ['bind', 'escalate'],
  },
  { power: 'extendPermissions', group: '', resources: ['groups', 'users'], verbs: ['impersonate'] },
  { power: 'changeNamespaces', group: '', resources: ['namespaces'], verbs: WRITING.slice(1) },
  { power: 'changeVolumes', group: '', resources: ['persistentvolumes'], verbs: WRITING },
  {
    power: 'changePolicies',
    group: 'admissionregistration.k8s.io',
    resources: [
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
    ],
    verbs: [...WRITING, ...REMOVING],
  },
];

/** Powers over objects that are in no namespace, which a RoleBinding cannot give. */
const OF_CLUSTER: readonly RbacPower[] = ['changeVolumes', 'changePolicies'];

const EDIT: readonly RbacPower[] = ['createPods', 'enterPods', 'actAsAccounts'];

/**
 * What the roles allow that every cluster has. Those that a cluster has for its own parts
 * (`system:node`) are not here.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
 */
export const BUILT_IN_ROLES: ReadonlyMap<string, readonly RbacPower[]> = new Map([
  ['cluster-admin', ['everything']],
  ['admin', EDIT],
  ['edit', EDIT],
  ['view', []],
  ['system:auth-delegator', []],
  ['system:basic-user', []],
  ['system:discovery', []],
  ['system:monitoring', []],
  ['system:public-info-viewer', []],
]);

const AGGREGATE_TO = 'rbac.authorization.k8s.io/aggregate-to-';

/** Returns the roles of every cluster into which a controller copies the rules of a ClusterRole. */
export function aggregatedInto(labels: unknown): string[] {
  return ['admin', 'edit', 'view'].filter(name => at(labels, `${AGGREGATE_TO}${name}`) === 'true');
}

/** Returns what rules allow, in a fixed order. */
export function powersOf(rules: readonly JsonObject[]): RbacPower[] {
  const has = (values: Json | undefined, value: string) =>
    itemsOf(values).some(each => each === value);
  if (
    rules.some(rule => ['apiGroups', 'resources', 'verbs'].every(field => has(rule[field], '*')))
  ) {
    return ['everything'];
  }
  const found = ACCESS.filter(access => rules.some(rule => allows(rule, access)));
  return [...new Set(found.map(({ power }) => power))];
}

/** Returns what is left of powers if a RoleBinding gives them, which is for one namespace. */
export function inNamespace(powers: readonly RbacPower[]): RbacPower[] {
  return powers.filter(power => !OF_CLUSTER.includes(power));
}

function allows(rule: JsonObject, { group, resources, verbs }: Access): boolean {
  const [groups, named, may] = ['apiGroups', 'resources', 'verbs'].map(field =>
    itemsOf(rule[field]).map(textOf),
  );
  // a request to create an object has no name yet, so a rule for some names does not allow it
  const isForSome = itemsOf(rule.resourceNames).length > 0;
  const allowed = verbs.filter(
    verb =>
      (may.includes('*') || may.includes(verb)) &&
      !(isForSome && verb === 'create' && resources.every(each => !each.includes('/'))),
  );
  return (
    allowed.length > 0 &&
    (groups.includes('*') || groups.includes(group)) &&
    resources.some(resource => named.some(pattern => isFor(pattern, resource)))
  );
}

/** `*` is every resource with its subresources; a pattern with a slash, one subresource of all. */
function isFor(pattern: string, resource: string): boolean {
  const [, subresource] = resource.split('/');
  return (
    pattern === '*' ||
    pattern === resource ||
    (subresource !== undefined && pattern === `*/${subresource}`)
  );
}

const ACCOUNTS = 'system:serviceaccount:';

/** Returns the subjects of a binding. A user name that means a service account is one. */
export function subjectsOf(binding: JsonObject): RbacSubject[] {
  return objectsOf(binding.subjects).flatMap(({ kind, name, namespace }): RbacSubject[] => {
    const text = textOf(name ?? '');
    switch (kind) {
      case 'ServiceAccount':
        return [{ kind, name: text, namespace: textOf(namespace ?? '') }];
      case 'User': {
        const [of, account] = text.startsWith(ACCOUNTS)
          ? text.slice(ACCOUNTS.length).split(':')
          : [];
        return account === undefined
          ? [{ kind, name: text }]
          : [{ kind: 'ServiceAccount', name: account, namespace: of }];
      }
      case 'Group':
        return [{ kind, name: text }];
      default:
        return [];
    }
  });
}
