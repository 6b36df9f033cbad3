import {
  type Api,
  type PayerKind,
  type AccessKind,
  type NodesSpec,
  type ClientVolumeKind,
  type ContractSpec,
} from './contract-spec';
import { backingOf, memoryDirectory } from './node-layout';
import { DEV_SHM } from '../../kube/well-known';

/** Who must be rendered or made again before a change has its effect. */
export type ContractPartKind = 'agent' | 'grants' | 'clients';

/** One difference between two contracts. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /**
   * Clients that were rendered with the old contract stop working, or do not start, until those who
   * must follow have followed.
   */
  readonly breaks: boolean;
  readonly follow: readonly ContractPartKind[];
  readonly why: string;
}

/** A memory, as far as it is compared. */
export interface ComparedMemory {
  readonly name: string;
  readonly api: Api;
  /** Bytes. */
  readonly size: bigint;
  readonly mountPath?: string;
  readonly backing: string;
  /** The directory of the node, where there is one. */
  readonly directory?: string;
}

/**
 * A contract, as far as it is compared. A mark says less than a contract: what neither of two says
 * is no difference.
 */
export interface Compared {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly memory: readonly ComparedMemory[];
  readonly payer: PayerKind;
  readonly groupId?: number;
  readonly ownerId?: number;
  readonly clients?: AccessKind;
  readonly nodes?: NodesSpec;
  readonly clientVolume?: ClientVolumeKind;
  readonly hostPid?: boolean;
  readonly hostNetwork?: boolean;
  readonly readyWhen?: unknown;
  readonly acknowledgements?: readonly unknown[];
}

/** What of a contract is compared. */
export function comparedContract(spec: ContractSpec): Compared {
  const memory = spec.memory.map((m): ComparedMemory => {
    const backing = backingOf(spec, m);
    const directory =
      m.mountPath === undefined
        ? {}
        : { directory: backing === 'devShm' ? DEV_SHM : memoryDirectory(spec, m) };
    return {
      name: m.name,
      api: m.api,
      size: BigInt(m.size),
      mountPath: m.mountPath,
      backing,
      ...directory,
    };
  });
  return { ...spec, memory, payer: spec.chargedTo ?? 'agent' };
}

/** One difference, by its parts. */
export function change(
  field: string,
  from: string,
  to: string,
  breaks: boolean,
  follow: readonly ContractPartKind[],
  why: string,
): Change {
  return { field, from, to, breaks, follow, why };
}
