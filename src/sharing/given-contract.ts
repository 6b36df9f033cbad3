import type { ReadMark } from '../model/contract/contract-mark';
import type { ContractSpec } from '../model/contract/contract-spec';

/** A contract that was given beside the objects. */
export interface GivenContract {
  readonly spec: ContractSpec;
  /** The file that it was read from. */
  readonly file: string;
}

/** Returns those of the given contracts that a mark is of, in its version. */
export function givenFor(
  given: readonly GivenContract[],
  { namespace, contract, version }: ReadMark,
): GivenContract[] {
  return given.filter(
    ({ spec }) =>
      spec.namespace === namespace && spec.name === contract && spec.version === version,
  );
}
