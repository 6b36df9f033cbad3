import type { Pod } from './pod';
import { at, isObject } from '../kube/json';
import type { Container } from '../kube/pod-template';

/**
 * Returns the SELinux level that a manifest gives to a container. The `seLinuxOptions` of a
 * container replace those of its pod as a whole: without a level in them, the container runtime
 * chooses one. Categories are a set, so `s0:c2,c1` is returned as `s0:c1,c2`.
 */
export function seLinuxLevel(pod: Pod, { json }: Container): string | undefined {
  const own = at(json, 'securityContext', 'seLinuxOptions');
  const options = isObject(own) ? own : pod.at('securityContext', 'seLinuxOptions');
  const level = at(options, 'level');
  return typeof level === 'string' && level !== '' ? sorted(level) : undefined;
}

/** Returns the levels of some containers of a pod, each once. */
export function seLinuxLevels(pod: Pod, containers: readonly Container[]): string[] {
  return [...new Set(containers.flatMap(each => seLinuxLevel(pod, each) ?? []))].sort();
}

/** Checks whether a level has categories: pods of any level can open what has none. */
export function hasCategories(level: string): boolean {
  return level.includes(':');
}

function sorted(level: string): string {
  const [sensitivity, ...categories] = level.split(/[:,]/);
  return categories.length === 0
    ? sensitivity
    : `${sensitivity}:${[...categories].sort().join(',')}`;
}
