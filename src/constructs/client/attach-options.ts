import { show, type InputChecks } from '../../errors';
import type { Using } from '../../model/client/client-edit';
import type { PodSharedMemoryUse } from '../../model/client/pod-shared-memory-edit';
import type { OptionNames } from '../../options';
import type { WrittenOptions } from '../../wire/clash';
import { type Access } from '../contract/access';
import { addsToLimits, type Accounting } from '../contract/accounting';
import { containerNames, volumeNames } from '../support/input-values';
import { TARGET_OPTIONS, type TargetOptions } from '../support/targets';

/** Options of `attachToAll()`. */
export interface AttachToAllOptions {
  /**
   * The containers that share the memory, by name. Init containers and sidecars share it only if
   * they are named.
   *
   * @default - the pod's only container; if there are several, they must be named
   */
  readonly containers?: string[];

  /**
   * What the containers may do.
   *
   * @default Access.READ_ONLY
   */
  readonly access?: Access;

  /**
   * What the memory limits of these containers include, if the containers pay for the memory
   * (`chargedTo: Payer.CLIENT`, or a `SidecarAgent`).
   *
   * @default Accounting.KEEP_LIMITS: a limit that is too small for what the container pays for is
   * an error with the number to write
   */
  readonly accounting?: Accounting;

  /**
   * Names of volumes of the workload that the shared memory replaces, for example `['dshm']`. They
   * must be mounted at the path of the memory, and nowhere else. They leave the pod, and the
   * containers that mounted them get the memory instead. Init containers that mount them, and
   * containers with a probe or a lifecycle hook on the path, must be named in `containers`.
   *
   * @default - none: another volume at the path of the memory is an error
   */
  readonly replaces?: string[];
}

/** Options of `attachTo()`. */
export interface AttachOptions extends AttachToAllOptions, TargetOptions {
  /**
   * Whether the workload already contains all that the contract needs, and only gets the mark of
   * the contract and its acknowledgements, as annotations of the object itself. No pod restarts. If
   * something is missing, the error says what.
   *
   * @default false: what is missing is added
   */
  readonly asIs?: boolean;
}

export const ATTACH_TO_ALL: OptionNames<AttachToAllOptions> = {
  access: true,
  accounting: true,
  containers: true,
  replaces: true,
};
export const ATTACH_TO: OptionNames<AttachOptions> = {
  ...ATTACH_TO_ALL,
  ...TARGET_OPTIONS,
  asIs: true,
};

/** Returns what containers ask for, whichever memory it is. Absent if that is not clear. */
export function useOf(
  { accounting, containers, replaces }: Omit<AttachToAllOptions, 'access'>,
  checks: InputChecks,
): PodSharedMemoryUse | undefined {
  const { where } = checks;
  const names = checks.try(() => containerNames(containers, where));
  const addToLimits = checks.try(() => addsToLimits(accounting, where));
  const volumes = checks.try(() => volumeNames(replaces, where));
  return names === undefined || addToLimits === undefined || volumes === undefined
    ? undefined
    : { containers: names, addToLimits, replaces: volumes };
}

/** Returns what a call asks for, as its options are written in the user's code. */
export function writtenOptions({ access, asIs, ...use }: Using): WrittenOptions {
  return {
    ...writtenUse(use),
    access: access === 'readWrite' ? 'Access.READ_WRITE' : 'Access.READ_ONLY',
    asIs: show(asIs === true),
  };
}

/** Returns what containers ask for, as the options are written, whichever memory it is. */
export function writtenUse({
  addToLimits,
  containers,
  replaces = [],
}: Omit<Using, 'access' | 'asIs'>): WrittenOptions {
  return {
    containers: containers === 'only' ? "nothing (the pod's only container)" : show(containers),
    accounting: addToLimits ? 'Accounting.ADD_TO_LIMITS' : 'Accounting.KEEP_LIMITS',
    replaces: show(replaces),
  };
}
