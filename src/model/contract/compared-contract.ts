import {
  type Api,
  type PayerKind,
  type AccessKind,
  type NodesSpec,
  type ClientUserKind,
  type ClientVolumeKind,
  type ContractSpec,
  type EnvSpec,
  type HugePageSize,
  type ReadyWhenSpec,
} from './contract-spec';
import { backingOf, memoryDirectory } from './node-layout';
import { DEV_SHM } from '../../kube/well-known';

/** A part that must be rendered and applied again before a change takes effect. */
export type ContractPartKind = 'agent' | 'grants' | 'clients';

/** A difference between two versions of a contract. */
export interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /**
   * Whether clients that were rendered with the old contract stop working, or do not start, until
   * every part in `follow` has been applied again.
   */
  readonly breaks: boolean;
  readonly follow: readonly ContractPartKind[];
  readonly why: string;
}

/** The properties of a memory that are compared. */
export interface ComparedMemory {
  readonly name: string;
  readonly api: Api;
  /** Size in bytes. Absent if it is not known. */
  readonly size?: bigint;
  readonly mountPath?: string;
  readonly executable?: boolean;
  readonly sticky?: boolean;
  readonly hugePages?: HugePageSize;
  readonly backing: string;
  /** The directory on the node. Absent if the memory has none. */
  readonly directory?: string;
}

/**
 * The properties of a contract that are compared. A mark contains fewer properties than a contract;
 * a property that is absent on both sides is not a difference.
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
  readonly seLinux?: boolean;
  readonly env?: { readonly [name: string]: EnvSpec };
  readonly umask?: string;
  readonly servedBy?: string;
  readonly team?: string;
  readonly dataClass?: string;
  readonly clientUser?: ClientUserKind;
  readonly readyWhen?: ReadyWhenSpec;
  readonly acknowledgements?: readonly unknown[];
}

/** Returns the properties of a contract that are compared. */
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
      ...(m.size === undefined ? {} : { size: BigInt(m.size) }),
      mountPath: m.mountPath,
      executable: m.executable,
      sticky: m.sticky,
      hugePages: m.hugePages,
      backing,
      ...directory,
    };
  });
  return { ...spec, memory, payer: spec.chargedTo ?? 'agent' };
}

/** Creates a {@link Change} from positional arguments. */
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
