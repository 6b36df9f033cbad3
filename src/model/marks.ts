import { API_VERSION, type AccessKind, type ContractSpec } from './contract-spec';
import { backingOf, PREFIX } from './layout';
import { formatBytes } from '../kube/quantity';
import type { ContainerNames, Mark } from '../wire/edit';

/** Which side of a contract a workload is on. */
export type Side = 'agent' | 'client' | 'sidecar';

/** The annotation that says on a workload's own metadata what its side relies on. docs/mark.md describes it: it may be written by hand. */
export function contractMark(spec: ContractSpec, side: Side, access: AccessKind, containers: ContainerNames): Mark {
  const value = {
    apiVersion: API_VERSION,
    namespace: spec.namespace,
    version: spec.version,
    side,
    access,
    ...(spec.groupId === undefined ? {} : { group: spec.groupId }),
    payer: spec.chargedTo ?? 'agent',
    memory: spec.memory.map(m => ({
      name: m.name,
      api: m.api,
      size: formatBytes(m.size),
      ...(m.mountPath === undefined ? {} : { mountPath: m.mountPath }),
      backing: side === 'sidecar' ? (m.api === 'systemV' ? 'pod' : 'emptyDir') : backingOf(spec, m),
    })),
  };
  return {
    do: 'mark', annotation: `${PREFIX}contract.${spec.name}`, value, containers, reason: `contract ${spec.name}: what this side relies on; compared with the other side's`,
  };
}
