import { comparedContract } from '../../model/contract/compared-contract';
import { compare } from '../../model/contract/contract-compare';
import type { ContractSpec } from '../../model/contract/contract-spec';

/** What must be rendered, applied or created again before a change of a contract takes effect. */
export enum ContractPart {
  /** The workload that serves the contract. */
  AGENT = 'agent',

  /** The grants: PersistentVolumes and claims of client namespaces. */
  GRANTS = 'grants',

  /** The workloads that were attached to the contract. */
  CLIENTS = 'clients',
}

/** One difference between two contracts. */
export interface ContractChange {
  /** The field of the contract, like `groupId` or `memory table size`. */
  readonly field: string;

  /** What the other contract has there. */
  readonly from: string;

  /** What this contract has there. */
  readonly to: string;

  /**
   * Whether clients that were rendered with the other contract stop working, or do not start, until
   * they have followed.
   */
  readonly breaks: boolean;

  /** What must follow. */
  readonly mustFollow: ContractPart[];

  /** What happens, in a sentence. */
  readonly why: string;
}

/** What is different between two contracts. */
export interface ContractComparison {
  /**
   * Whether clients that were rendered with the other contract keep working when agent and grants
   * have this one.
   */
  readonly compatible: boolean;

  /** All differences; none for equal contracts. */
  readonly changes: ContractChange[];

  /**
   * The same as text for people: one line that says whether the contracts are compatible, and one
   * line for each difference.
   */
  readonly text: string;
}

/** Compares a contract with the one that others were rendered with. */
export function comparison(
  name: string,
  before: ContractSpec,
  after: ContractSpec,
): ContractComparison {
  const changes = compare(comparedContract(before), comparedContract(after)).map(
    (c): ContractChange => ({ ...c, mustFollow: c.follow.map(f => f as ContractPart) }),
  );
  const breaking = changes.filter(c => c.breaks).length;
  const head =
    changes.length === 0
      ? 'no difference'
      : breaking === 0
        ? 'compatible'
        : `not compatible: ${breaking} of ${changes.length} differences break clients that were rendered before`;
  const lines = changes.map(
    c =>
      `${c.breaks ? 'breaks' : 'keeps '} ${c.field}: ${c.from} -> ${c.to}: ${c.why}; must follow: ${c.mustFollow.join(', ')}`,
  );
  return {
    compatible: breaking === 0,
    changes,
    text: [`contract ${name}: ${head}`, ...lines, ''].join('\n'),
  };
}
