import type { DirectoryUse, SharedDirectories } from './shared-directories';
import { getOrCreate } from '../kube/group';
import { isKnownNodeDirectory } from '../kube/node-directories';
import { distance } from '../near-name';

/** So many letters can differ between two names that mean the same. */
const TYPING_ERRORS = 2;

/** One name of the path of a directory, and a DaemonSet that can write there. */
interface Named {
  readonly name: Name;
  readonly use: DirectoryUse;
}

/** A name and its words: letters and numbers without what separates them. */
interface Name {
  readonly text: string;
  readonly words: readonly string[];
  /** The words together. */
  readonly letters: string;
}

/**
 * Directories of nodes whose paths differ in the spelling of one name only: `/run/acme-agent` and
 * `/run/acme_agent`.
 */
export class SimilarDirectories {
  /** What DaemonSets make, by all that remains of a path without one of its names. */
  private readonly made = new Map<string, Named[]>();

  public constructor(private readonly directories: SharedDirectories) {
    for (const [path, uses] of directories.directories) {
      const use = uses.find(
        ({ mount, markedPod }) => markedPod.pod.manifest.kind === 'DaemonSet' && !mount.readOnly,
      );
      if (use && !isKnownNodeDirectory(path)) {
        for (const { rest, name } of partsOf(path)) {
          getOrCreate(this.made, rest, () => []).push({ name, use });
        }
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
    const meant = partsOf(path)
      .flatMap(({ rest, name }) => (this.made.get(rest) ?? []).filter(areSpellings(name)))
      .find(({ use }) => use.markedPod.pod.manifest !== manifest);
    if (!meant || isKnownNodeDirectory(path)) {
      return undefined;
    }
    const others = [
      ...this.directories.usesIn(path, manifest),
      ...this.directories
        .usesAbove(path, manifest)
        .filter(above => !isKnownNodeDirectory(above.path)),
    ];
    return others.length > 0 ? undefined : meant.use;
  }
}

/**
 * Returns each name of a path, and what remains of the path without it. The first name stays,
 * because another one is another file system.
 */
function partsOf(path: string): { readonly rest: string; readonly name: Name }[] {
  const names = path.split('/').slice(1);
  return names.slice(1).map((text, i) => {
    const words = text.toLowerCase().match(/[a-z]+|\d+/g) ?? [];
    const rest = [...names.slice(0, i + 1), '', ...names.slice(i + 2)].join('/');
    return { rest, name: { text, words, letters: words.join('') } };
  });
}

/**
 * Returns a check whether a name is another spelling of the given one: they differ in a few letters
 * of one word, or in what separates their words. Names that differ only in short words or numbers,
 * like `ring-1` and `ring-2`, or `cache-a` and `cache-b`, are different on purpose.
 */
function areSpellings(a: Name): (named: Named) => boolean {
  return ({ name: b }) => {
    if (a.text === b.text || a.letters === b.letters) {
      return a.text !== b.text;
    }
    if (
      a.words.length !== b.words.length ||
      Math.abs(a.letters.length - b.letters.length) > TYPING_ERRORS
    ) {
      return false;
    }
    const first = a.words.findIndex((word, i) => word !== b.words[i]);
    const [word, other] = [a.words[first], b.words[first]];
    return (
      Math.min(word.length, other.length) > TYPING_ERRORS &&
      !/\d/.test(word + other) &&
      a.words.every((each, i) => i <= first || each === b.words[i]) &&
      distance(word, other) <= TYPING_ERRORS
    );
  };
}
