import { differences, templateDifferences, type Difference } from './difference';
import {
  at,
  equal,
  isObject,
  itemsOf,
  numberOf,
  textOf,
  type Json,
  type JsonObject,
} from '../kube/json';
import { parseBytes } from '../kube/quantity';

/**
 * Why it is uncertain whether the API server rejects a change: it depends on something that the
 * manifests do not show.
 */
export type ImmutableDoubt =
  | 'newerKubernetes'
  | 'indexedJob'
  | 'suspendedJob'
  | 'boundClaim'
  | 'expandableClaim'
  | 'assignedAddress';

/** A change of an immutable field, which the API server rejects for an existing object. */
export interface ImmutableChange extends Difference {
  /** Absent if the rejection is certain. */
  readonly doubt?: ImmutableDoubt;
}

/** Returns the changes between two versions of an object that the API server rejects. */
type Check = (before: JsonObject, after: JsonObject) => ImmutableChange[];

/** Returns a check for fields that cannot change, including all fields below them. */
const frozen =
  (...fields: string[]): Check =>
  (before, after) =>
    fields.flatMap(field => {
      const keys = field.split('.');
      return below(field, differences(at(before, ...keys), at(after, ...keys)));
    });

/** The fields of a StatefulSet's spec that can change in all versions of Kubernetes. */
const STATEFUL_SET = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];
const STATEFUL_SET_DEFAULTS: JsonObject = { podManagementPolicy: 'OrderedReady', serviceName: '' };

const statefulSet: Check = (before, after) => {
  const spec = (object: JsonObject): JsonObject => ({
    ...STATEFUL_SET_DEFAULTS,
    ...(isObject(object.spec) ? object.spec : {}),
  });
  const found = below('spec', differences(spec(before), spec(after))).filter(
    each => !STATEFUL_SET.includes(each.path.split(/[.[ ]/)[1]) && !isFilledIn(each),
  );
  return found.map(each =>
    each.path === 'spec.revisionHistoryLimit' ? { ...each, doubt: 'newerKubernetes' } : each,
  );
};

/**
 * Checks whether a difference in the claims of a StatefulSet comes from a value that the API server
 * sets itself.
 */
function isFilledIn({ path, from, to }: Difference): boolean {
  return (
    /\.(apiVersion|kind|creationTimestamp|status)\b/.test(path) ||
    (path.endsWith('.volumeMode') &&
      [from, to].every(value => (value ?? 'Filesystem') === 'Filesystem'))
  );
}

const job: Check = (before, after) => {
  const indexed = at(before, 'spec', 'completionMode') === 'Indexed';
  const suspended = at(before, 'spec', 'suspend') === true;
  const always = frozen(
    'spec.selector',
    'spec.completionMode',
    'spec.podFailurePolicy',
    'spec.backoffLimitPerIndex',
    'spec.successPolicy',
    'spec.managedBy',
  )(before, after);
  const completions = frozen('spec.completions')(before, after).map(each =>
    indexed ? { ...each, doubt: 'indexedJob' } : each,
  );
  const template = templateDifferences(
    at(before, 'spec', 'template'),
    at(after, 'spec', 'template'),
  )
    .map(each => ({
      ...each,
      path: `spec.template.${each.path.startsWith('metadata.') ? '' : 'spec.'}${each.path}`,
    }))
    .map(each => (suspended ? { ...each, doubt: 'suspendedJob' } : each));
  return [...always, ...completions, ...template];
};

const pod: Check = (before, after) =>
  below('spec', differences(at(before, 'spec'), at(after, 'spec'), 'podSpec')).filter(
    ({ path, from, to }) => {
      if (
        /^spec\.(containers|initContainers)\[[^\]]*\]\.image$/.test(path) ||
        path === 'spec.activeDeadlineSeconds'
      ) {
        return false;
      }
      if (path === 'spec.tolerations') {
        return !itemsOf(from).every(old => itemsOf(to).some(now => equal(old, now)));
      }
      if (path.startsWith('spec.schedulingGates') && to === undefined) {
        return false;
      }
      return !(path === 'spec.terminationGracePeriodSeconds' && numberOf(from, 0) < 0 && to === 1);
    },
  );

