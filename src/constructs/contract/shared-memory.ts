import { type Size } from 'cdk8s';
import { chosen, type Backing } from './backing';
import { InputChecks } from '../../errors';
import { DEV_SHM } from '../../kube/well-known';
import type { MemorySpec } from '../../model/contract/contract-spec';
import { meantOptions, type OptionNames } from '../../options';
import { flag } from '../support/input-values';
import { bytesOf } from '../support/size-bytes';

/** Options that all memories have in common. */
export interface MemoryOptions {
  /**
   * The name of the memory: a DNS label of at most 20 characters. It becomes part of paths on the
   * node and of names in the cluster.
   *
   * @default "data"
   */
  readonly name?: string;
}

/** Options of `SharedMemory.files()`. */
export interface FilesOptions extends MemoryOptions {
  /**
   * How many bytes are shared, at the fullest moment. If the agent replaces a file, that is, writes
   * a new one and renames it, the memory holds both at that moment: the size is twice the file. The
   * container that pays for them must have a memory limit of at least this size plus 32Mi.
   *
   * @default - not known, which is allowed only with `Backing.devShm()` and `Backing.existing()`,
   * because the software itself makes what is in them: no memory limit is checked against it, and
   * REVIEW.md says so
   */
  readonly size?: Size;

  /**
   * Where the code opens the files: an absolute path in the containers of both sides, outside /dev,
   * /proc and /sys.
   */
  readonly mountPath: string;

  /**
   * Where the memory is on the node.
   *
   * @default Backing.directory(); Backing.tmpfs() if the contract lets clients write, or says
   * `seLinux: true`
   */
  readonly backing?: Backing;

  /**
   * The size of the huge pages that hold the files. The agent's init step mounts a hugetlbfs of
   * exactly `size`, which must be a multiple of the page size; there is no other backing. Huge
   * pages are no memory of the container: instead of the memory limit, the limit of huge pages
   * (`hugepages-2Mi`) of the container that pays must hold the shared bytes. The library adds it if
   * it is absent.
   *
   * Programs map these files: `write` fails with EINVAL. If the node has the hugetlb controller, a
   * process that touches a page first gets SIGBUS if its pod has no such limit, also if it only
   * reads a hole. Pages that the agent has touched are free for all others.
   *
   * @default - ordinary pages, in memory of the backing
   * @see https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/
   */
  readonly hugePages?: HugePages;

  /**
   * Whether clients that write may remove and rename only their own objects: the directory gets the
   * sticky bit (mode 3770 instead of 2770). They can still write to the agent's objects, truncate
   * them, and create objects. The agent owns the directory, so it can remove everything. For
   * contracts in which the agent makes all objects, and clients write into them.
   *
   * Not for peers that open each other's files with O_CREAT: if the sysctl fs.protected_regular is
   * 2, as Debian sets it, such an `open` of an existing file of another client fails with EACCES in
   * a sticky directory that a group can write, for the agent and root, too. The agent's files are
   * exempt, because the agent owns the directory.
   *
   * @default false: clients that write can also remove and rename what others made
   */
  readonly sticky?: boolean;
}

/** Options of `SharedMemory.posix()`. */
export interface PosixOptions extends MemoryOptions {
  /**
   * How many bytes are shared, at the fullest moment. If the agent replaces a file, that is, writes
   * a new one and renames it, the memory holds both at that moment: the size is twice the file.
   * Each object counts, also that of a `sem_open` (one page). The container that pays for them must
   * have a memory limit of at least this size plus 32Mi.
   *
   * @default - not known, which is allowed only with `Backing.devShm()` and `Backing.existing()`,
   * because the software itself makes what is in them: no memory limit is checked against it, and
   * REVIEW.md says so
   */
  readonly size?: Size;

  /**
   * Where the memory is on the node.
   *
   * @default Backing.directory(); Backing.tmpfs() if the contract lets clients write, or says
   * `seLinux: true`
   */
  readonly backing?: Backing;

  /**
   * Whether clients that write may remove and rename only their own objects: the directory gets the
   * sticky bit (mode 3770 instead of 2770). They can still write to the agent's objects, truncate
   * them, and create objects. The agent owns the directory, so it can remove everything. For
   * contracts in which the agent makes all objects, and clients write into them.
   *
   * Not for peers that open each other's files with O_CREAT: if the sysctl fs.protected_regular is
   * 2, as Debian sets it, such an `open` of an existing file of another client fails with EACCES in
   * a sticky directory that a group can write, for the agent and root, too. The agent's files are
   * exempt, because the agent owns the directory.
   *
   * @default false: clients that write can also remove and rename what others made
   */
  readonly sticky?: boolean;
}

/** Options of `SharedMemory.systemV()`. */
export interface SystemVOptions extends MemoryOptions {
  /**
   * How many bytes are shared. The container that pays for them must have a memory limit of at
   * least this size plus 32Mi.
   *
   * @default - not known: no memory limit is checked against it, and REVIEW.md says so
   */
  readonly size?: Size;
}

