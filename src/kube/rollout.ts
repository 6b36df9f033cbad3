import { at, numberOf, textOf, type JsonObject } from './json';
import { builtInTemplate } from './pod-template';

/** What becomes of running pods when the template of a workload changes. */
export interface Rollout {
  readonly outcome: 'restart' | 'controller' | 'whenDeleted' | 'nextRun' | 'stay';
  readonly how: string;
}

/** How the controller of a workload replaces its pods, by the workload as it will be, and the fields of the pods that differ. */
export function rolloutOf(object: JsonObject, fields: readonly string[]): Rollout {
  const kind = textOf(object.kind);
  if (builtInTemplate(textOf(object.apiVersion), kind) === undefined) { return { outcome: 'controller', how: `the controller of ${kind} decides` }; }
  const field = (...path: string[]) => at(object, 'spec', ...path);
  const number = (value: unknown, otherwise: string) => value === undefined || value === null ? otherwise : textOf(value);
  switch (kind) {
    case 'Deployment': {
      if (field('paused') === true) { return { outcome: 'stay', how: 'paused: when the rollout is resumed' }; }
      if (field('replicas') === 0) { return { outcome: 'stay', how: 'it has no pods: replicas 0' }; }
      if (field('strategy', 'type') === 'Recreate') { return { outcome: 'restart', how: 'Recreate: all pods end before new ones start' }; }
      return { outcome: 'restart', how: rolling(number(field('strategy', 'rollingUpdate', 'maxUnavailable'), '25%'), number(field('strategy', 'rollingUpdate', 'maxSurge'), '25%')) };
    }
    case 'DaemonSet': {
      if (field('updateStrategy', 'type') === 'OnDelete') { return { outcome: 'whenDeleted', how: 'OnDelete: each pod when somebody deletes it' }; }
      return { outcome: 'restart', how: rolling(number(field('updateStrategy', 'rollingUpdate', 'maxUnavailable'), '1'), number(field('updateStrategy', 'rollingUpdate', 'maxSurge'), '0')) };
    }
    case 'StatefulSet': {
      if (field('replicas') === 0) { return { outcome: 'stay', how: 'it has no pods: replicas 0' }; }
      if (field('updateStrategy', 'type') === 'OnDelete') { return { outcome: 'whenDeleted', how: 'OnDelete: each pod when somebody deletes it' }; }
      const partition = numberOf(field('updateStrategy', 'rollingUpdate', 'partition'), 0);
      const replicas = numberOf(field('replicas'), 1);
      const first = numberOf(field('ordinals', 'start'), 0);
      if (partition >= first + replicas) { return { outcome: 'stay', how: `partition ${partition}: no pod has an ordinal from there on` }; }
      return { outcome: 'restart', how: partition > first ? `rolling update, one by one: pods from ordinal ${partition} on (partition)` : 'rolling update, one by one, the highest ordinal first' };
    }
    case 'CronJob': return { outcome: 'nextRun', how: 'from the next run on' };
    case 'ReplicaSet': case 'ReplicationController': return { outcome: 'whenDeleted', how: 'pods that are there stay as they are; new ones have the new template' };
    case 'Job': return { outcome: 'stay', how: 'a Job makes its pods once' };
    case 'PodTemplate': return { outcome: 'stay', how: 'a PodTemplate runs nothing by itself' };
    default: // a Pod
      return fields.some(path => path.endsWith('.image'))
        ? { outcome: 'restart', how: 'the kubelet restarts each container whose image differs, in place' }
        : { outcome: 'stay', how: 'the kubelet takes it over in place' };
  }
}

function rolling(maxUnavailable: string, maxSurge: string): string {
  return `rolling update: maxUnavailable ${maxUnavailable}, maxSurge ${maxSurge}`;
}
