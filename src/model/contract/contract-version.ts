import type { ContractSpec } from './contract-spec';
import { isInDevShm } from './memory-check';
import { API_VERSION } from '../annotation-codec';

/** Version of the JSON format of contracts that use a field of {@link V2_FIELDS}. */
export const API_VERSION_2 = 'cdk8s-shared-memory/v2';

/**
 * The fields of a contract that the first version of the format does not have. Libraries that only
 * know that version ignore unknown fields, and would attach ordinary memory.
 */
export const V2_FIELDS = [
  'allowedNodePaths',
  'clientUser',
  'dataClass',
  'env',
  'seLinux',
  'servedBy',
  'team',
  'umask',
] as const;

/** The fields of a memory that the first version does not have. */
export const V2_MEMORY_FIELDS = ['executable', 'sticky', 'hugePages', 'existing'] as const;

/** Checks whether the first version of the format requires the owner and the group. */
function needsIds({ memory }: Pick<ContractSpec, 'memory'>): boolean {
  return memory.some(({ api, existing }) => api !== 'systemV' && existing === undefined);
}

/**
 * Returns the contract with the `apiVersion` that it needs: the first version unless it uses
 * something that only the second one has.
 */
export function withApiVersion(spec: Omit<ContractSpec, 'apiVersion'>): ContractSpec {
  const isSecond =
    V2_FIELDS.some(field => spec[field] !== undefined) ||
    spec.ownerId === 0 ||
    (needsIds(spec) && (spec.ownerId === undefined || spec.groupId === undefined)) ||
    spec.memory.some(
      memory =>
        memory.size === undefined ||
        isInDevShm(memory.mountPath) ||
        V2_MEMORY_FIELDS.some(field => memory[field] !== undefined),
    );
  return { ...spec, apiVersion: isSecond ? API_VERSION_2 : API_VERSION };
}
