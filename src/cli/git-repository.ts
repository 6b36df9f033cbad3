import { execFileSync } from 'node:child_process';
import { posix } from 'node:path';
import { isManifestName, PASSED_OVER, UsageError, type InputFile } from '../read/input-files';

const MOST = 512 * 1024 * 1024;

/**
 * A git repository, read with the program `git`. No shell is used, and user input is never
 * interpreted as an option: revisions are converted to hashes first.
 */
export class Git {
  /**
   * Returns the repository that contains the current folder, or a message that explains why there
   * is none.
   */
  public static here(): Git | string {
    try {
      return new Git(git('rev-parse', '--show-prefix').toString().trimEnd());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return 'git is not installed, or not on the PATH';
      }
      return /not a git repository/.test(reasonOf(error))
        ? 'this folder is in no git repository: run the command inside the repository'
        : `git: ${reasonOf(error)}`;
    }
  }

  /** @param prefix the current folder relative to the repository: '' or 'deploy/' */
  private constructor(private readonly prefix: string) {}

  /**
   * Returns the hash of the commit or tree of a revision. Absent if the revision does not exist.
   */
  public commitOf(revision: string): string | undefined {
    for (const type of ['commit', 'tree']) {
      try {
        const hash = git(
          'rev-parse',
          '--verify',
          '--quiet',
          '--end-of-options',
          `${revision}^{${type}}`,
        )
          .toString()
          .trim();
        if (/^[0-9a-f]{40,64}$/.test(hash)) {
          return hash;
        }
      } catch {
        /* not of this type, or does not exist */
      }
    }
    return undefined;
  }

  /**
   * Returns the file at a path in a commit or, if it is a folder, the files in it. Their names
   * start with `name`, which is the user's argument.
   */
  public filesOf(commit: string, path: string, name: string): InputFile[] {
    const full = this.fullPath(path);
    if (!this.contains(path)) {
      throw new UsageError(`${name}: the path must be in the repository`);
    }
    const object = full === '.' || full === '' ? `${commit}^{tree}` : `${commit}:${full}`;
    let type: string;
    try {
      type = git('cat-file', '-t', object).toString().trim();
    } catch {
      const fromRoot =
        this.prefix !== '' && this.has(commit, posix.normalize(path))
          ? `; paths are told from this folder: ${posix.relative(this.prefix, path)}`
          : '';
      throw new UsageError(`${name}: there is no ${full} in that revision${fromRoot}`);
    }
    if (type === 'blob') {
      return [{ name, given: true, bytes: () => git('cat-file', 'blob', object) }];
    }
    if (type !== 'tree') {
      throw new UsageError(`${name}: neither a file nor a folder, but a ${type} (a submodule)`);
    }
    return this.below(commit, full === '.' ? '' : full, object, name);
  }

  /** Checks whether a commit has a file or folder at a path, told from the current folder. */
  public holds(commit: string, path: string): boolean {
    const full = this.fullPath(path);
    return full === '.' || full === '' || this.has(commit, full);
  }

  /** Checks whether a path, told from the current folder, is inside the repository. */
  public contains(path: string): boolean {
    const full = this.fullPath(path);
    return !posix.isAbsolute(path) && full !== '..' && !full.startsWith('../');
  }

  private fullPath(path: string): string {
    return posix.normalize(posix.join(this.prefix, path)).replace(/\/$/, '');
  }

  private has(commit: string, path: string): boolean {
    try {
      git('cat-file', '-e', `${commit}:${path}`);
      return true;
    } catch {
      return false;
    }
  }

  private below(commit: string, folder: string, tree: string, name: string): InputFile[] {
    const entries = git('ls-tree', '-r', '-z', '--full-tree', tree)
      .toString('utf8')
      .split('\0')
      .flatMap(line => {
        const [, mode, hash, path] = /^(\d+) blob ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
        const parts = path?.split('/') ?? [];
        return path !== undefined &&
          isManifestName(path) &&
          !parts.some(part => PASSED_OVER.includes(part))
          ? [{ link: mode === '120000', hash, path }]
          : [];
      });
    const contents = contentsOf(entries.filter(({ link }) => !link).map(({ hash }) => hash));
    return entries.map(({ link, hash, path }): InputFile => ({
      name: `${name.replace(/\/$/, '')}${name.endsWith(':') ? '' : '/'}${path}`,
      given: false,
      bytes: () =>
        link ? target(commit, posix.join(folder, path)) : (contents.get(hash) as Buffer),
    }));
  }
}

/** Returns the content of the file that a symbolic link in a commit points to. */
function target(commit: string, path: string): Buffer {
  const answer = git({ input: `${commit}:${path}\n` }, 'cat-file', '--batch', '--follow-symlinks');
  const end = answer.indexOf('\n');
  const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(answer.subarray(0, end).toString()) ?? [];
  if (size === undefined) {
    throw new Error('a link that leads to no file of that revision');
  }
  return answer.subarray(end + 1, end + 1 + Number(size));
}

/** Returns the contents of blobs by hash, with a single call of git. */
function contentsOf(hashes: readonly string[]): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  if (hashes.length === 0) {
    return found;
  }
  const answer = git({ input: hashes.map(hash => `${hash}\n`).join('') }, 'cat-file', '--batch');
  for (let at = 0; at < answer.length;) {
    const end = answer.indexOf('\n', at);
    const [hash, , size] = answer.subarray(at, end).toString().split(' ');
    found.set(hash, answer.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return found;
}

function git(...args: [options: { input: string }, ...string[]] | string[]): Buffer {
  const [options, words] =
    typeof args[0] === 'object' ? [args[0], args.slice(1) as string[]] : [{}, args as string[]];
  try {
    return execFileSync('git', words, {
      ...options,
      maxBuffer: MOST,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOBUFS') {
      throw new UsageError(`git: more than ${MOST / 1024 / 1024} MiB of manifests`);
    }
    throw error;
  }
}

function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: Buffer; message: string };
  return (stderr?.toString().trim().split('\n')[0] || message).replace(/^fatal: /, '');
}
