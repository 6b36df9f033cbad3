import type { Manifest } from '../kube/manifest';
import { claimOf } from '../kube/persistent-volume';
import type { Container } from '../kube/pod-template';
import type { AccessKind } from '../model/contract/contract-spec';
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

/** Says how to grant a contract to a namespace. */
export function grantFix(contract: string, namespace: string, access: AccessKind): string {
  const writes = access === 'readOnly' ? '' : ', access: Access.READ_WRITE';
  return `grant contract ${contract} to the namespace: with cdk8s, new ContractGrant(chart, '${namespace}', { contract, namespace: '${namespace}'${writes} }); in plain YAML, docs/mark.md of the package has it ("A grant in plain YAML")`;
}

/** Says what would keep a container from writing through a mount of a claim without its volume. */
export function unlessVolumeRefuses({ volume }: Mount): string {
  const claim = claimOf(volume?.json);
  return `, unless the volume behind claim ${claim} has mountOptions [ro], which these files do not show`;
}
