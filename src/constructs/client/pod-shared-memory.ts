import { type Size } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { useOf, writtenUse } from './attach-options';
import { InputChecks } from '../../errors';
import { formatBytes } from '../../kube/quantity';
import {
  podSharedMemoryEdit,
  type PodSharedMemoryUse,
} from '../../model/client/pod-shared-memory-edit';
import { meantOptions, type OptionNames } from '../../options';
import { type Accounting } from '../contract/accounting';
import { attachToEach, attachToOne, type Attachable } from '../support/attaching';
import { bytesOf } from '../support/size-bytes';
import { TARGET_OPTIONS, type TargetOptions } from '../support/targets';

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
    const checks = new InputChecks('PodSharedMemory');
    const { size } = meantOptions(props, checks, PROPS);
    const bytes = checks.try(() => bytesOf(size, 'PodSharedMemory'));
    checks.need(
      bytes === undefined || (Number.isSafeInteger(bytes) && bytes > 0),
      'SHM003',
      'size',
      bytes,
      'a whole number of bytes from 1 to 2^53 - 1',
      'write a size like Size.gibibytes(2)',
    );
    this.bytes = checks.end({ bytes }).bytes;
  }

  /**
   * Gives the pods of a workload the bigger /dev/shm.
   *
   * @param target the workload, or a construct that holds exactly one
   * @param options containers, and which workload if there are several
   */
  public attachTo(target: IConstruct, options: PodSharedMemoryOptions = {}): void {
    attachToOne(this.attachable(target), options, ATTACH_TO);
  }

  /**
   * Gives the pods of every workload at or below a construct the bigger /dev/shm, and those of all
   * pod templates of a custom resource.
   *
   * @param scope for example a chart
   * @param options containers, the same for all of them
   */
  public attachToAll(scope: IConstruct, options: PodSharedMemoryAllOptions = {}): void {
    attachToEach(this.attachable(scope), options, ATTACH_TO_ALL);
  }

  private attachable(target: IConstruct): Attachable<PodSharedMemoryOptions, PodSharedMemoryUse> {
    return {
      owner: 'PodSharedMemory',
      target,
      using: useOf,
      written: using => ({ ...writtenUse(using), size: formatBytes(this.bytes) }),
      edit: ({ template }, using) => podSharedMemoryEdit(this.bytes, template, using),
    };
  }
}
