import type { ContractSpec } from '../model/contract/contract-spec';

/** A contract that was given beside the objects. */
export interface GivenContract {
  readonly spec: ContractSpec;
  /** The file that it was read from. */
  readonly file: string;
}
