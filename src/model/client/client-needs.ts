import { formatBytes } from '../../kube/quantity';
import type { ContractSpec } from '../contract/contract-spec';
import { backingOf, memoriesWithDirectory } from '../contract/node-layout';

/** Levels of Pod Security, strictest first. */
export const LEVELS = ['restricted', 'baseline', 'privileged'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * What clients of a contract have of the node, each of which Pod Security refuses from "baseline"
 * up.
 */
export function hostUse(spec: ContractSpec): string[] {
  const has = (use: string, where: boolean) => (where ? [use] : []);
  const hostPath =
    spec.memory.some(memory => backingOf(spec, memory) === 'devShm') ||
    (spec.clientVolume === 'hostPath' && memoriesWithDirectory(spec).length > 0);
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
 * The shared bytes that one pod of a namespace pays for, and for which contracts: as a client of
 * these, and with the agent of those inside.
 */
export function paidInPod(
  clients: readonly ContractSpec[],
  sidecars: readonly ContractSpec[],
): { readonly bytes: number; readonly why: string } {
  const paid = [...clients.filter(({ chargedTo }) => chargedTo === 'client'), ...sidecars];
  const sizeOf = ({ memory }: ContractSpec) => memory.reduce((sum, { size }) => sum + size, 0);
  return {
    bytes: paid.reduce((sum, spec) => sum + sizeOf(spec), 0),
    why: paid.map(spec => `${formatBytes(sizeOf(spec))} of contract ${spec.name}`).join(' and '),
  };
}
