import { at, textOf } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import type { Container } from '../kube/pod-template';
import type { Mount, Pod } from '../read/pod';
import { limitRangeOf } from '../read/pod-memory';

/** Names a workload: `DaemonSet agents/driver`. */
export function workloadWords({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** Says that a LimitRange sets the memory limit of a container. Empty if the container does. */
export function limitRangeWords(pod: Pod, container: Container): string {
  const name = limitRangeOf(pod, container);
  return name === undefined ? '' : `, which LimitRange ${name} sets`;
}

/** Returns names as a list: `a`, `a and b`, `a, b and c`, or with another word than `and`. */
export function listWords(names: readonly string[], word = 'and'): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)]
    .filter(part => part !== '')
    .join(` ${word} `);
}

/** Returns the first of some names, and how many more there are. */
export function firstOf(names: readonly string[], most: number): string[] {
  const more = names.length - most;
  return [...names.slice(0, most), ...(more > 0 ? [`${more} more`] : [])];
}

/** Says what would keep a container from writing through a mount of a claim without its volume. */
export function unlessVolumeRefuses({ volume }: Mount): string {
  const claim = textOf(at(volume?.json, 'persistentVolumeClaim', 'claimName') ?? '');
  return `, unless the volume behind claim ${claim} has mountOptions [ro], which these files do not show`;
}
