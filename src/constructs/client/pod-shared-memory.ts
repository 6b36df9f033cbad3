import { type Size } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { InputError, show } from '../../errors';
import { podSharedMemoryEdit } from '../../model/client/pod-shared-memory-edit';
import { optionsOf, type OptionNames } from '../../options';
import { addEdit } from '../../wire/hook';
import { type Accounting, addsToLimits } from '../contract/accounting';
import { attaching } from '../support/attaching';
import { containerNames, volumeNames } from '../support/input-values';
import { bytesOf } from '../support/size-bytes';
import {
  allTargets,
  oneTarget,
  TARGET_OPTIONS,
  type Target,
  type TargetOptions,
} from '../support/targets';

/** Properties of `PodSharedMemory`. */
export interface PodSharedMemoryProps {
  /**
   * The size of /dev/shm, instead of the 64 MiB that container runtimes give. Each container that
   * mounts it must have a memory limit of at least this size plus 32Mi.
   */
  readonly size: Size;
}

/** Options of `PodSharedMemory.attachToAll()`. */
export interface PodSharedMemoryAllOptions {
  /**
   * The containers that mount it, by name. They share it with each other.
   *
   * @default - the pod's only container; if there are several, they must be named
   */
  readonly containers?: string[];

  /**
   * What the memory limits of these containers include.
   *
   * @default Accounting.KEEP_LIMITS: a limit that is too small for the size is an error with the
   * number to write
   */
  readonly accounting?: Accounting;

  /**
   * Names of volumes of the workload that it replaces, for example `['dshm']`. They must be mounted
   * at /dev/shm, and nowhere else. A memory-medium emptyDir that is mounted at /dev/shm stays, and
   * gets the size if it has none.
   *
   * @default - none: another volume at /dev/shm is an error
   */
  readonly replaces?: string[];
}

/** Options of `PodSharedMemory.attachTo()`. */
export interface PodSharedMemoryOptions extends PodSharedMemoryAllOptions, TargetOptions {}

const PROPS: OptionNames<PodSharedMemoryProps> = { size: true };
const ATTACH_TO_ALL: OptionNames<PodSharedMemoryAllOptions> = {
  accounting: true,
  containers: true,
  replaces: true,
};
const ATTACH_TO: OptionNames<PodSharedMemoryOptions> = { ...ATTACH_TO_ALL, ...TARGET_OPTIONS };

/**
 * A bigger /dev/shm, private to each pod: a memory-medium emptyDir with a size limit. PyTorch,
 * PostgreSQL and browsers need it.
 *
 * @see https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
 *
 * @example
 * // The memory limit of the container must hold the size and 32Mi.
 * new PodSharedMemory({ size: Size.gibibytes(2) }).attachTo(trainer);
 */
export class PodSharedMemory {
  private readonly bytes: number;

  /** @param props the size */
  public constructor(props: PodSharedMemoryProps) {
    this.bytes = bytesOf(optionsOf(props, 'PodSharedMemory', PROPS).size, 'PodSharedMemory');
    if (!Number.isSafeInteger(this.bytes) || this.bytes <= 0) {
      throw new InputError('PodSharedMemory', {
        code: 'SHM003',
        field: 'size',
        given: show(this.bytes),
        allowed: 'a whole number of bytes from 1 to 2^53 - 1',
        fix: 'write a size like Size.gibibytes(2)',
      });
    }
  }

  /**
   * Gives the pods of a workload the bigger /dev/shm.
   *
   * @param target the workload, or a construct that holds exactly one
   * @param options containers, and which workload if there are several
   */
  public attachTo(target: IConstruct, options: PodSharedMemoryOptions = {}): void {
    attaching('PodSharedMemory', target, () =>
      this.attach(
        oneTarget(target, optionsOf(options, 'PodSharedMemory.attachTo', ATTACH_TO)),
        options,
      ),
    );
  }

  /**
   * Gives the pods of every workload at or below a construct the bigger /dev/shm, and those of all
   * pod templates of a custom resource.
   *
   * @param scope for example a chart
   * @param options containers, the same for all of them
   */
  public attachToAll(scope: IConstruct, options: PodSharedMemoryAllOptions = {}): void {
    attaching('PodSharedMemory', scope, () => {
      optionsOf(options, 'PodSharedMemory.attachToAll', ATTACH_TO_ALL);
      allTargets(scope).forEach(target => this.attach(target, options));
    });
  }

  private attach({ object, template }: Target, options: PodSharedMemoryAllOptions): void {
    const where = object.node.path;
    addEdit(
      object,
      podSharedMemoryEdit(this.bytes, template, {
        containers: containerNames(options.containers, where),
        addToLimits: addsToLimits(options.accounting, where),
        replaces: volumeNames(options.replaces, where),
      }),
    );
  }
}
