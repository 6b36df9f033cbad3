import { suggestion, type FieldChange, type Remedy } from './remedy';
import { pointer, type JsonObject } from '../kube/json';
import type { Pod } from '../read/pod';
import { tolerates, type Taint } from '../sharing/node-placement';

/** Returns the remedy that makes a pod tolerate taints. It leaves out those that it tolerates. */
export function tolerating(pod: Pod, taints: readonly Taint[]): Remedy {
  const missing = tolerationsFor(pod, taints);
  const keys = [...new Set(missing.map(({ key }) => key))].join(' and ');
  return suggestion(`tolerate taint ${keys}`, ...appended(pod, missing));
}

/** Returns the remedy that makes a pod select nodes by their labels, and tolerate their taints. */
export function selecting(
  pod: Pod,
  labels: readonly (readonly [string, string])[],
  taints: readonly Taint[],
): Remedy {
  const missing = tolerationsFor(pod, taints);
  return suggestion(
    `select the nodes of the agent${missing.length > 0 ? ', and tolerate their taints' : ''}`,
    ...labels.map(([key, value]): FieldChange => ({
      do: 'set',
      pointer: pod.path + pointer('nodeSelector', key),
      value,
    })),
    ...appended(pod, missing),
  );
}

function appended(pod: Pod, tolerations: readonly JsonObject[]): FieldChange[] {
  return tolerations.map(value => ({ do: 'append', pointer: `${pod.path}/tolerations`, value }));
}

function tolerationsFor(pod: Pod, taints: readonly Taint[]): JsonObject[] {
  const missing = taints.filter(taint => !tolerates(pod, taint));
  // one toleration without an effect covers all effects
  const wide = new Set(missing.flatMap(({ key, effect }) => (effect === undefined ? [key] : [])));
  const tolerations = new Map<string, JsonObject>();
  for (const { key, value, effect } of missing) {
    if (effect === undefined || !wide.has(key)) {
      tolerations.set(`${key} ${effect ?? ''}`, {
        key,
        operator: value === undefined ? 'Exists' : 'Equal',
        ...(value === undefined ? {} : { value }),
        ...(effect === undefined ? {} : { effect }),
      });
    }
  }
  return [...tolerations.values()];
}
