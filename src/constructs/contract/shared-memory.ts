import { type Size } from 'cdk8s';
import { DEV_SHM } from '../../kube/well-known';
import type { BackingKind, MemorySpec } from '../../model/contract/contract-spec';
import { optionsOf, type OptionNames } from '../../options';
import { flag, partOf } from '../support/input-values';
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
   * How many bytes are shared. The container that pays for them must have a memory limit of at
   * least this size plus 32Mi.
   */
  readonly size: Size;

  /**
   * Where the code opens the files: an absolute path in the containers of both sides, outside /dev,
   * /proc and /sys.
   */
  readonly mountPath: string;

  /**
   * Where the memory is on the node.
   *
   * @default Backing.directory(); if the contract lets clients write, Backing.tmpfs()
   */
  readonly backing?: Backing;

  /**
   * Whether clients that write may remove and rename only their own objects: the directory gets the
   * sticky bit (mode 3770 instead of 2770). They can still write to the agent's objects, and create
   * objects. The agent owns the directory, so it can remove everything. For contracts in which the
   * agent makes all objects, and clients write into them.
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
   * How many bytes are shared. The container that pays for them must have a memory limit of at
   * least this size plus 32Mi.
   */
  readonly size: Size;

  /**
   * Where the memory is on the node.
   *
   * @default Backing.directory(); if the contract lets clients write, Backing.tmpfs()
   */
  readonly backing?: Backing;

  /**
   * Whether clients that write may remove and rename only their own objects: the directory gets the
   * sticky bit (mode 3770 instead of 2770). They can still write to the agent's objects, and create
   * objects. The agent owns the directory, so it can remove everything. For contracts in which the
   * agent makes all objects, and clients write into them.
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
   */
  readonly size: Size;
}

/** Options of `SharedMemory.descriptors()`. */
export interface DescriptorsOptions extends MemoryOptions {
  /**
   * How many bytes are shared. The container that pays for them must have a memory limit of at
   * least this size plus 32Mi.
   *
   * @default - not known: no memory limit is checked against it, and REVIEW.md says that nothing
   * accounts for the memory
   */
  readonly size?: Size;

  /**
   * The directory of the socket: an absolute path in the containers of both sides, outside /dev,
   * /proc and /sys. The memory itself has no path.
   */
  readonly mountPath: string;
}

/** Options of `Backing.tmpfs()`. */
export interface TmpfsOptions {
  /**
   * Whether processes may map the files as executable (`mmap` with `PROT_EXEC`), for software that
   * keeps generated code in shared memory. The tmpfs is then mounted without `noexec`.
   *
   * @default false: the tmpfs is mounted with `noexec`, and such an `mmap` fails with EPERM
   */
  readonly executable?: boolean;
}

/** What a directory on the node contains that somebody else makes. */
export enum NodeContent {
  /** Files and directories. A read-only mount keeps clients from changing them. */
  FILES = 'files',

  /**
   * Unix sockets, too. A read-only mount does not keep clients from talking to whatever listens, so
   * the contract must acknowledge SHM310 with a reason.
   */
  SOCKETS = 'sockets',
}

/** Options of `Backing.existing()`. */
export interface ExistingOptions {
  /** What the directory contains. */
  readonly contains: NodeContent;
}

