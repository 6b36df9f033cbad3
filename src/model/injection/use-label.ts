import { PREFIX } from '../annotation-codec';
import type { AccessKind, ContractSpec } from '../contract/contract-spec';

/** The gate that keeps a pod from being scheduled until it is wired. */
export const WIRED_GATE = `${PREFIX}wired`;

const USE = `${PREFIX}use.`;

/** Returns the key of the label with which a pod asks for the memory of a contract. */
export function useLabel(contract: string): string {
  return USE + contract;
}

/** Returns the contract that a label asks for. Absent for any other label. */
export function contractOfUseLabel(label: string): string | undefined {
  return label.startsWith(USE) ? label.slice(USE.length) : undefined;
}

/** Returns the value of that label. */
export function useValue({ version }: Pick<ContractSpec, 'version'>, access: AccessKind): string {
  return `${access}.${version}`;
}

/** Reads the value of such a label. Absent if it is not one. */
export function parseUseValue(value: string): { access: AccessKind; version: string } | undefined {
  const [, access, version] = /^(readOnly|readWrite)\.([a-z0-9-]{1,20})$/.exec(value) ?? [];
  return version === undefined ? undefined : { access: access as AccessKind, version };
}

/** Returns the key of the annotation that names the containers that share the memory. */
export function containersAnnotation(contract: string): string {
  return `${PREFIX}containers.${contract}`;
}

/** Returns the name of the policy that refuses the label wherever no policy wires the pod. */
export function useGuardName(contract: string): string {
  return `shared-memory-use-${contract}`;
}
