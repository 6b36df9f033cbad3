import { INJECTS_ANNOTATION } from './injects-annotation';
import { readContract, writeContract } from '../contract/contract-json';
import type { ContractSpec } from '../contract/contract-spec';

/** Returns the annotation of a policy that wires a contract. */
export function injectsAnnotation(spec: ContractSpec): string {
  return JSON.stringify(JSON.parse(writeContract(spec)));
}

/** Reads the contract from the annotation of a policy. Throws an error if it is not valid. */
export function readInjects(text: string): ContractSpec {
  return readContract(text, `annotation ${INJECTS_ANNOTATION.key}`);
}