const EXISTING: OptionNames<ExistingOptions> = { contains: true };
const TMPFS: OptionNames<TmpfsOptions> = { executable: true };
const FILES: OptionNames<FilesOptions> = {
  backing: true,
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
   * @param options name, size, path and backing
   * @see https://docs.kernel.org/filesystems/tmpfs.html
   */
  public static files(options: FilesOptions): SharedMemory {
    optionsOf(options, 'SharedMemory.files()', FILES);
    return new SharedMemory({
      name: options.name ?? 'data',
      api: 'files',
      size: bytesOf(options.size, 'SharedMemory.files()'),
      mountPath: options.mountPath,
      ...chosen(options.backing, 'SharedMemory.files()'),
      ...(flag(options.sticky, 'sticky', 'SharedMemory.files()') ? { sticky: true } : {}),
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
    optionsOf(options, 'SharedMemory.posix()', POSIX);
    return new SharedMemory({
      name: options.name ?? 'data',
      api: 'posix',
      size: bytesOf(options.size, 'SharedMemory.posix()'),
      mountPath: DEV_SHM,
      ...chosen(options.backing, 'SharedMemory.posix()'),
      ...(flag(options.sticky, 'sticky', 'SharedMemory.posix()') ? { sticky: true } : {}),
    });
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
    optionsOf(options, 'SharedMemory.systemV()', SYSTEM_V);
    return new SharedMemory({
      name: options.name ?? 'data',
      api: 'systemV',
      size: bytesOf(options.size, 'SharedMemory.systemV()'),
    });
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
    optionsOf(options, 'SharedMemory.descriptors()', DESCRIPTORS);
    return new SharedMemory({
      name: options.name ?? 'data',
      api: 'descriptors',
      ...(options.size === undefined
        ? {}
        : { size: bytesOf(options.size, 'SharedMemory.descriptors()') }),
      mountPath: options.mountPath,
    });
  }

  private constructor(
    /** @internal */
    public readonly _spec: MemorySpec,
  ) {}
}

/**
 * Where files and POSIX memory live on the node.
 *
 * @example
 * SharedMemory.posix({ size: Size.mebibytes(64), backing: Backing.tmpfs() });
 */
export class Backing {
  /**
   * A directory of the contract below /run/cdk8s-shared-memory on the node, which is on a tmpfs
   * there. An init container of the agent creates it, as root with no capability but CHOWN. The
   * kernel does not cap it at `size`.
   */
  public static directory(): Backing {
    return new Backing('directory');
  }

  /**
   * A tmpfs of exactly `size` below /run/cdk8s-shared-memory on the node: a process that writes
   * more gets ENOSPC. A privileged init container of the agent mounts it once (`mountPropagation:
   * Bidirectional`). A larger `size` grows it while clients run; a smaller one is refused if the
   * tmpfs holds more.
   *
   * @param options whether code may be mapped from it
   * @see https://kubernetes.io/docs/concepts/storage/volumes/#mount-propagation
   */
  public static tmpfs(options: TmpfsOptions = {}): Backing {
    const { executable } = optionsOf(options, 'Backing.tmpfs()', TMPFS);
    return new Backing(
      'tmpfs',
      flag(executable, 'executable', 'Backing.tmpfs()') ? { executable: true } : {},
    );
  }

  /**
   * The node's own, whole /dev/shm, which much existing software expects. There is no grant, no
   * gate and no isolation between contracts. It implies `ClientVolume.hostPath()`.
   */
  public static devShm(): Backing {
    return new Backing('devShm');
  }

  /**
   * A directory on the node that somebody else makes: a vendor's agent, an operator, the node
   * image. Nothing of this library creates, cleans or caps it, so the contract must say what
   * clients wait for (`readyWhen`). Clients reach it through a read-only claim, also in namespaces
   * of Pod Security "restricted", or by hostPath.
   *
   * The path must be a directory of its own below /run, or be allowed in `allowedNodePaths`. If its
   * owner mounts something there, it must be the mount point itself: a pod that mounts a parent
   * directory does not see what is mounted later.
   *
   * Errors: SHM006 for a path that no contract can share, SHM007, SHM012, SHM021.
   *
   * @param path the directory on the node, for example /run/vineyard
   * @param options what it contains
   */
  public static existing(path: string, options: ExistingOptions): Backing {
    const { contains } = optionsOf(options, 'Backing.existing()', EXISTING);
    return new Backing('existing', { existing: { path, contains } });
  }

  private constructor(
    /** @internal */
    public readonly _kind: BackingKind,
    /** @internal */
    public readonly _more: Pick<MemorySpec, 'executable' | 'existing'> = {},
  ) {}
}

function chosen(
  backing: Backing | undefined,
  where: string,
): Pick<MemorySpec, 'backing' | 'executable' | 'existing'> {
  if (backing === undefined) {
    return {};
  }
  const allowed = 'Backing.directory(), .tmpfs(), .devShm() or .existing()';
  const kind: BackingKind = partOf<'_kind', BackingKind>(
    backing,
    '_kind',
    'backing',
    allowed,
    where,
  );
  return { ...backing._more, backing: kind };
}
