import { PREFIX } from '../annotation-codec';
import { readContract, writeContract } from '../contract/contract-json';
import type { ContractSpec } from '../contract/contract-spec';

/** The annotation of a policy with the contract that it wires, in its JSON form. */
export const INJECTS_ANNOTATION = { key: `${PREFIX}injects` };

/** Returns the value of that annotation. */
export function injectsAnnotation(spec: ContractSpec): string {
  return JSON.stringify(JSON.parse(writeContract(spec)));
}

/** Reads the contract that a policy wires. Throws an error if it is not valid. */
export function readInjects(text: string): ContractSpec {
  return readContract(text, `annotation ${INJECTS_ANNOTATION.key}`);
}