const persistentVolume: Check = (before, after) => {
  const spec = (object: JsonObject) => (isObject(object.spec) ? object.spec : {});
  const other = [
    'accessModes',
    'capacity',
    'claimRef',
    'mountOptions',
    'nodeAffinity',
    'persistentVolumeReclaimPolicy',
    'storageClassName',
    'volumeAttributesClassName',
    'volumeMode',
  ];
  const source = (object: JsonObject) =>
    Object.fromEntries(Object.entries(spec(object)).filter(([key]) => !other.includes(key)));
  const affinity =
    at(before, 'spec', 'nodeAffinity') === undefined
      ? []
      : frozen('spec.nodeAffinity')(before, after); // a volume without node affinity may get one
  return [
    ...below('spec', differences(source(before), source(after))),
    ...affinity,
    ...withDefault('volumeMode', 'Filesystem')(before, after),
  ];
};

const claim: Check = (before, after) => {
  const changed = below('spec', differences(at(before, 'spec'), at(after, 'spec')));
  return [
    ...changed.filter(({ path }) => path !== 'spec.volumeMode'),
    ...withDefault('volumeMode', 'Filesystem')(before, after),
  ].flatMap((each): ImmutableChange[] => {
    if (each.path === 'spec.volumeAttributesClassName') {
      return [];
    }
    if (each.path === 'spec.volumeName' && each.from === undefined) {
      return [{ ...each, doubt: 'boundClaim' }];
    }
    if (each.path !== 'spec.resources.requests.storage') {
      return each.path.startsWith('spec.resources.limits') ? [] : [each];
    }
    const grows = (parseBytes(each.to) ?? 0n) > (parseBytes(each.from) ?? 0n);
    return [grows ? { ...each, doubt: 'expandableClaim' } : each];
  });
};

const service: Check = (before, after) => {
  const [from, to] = [at(before, 'spec', 'clusterIP'), at(after, 'spec', 'clusterIP')];
  const external = [before, after].some(object => at(object, 'spec', 'type') === 'ExternalName');
  if (external || to === undefined || to === null || to === '' || from === to) {
    return [];
  } // an absent clusterIP keeps its value
  const doubt: Pick<ImmutableChange, 'doubt'> =
    (from === undefined || from === '') && to !== 'None' ? { doubt: 'assignedAddress' } : {};
  return [{ path: 'spec.clusterIP', from, to, ...doubt }];
};

/** For ConfigMaps and Secrets with `immutable: true`. */
const data: Check = (before, after) =>
  before.immutable === true
    ? frozen('data', 'binaryData', 'stringData', 'immutable')(before, after)
    : [];

const withDefault =
  (field: string, value: Json): Check =>
  (before, after) => {
    const [from, to] = [before, after].map(object => at(object, 'spec', field) ?? value);
    return equal(from, to) ? [] : [{ path: `spec.${field}`, from, to }];
  };

const storageClass: Check = (before, after) => {
  const full = (object: JsonObject): JsonObject => ({
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...object,
  });
  return frozen(
    'provisioner',
    'parameters',
    'reclaimPolicy',
    'volumeBindingMode',
  )(full(before), full(after));
};

/**
 * The checks by API group and kind. A kind that is not listed either has no immutable fields, or is
 * unknown to this library.
 */
const CHECKS: Readonly<Record<string, Check>> = {
  '/ConfigMap': data,
  '/PersistentVolume': persistentVolume,
  '/PersistentVolumeClaim': claim,
  '/Pod': pod,
  '/ResourceQuota': frozen('spec.scopes'),
  '/Secret': (before, after) => [
    ...data(before, after),
    ...frozen('type')({ type: 'Opaque', ...before }, { type: 'Opaque', ...after }),
  ],
  '/Service': service,
  'apps/DaemonSet': frozen('spec.selector'),
  'apps/Deployment': frozen('spec.selector'),
  'apps/ReplicaSet': frozen('spec.selector'),
  'apps/StatefulSet': statefulSet,
  'batch/Job': job,
  'node.k8s.io/RuntimeClass': frozen('handler'),
  'rbac.authorization.k8s.io/ClusterRoleBinding': frozen('roleRef'),
  'rbac.authorization.k8s.io/RoleBinding': frozen('roleRef'),
  'scheduling.k8s.io/PriorityClass': frozen('value', 'preemptionPolicy'),
  'storage.k8s.io/StorageClass': storageClass,
};

/** Returns the changes of immutable fields that the API server rejects. */
export function immutableChanges(before: JsonObject, after: JsonObject): ImmutableChange[] {
  const apiVersion = textOf(after.apiVersion);
  const key = `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${textOf(after.kind)}`;
  return Object.prototype.hasOwnProperty.call(CHECKS, key) ? CHECKS[key](before, after) : [];
}

function below(path: string, changes: readonly Difference[]): Difference[] {
  return changes.map(each => ({
    ...each,
    path: each.path === '' ? path : `${path}${each.path.startsWith('[') ? '' : '.'}${each.path}`,
  }));
}