/** Options of `SharedMemory.descriptors()`. */
export interface DescriptorsOptions extends MemoryOptions {
  /**
   * How many bytes are shared. The container that pays for them must have a memory limit of at
   * least this size plus 32Mi.
   *
   * @default - not known: no memory limit is checked against it, and REVIEW.md says so
   */
  readonly size?: Size;

  /**
   * The directory of the socket: an absolute path in the containers of both sides, outside /dev,
   * /proc and /sys. The memory itself has no path.
   */
  readonly mountPath: string;
}

/** The size of huge pages. The node must have a pool of them before its kubelet starts. */
export enum HugePages {
  /** Pages of 2 MiB. */
  SIZE_2MI = '2Mi',

  /** Pages of 1 GiB, which a node usually reserves at boot. */
  SIZE_1GI = '1Gi',
}

const FILES: OptionNames<FilesOptions> = {
  backing: true,
  hugePages: true,
  mountPath: true,
  name: true,
  size: true,
  sticky: true,
};
const POSIX: OptionNames<PosixOptions> = { backing: true, name: true, size: true, sticky: true };
const SYSTEM_V: OptionNames<SystemVOptions> = { name: true, size: true };
const DESCRIPTORS: OptionNames<DescriptorsOptions> = { mountPath: true, name: true, size: true };

/**
 * A memory of a contract, described by the API that the code calls. The API determines the
 * technique in the YAML, the same for agent and clients.
 *
 * @example
 * const table = SharedMemory.files({
 *   name: 'table',
 *   size: Size.mebibytes(256),
 *   mountPath: '/run/routes',
 * });
 */
export class SharedMemory {
  /**
   * Files on a tmpfs, which the code opens and maps at a path (`open`, `mmap`): the recommended
   * form. A workload can have any number of such memories, and keeps its own /dev/shm.
   *
   * @param options name, size, path, and backing or huge pages
   * @see https://docs.kernel.org/filesystems/tmpfs.html
   */
  public static files(options: FilesOptions): SharedMemory {
    const { given, shared } = read('files', options, FILES);
    return new SharedMemory({
      ...shared,
      mountPath: given.mountPath,
      ...(given.hugePages === undefined ? {} : { hugePages: given.hugePages }),
    });
  }

  /**
   * POSIX shared memory and named semaphores (`shm_open`, `sem_open`). The memory replaces the
   * container's own /dev/shm, so a container can have at most one contract of this kind. With
   * read-only access, its own `shm_open(O_CREAT)` fails with EROFS.
   *
   * @param options name, size and backing
   * @see https://man7.org/linux/man-pages/man7/shm_overview.7.html
   */
  public static posix(options: PosixOptions): SharedMemory {
    const { shared } = read('posix', options, POSIX);
    return new SharedMemory({ ...shared, mountPath: DEV_SHM });
  }

  /**
   * System V shared memory (`shmget`) and POSIX message queues (`mq_open`): `hostIPC: true` on both
   * sides. There is no isolation between contracts, no grant and no read-only access: every pod
   * with hostIPC can reach every segment whose mode allows it.
   *
   * @param options name and size
   * @see https://man7.org/linux/man-pages/man7/sysvipc.7.html
   */
  public static systemV(options: SystemVOptions): SharedMemory {
    return new SharedMemory(read('systemV', options, SYSTEM_V).shared);
  }

  /**
   * Memory without a name (`memfd_create`), whose file descriptors the agent passes over a Unix
   * socket (`SCM_RIGHTS`): both sides get the directory of the socket, but no tmpfs for the data.
   * The agent binds its socket there with umask 007, so that the group may connect. The seals of
   * the descriptor decide what a client can do with the memory. Clients mount the directory
   * read-only, which does not keep them from connecting.
   *
   * @param options name, size and the directory of the socket
   * @see https://man7.org/linux/man-pages/man2/memfd_create.2.html
   */
  public static descriptors(options: DescriptorsOptions): SharedMemory {
    const { given, shared } = read('descriptors', options, DESCRIPTORS);
    return new SharedMemory({ ...shared, mountPath: given.mountPath });
  }

  private constructor(
    /** @internal */
    public readonly _spec: MemorySpec,
  ) {}
}

/** Returns what all memories have, as far as their options can say it. */
function read<T extends Partial<FilesOptions>>(
  api: MemorySpec['api'],
  options: T,
  names: OptionNames<T>,
): { given: T; shared: MemorySpec } {
  const where = `SharedMemory.${api}()`;
  const checks = new InputChecks(where);
  const given = meantOptions(options, checks, names);
  const { name = 'data', size } = given;
  const bytes = size === undefined ? undefined : checks.try(() => bytesOf(size, where));
  const backing = checks.try(() => chosen(given.backing, where));
  const sticky = checks.try(() => flag(given.sticky, 'sticky', where));
  const right = checks.end({ backing, sticky });
  return {
    given,
    shared: {
      name,
      api,
      ...(bytes === undefined ? {} : { size: bytes }),
      ...right.backing,
      ...(right.sticky ? { sticky: true } : {}),
    },
  };
}
