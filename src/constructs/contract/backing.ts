import { InputChecks } from '../../errors';
import type { BackingKind, MemorySpec } from '../../model/contract/contract-spec';
import { meantOptions, type OptionNames } from '../../options';
import { flag, partOf } from '../support/input-values';

/** Options of `Backing.tmpfs()`. */
export interface TmpfsOptions {
  /**
   * Whether processes may map the files as executable (`mmap` with `PROT_EXEC`), for software that
   * keeps generated code in shared memory. The tmpfs is then mounted without `noexec`. A tmpfs that
   * a node has keeps the option with which it was mounted: to change it, give the contract another
   * version. The agent refuses to start otherwise.
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

  /**
   * Whether clients wait until there is something in the directory. If nobody knows what its owner
   * makes last, for example because the manifests come from somebody else, write false: clients may
   * then start before there is anything.
   *
   * @default true: the contract must say what clients wait for, with `readyWhen`
   */
  readonly clientsWait?: boolean;

  /**
   * The image of the guard, with the programs of busybox. For example
   * registry.example.com/busybox:1.36. If it is set, clients mount the directory only where a guard
   * (`NodeGuard`) has bound it on the node. The guard refuses a symbolic link, and a directory
   * whose parents others than root can write: they could put another directory in its place. It
   * binds the directory read-only, unless the clients of the contract write. The mount of a client
   * then waits for the guard, so `readyWhen` is optional.
   *
   * @default - no guard: clients mount the directory itself, and the contract must have `readyWhen`
   */
  readonly guardImage?: string;
}

const EXISTING: OptionNames<ExistingOptions> = {
  clientsWait: true,
  contains: true,
  guardImage: true,
};
const TMPFS: OptionNames<TmpfsOptions> = { executable: true };

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
    const checks = new InputChecks('Backing.tmpfs()');
    const { executable } = meantOptions(options, checks, TMPFS);
    const isExecutable = checks.try(() => flag(executable, 'executable', checks.where));
    return new Backing(
      'tmpfs',
      checks.end({ isExecutable }).isExecutable ? { executable: true } : {},
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
   * Clients that write through a claim need a guard (`guardImage`), and a `ClientPolicy` that
   * denies what their namespace was not granted.
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
    const checks = new InputChecks('Backing.existing()');
    const { contains, clientsWait = true, guardImage } = meantOptions(options, checks, EXISTING);
    const isAwaited = checks.try(() => flag(clientsWait, 'clientsWait', checks.where));
    const waits = checks.end({ isAwaited }).isAwaited ? {} : { clientsWait };
    const guard = guardImage === undefined ? {} : { guardImage };
    return new Backing('existing', { existing: { path, contains, ...waits, ...guard } });
  }

  private constructor(
    /** @internal */
    public readonly _kind: BackingKind,
    /** @internal */
    public readonly _more: Pick<MemorySpec, 'executable' | 'existing'> = {},
  ) {}
}

/** Returns the fields of a memory for the backing that the user chose. */
export function chosen(
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
