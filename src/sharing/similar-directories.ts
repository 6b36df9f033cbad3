import type { DirectoryUse, SharedDirectories } from './shared-directories';
import { getOrCreate } from '../kube/group';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { distance } from '../near-name';

/** So many letters can differ between two names that mean the same. */
const TYPING_ERRORS = 2;

/**
 * Directories of nodes whose paths differ in the spelling of one name only: `/run/acme-agent` and
 * `/run/acme_agent`.
 */
export class SimilarDirectories {
  /** The paths by all that remains of them without one of their names. */
  private readonly alike = new Map<string, string[]>();

  public constructor(private readonly directories: SharedDirectories) {
    for (const path of directories.directories.keys()) {
      if (!isKnownNodeDirectory(path)) {
        remainders(path).forEach(rest => getOrCreate(this.alike, rest, () => []).push(path));
      }
    }
  }

  /**
   * Returns the directory of another workload that a use most likely means, as a DaemonSet that can
   * write there has it. Absent if there is none, or if another workload mounts the directory of the
   * use itself, a part of it, or one above it.
   */
  public meantBy({ path, markedPod }: DirectoryUse): DirectoryUse | undefined {
    const { manifest } = markedPod.pod;
    const others = [
      ...this.directories.usesIn(path, manifest),
      ...this.directories
        .usesAbove(path, manifest)
        .filter(above => !isKnownNodeDirectory(above.path)),
    ];
    if (isKnownNodeDirectory(path) || others.length > 0) {
      return undefined;
    }
    return remainders(path)
      .flatMap((rest, index) =>
        (this.alike.get(rest) ?? []).filter(other =>
          areSpellings(nameAt(path, index), nameAt(other, index)),
        ),
      )
      .flatMap(other => this.directories.directories.get(other) ?? [])
      .find(
        ({ mount, markedPod: { pod } }) =>
          pod.manifest !== manifest && pod.manifest.kind === 'DaemonSet' && !mount.readOnly,
      );
  }
}

/** Returns a path without each of its names. The first one is another file system, so it stays. */
function remainders(path: string): string[] {
  const names = path.split('/').slice(1);
  return names
    .slice(1)
    .map((_, index) => [...names.slice(0, index + 1), '', ...names.slice(index + 2)].join('/'));
}

function nameAt(path: string, index: number): string {
  return path.split('/')[index + 2];
}

/**
 * Checks whether two names are spellings of the same one: they differ in a few letters, or in what
 * separates their words. Names that differ only in short words or numbers, like `ring-1` and
 * `ring-2`, or `cache-a` and `cache-b`, are different on purpose.
 */
function areSpellings(a: string, b: string): boolean {
  const [words, others] = [a, b].map(wordsOf);
  if (a === b || words.join('') === others.join('')) {
    return a !== b;
  }
  const different = words.flatMap((word, index) =>
    word === others[index] ? [] : [[word, others[index] ?? ''] as const],
  );
  const [[word, other]] = different;
  return (
    words.length === others.length &&
    different.length === 1 &&
    Math.min(word.length, other.length) > TYPING_ERRORS &&
    distance(word, other) <= TYPING_ERRORS
  );
}

/** Returns the words and the numbers of a name. */
function wordsOf(name: string): string[] {
  return name.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
}
