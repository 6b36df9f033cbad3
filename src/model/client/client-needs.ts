import { formatBytes } from '../../kube/quantity';
import type { ContractSpec } from '../contract/contract-spec';
import { inOrdinaryPages } from '../contract/huge-pages';
import { knownBytes } from '../contract/memory-size';
import { backingOf, claimableMemories } from '../contract/node-layout';

/** The Pod Security levels, strictest first. */
export const POD_SECURITY_LEVELS = ['restricted', 'baseline', 'privileged'] as const;
export type PodSecurityLevelName = (typeof POD_SECURITY_LEVELS)[number];

/**
 * Returns what clients of a contract use of the node: host namespaces and `hostPath` volumes. Pod
 * Security "baseline" and "restricted" forbid all of them.
 */
export function hostUse(spec: ContractSpec): string[] {
  const has = (use: string, where: boolean) => (where ? [use] : []);
  const hostPath =
    spec.memory.some(memory => backingOf(spec, memory) === 'devShm') ||
    (spec.clientVolume === 'hostPath' && claimableMemories(spec).length > 0);
  return [
    ...has(
      'hostIPC',
      spec.memory.some(({ api }) => api === 'systemV'),
    ),
    ...has('hostPID', spec.hostPid === true),
    ...has('hostNetwork', spec.hostNetwork === true),
    ...has('hostPath', hostPath),
  ];
}

/**
 * Returns the bytes of memory that one pod of a namespace pays for, and the contracts they belong
 * to. These are the contracts of which the pod is a client and which charge their clients, and the
 * contracts whose agent runs as a sidecar in the pod. Huge pages are no memory.
 */
export function paidInPod(
  clients: readonly ContractSpec[],
  sidecars: readonly ContractSpec[],
): { readonly bytes: number; readonly why: string } {
  const paid = [...clients.filter(({ chargedTo }) => chargedTo === 'client'), ...sidecars].filter(
    ({ memory }) => inOrdinaryPages(memory).length > 0,
  );
  const sizeOf = ({ memory }: ContractSpec) => Number(knownBytes(inOrdinaryPages(memory)));
  return {
    bytes: paid.reduce((sum, spec) => sum + sizeOf(spec), 0),
    why: paid.map(spec => `${formatBytes(sizeOf(spec))} of contract ${spec.name}`).join(' and '),
  };
}
