import { leastLimit } from '../../wire/memory';
import type { ContractSpec } from '../contract/contract-spec';
import { knownBytes } from '../contract/memory-size';

/** Returns the least memory limit with which a pod can join each of the contracts. */
export function leastClientLimit(specs: readonly ContractSpec[]): string {
  const bytes = specs.map(({ chargedTo, memory }) =>
    chargedTo === 'client' ? Number(knownBytes(memory)) : 0,
  );
  return leastLimit(Math.max(...bytes));
}
