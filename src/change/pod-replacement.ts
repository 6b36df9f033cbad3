import { at, numberOf, textOf, type JsonObject } from '../kube/json';
import { builtInTemplate } from '../kube/pod-template';

/** How the controller of a workload replaces its pods, or why it does not replace them. */
export type PodReplacement =
  | { readonly by: 'customController'; readonly kind: string }
  | {
      readonly by:
        | 'paused'
        | 'noReplicas'
        | 'recreate'
        | 'onDelete'
        | 'nextRun'
        | 'newPodsOnly'
        | 'jobRunsOnce'
        | 'podTemplate'
        | 'newImageInPlace'
        | 'inPlace';
    }
  | { readonly by: 'rollingUpdate'; readonly maxUnavailable: string; readonly maxSurge: string }
  /** One pod after another, starting with the highest ordinal. */
  | {
      readonly by: 'ordinals';
      /** The lowest ordinal that is replaced. Absent for all. */ readonly from?: number;
    }
  | { readonly by: 'partitionBeyond'; readonly partition: number };

/**
 * Returns how pods are replaced.
 *
 * @param object the workload after the change
 * @param fields the fields of the pods that differ
 */
export function podReplacement(object: JsonObject, fields: readonly string[]): PodReplacement {
  const kind = textOf(object.kind);
  if (builtInTemplate(textOf(object.apiVersion), kind) === undefined) {
    return { by: 'customController', kind };
  }
  switch (kind) {
    case 'Deployment':
      return ofDeployment(object);
    case 'DaemonSet':
      return ofDaemonSet(object);
    case 'StatefulSet':
      return ofStatefulSet(object);
    case 'CronJob':
      return { by: 'nextRun' };
    case 'ReplicaSet':
    case 'ReplicationController':
      return { by: 'newPodsOnly' };
    case 'Job':
      return { by: 'jobRunsOnce' };
    case 'PodTemplate':
      return { by: 'podTemplate' };
    default:
      // a Pod
      return { by: fields.some(path => path.endsWith('.image')) ? 'newImageInPlace' : 'inPlace' };
  }
}

function ofDeployment({ spec }: JsonObject): PodReplacement {
  if (at(spec, 'paused') === true) {
    return { by: 'paused' };
  }
  if (at(spec, 'replicas') === 0) {
    return { by: 'noReplicas' };
  }
  if (at(spec, 'strategy', 'type') === 'Recreate') {
    return { by: 'recreate' };
  }
  return rollingUpdate(at(spec, 'strategy'), '25%', '25%');
}

function ofDaemonSet({ spec }: JsonObject): PodReplacement {
  const strategy = at(spec, 'updateStrategy');
  return at(strategy, 'type') === 'OnDelete'
    ? { by: 'onDelete' }
    : rollingUpdate(strategy, '1', '0');
}

function ofStatefulSet({ spec }: JsonObject): PodReplacement {
  if (at(spec, 'replicas') === 0) {
    return { by: 'noReplicas' };
  }
  if (at(spec, 'updateStrategy', 'type') === 'OnDelete') {
    return { by: 'onDelete' };
  }
  const partition = numberOf(at(spec, 'updateStrategy', 'rollingUpdate', 'partition'), 0);
  const first = numberOf(at(spec, 'ordinals', 'start'), 0);
  const replicas = numberOf(at(spec, 'replicas'), 1);
  if (partition >= first + replicas) {
    return { by: 'partitionBeyond', partition };
  }
  return partition > first ? { by: 'ordinals', from: partition } : { by: 'ordinals' };
}

function rollingUpdate(
  strategy: unknown,
  maxUnavailable: string,
  maxSurge: string,
): PodReplacement {
  const field = (name: string, otherwise: string) =>
    textOf(at(strategy, 'rollingUpdate', name) ?? otherwise);
  return {
    by: 'rollingUpdate',
    maxUnavailable: field('maxUnavailable', maxUnavailable),
    maxSurge: field('maxSurge', maxSurge),
  };
}
