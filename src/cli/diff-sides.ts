import { existsSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { Git } from './git-repository';
import { changesBetween } from '../change/diff';
import { readFiles, readInputs, UsageError, type Inputs } from '../read/input-files';
import type { DiffDocument } from '../report/diff/diff-document';
import { diffDocument } from '../report/diff/worded-changes';
import type { GivenContract } from '../sharing/given-contract';

/** The path of both sides if neither names one. */
const DEFAULT = 'dist';

const ALLOWED =
  'allowed: a file, a folder, or - for standard input, wherever they are; and REVISION:PATH or REVISION of the git repository of this folder';

/** One of the two arguments of `diff`. */
type Given =
  | { readonly kind: 'path'; readonly word: string }
  | {
      readonly kind: 'revision';
      readonly word: string;
      readonly commit: string;
      /** Absent for the path of the other side. */ readonly path?: string;
    };

/** The objects of one side, and the root to which file names are relative. */
export interface ReadSide {
  readonly inputs: Inputs;
  readonly root: string;
  /** Says that this side has nothing yet, so that everything is new. Absent if it has something. */
  readonly note?: string;
}

/**
 * Reads the arguments OLD and NEW: paths, `-`, `REVISION:PATH`, or only `REVISION`, which uses the
 * path of the other side.
 */
export function readSides(words: readonly [string, string]): [ReadSide, ReadSide] {
  if (words[0] === '-' && words[1] === '-') {
    throw new UsageError('-: only one of the two can be the standard input');
  }
  const repository = Git.here();
  const given: [Given, Given] = [givenBy(words[0], repository), givenBy(words[1], repository)];
  return [
    checked(readOld(given, repository), words[0]),
    checked(readState(given[1], given[0], repository), words[1]),
  ];
}

/**
 * Reads the earlier state of one path. The path is never taken for a revision, and the standard
 * input has none.
 */
export function readEarlier(since: string, path: string): ReadSide {
  const repository = Git.here();
  const old = givenBy(since, repository);
  if (path === '-' && isWhole(old)) {
    throw new UsageError(
      `--since ${since}: given with the standard input; write what to compare it with: ${since}:${DEFAULT}, for example`,
    );
  }
  const side = readOld([old, { kind: 'path', word: path }], repository);
  return isWhole(old) ? side : checked(side, since);
}

/** Checks whether an argument names a state without a path, so that it can stand for several. */
export function isWholeState(word: string): boolean {
  return isWhole(givenBy(word, Git.here()));
}

function isWhole(given: Given): boolean {
  return given.kind === 'revision' && given.path === undefined;
}

function readOld([old, now]: readonly [Given, Given], repository: Git | string): ReadSide {
  if (old.kind === 'revision') {
    const git = repository as Git;
    const { path, name } = placeOf(old, now, git);
    if (!git.holds(old.commit, path) && isThere(now, path, git)) {
      const note = `${name}: there is no ${path.replace(/\/$/, '')} in that revision yet, so everything is new`;
      return { inputs: readInputs([]), root: name, note };
    }
  }
  return readState(old, now, repository);
}

function readState(side: Given, other: Given, repository: Git | string): ReadSide {
  if (side.kind === 'path') {
    return readPath(side.word);
  }
  const git = repository as Git;
  if (isWhole(side) && isWhole(other)) {
    checkDefault(side, git);
  }
  const { path, name } = placeOf(side, other, git);
  return { inputs: readInputs(git.filesOf(side.commit, path, name)), root: name };
}

/** Returns the path of a revision, and the name that its files begin with. */
function placeOf(
  side: Given & { kind: 'revision' },
  other: Given,
  repository: Git,
): { path: string; name: string } {
  const path = side.path ?? pathInside(other, side.word, repository);
  return { path, name: side.path === undefined ? `${side.word}:${path}` : side.word };
}

/**
 * Checks whether the new side is what a path of the old side would be, and exists. The path is then
 * right, and the old side does not have it yet.
 */
function isThere(now: Given, path: string, repository: Git): boolean {
  if (now.kind === 'path') {
    return pathOf(now) === posix.normalize(path).replace(/(?<=.)\/$/, '');
  }
  const its = now.path ?? path;
  return posix.normalize(its) === posix.normalize(path) && repository.holds(now.commit, its);
}

/** Throws an error that says what to write, if a revision has no folder of the default name. */
function checkDefault({ word, commit }: Given & { kind: 'revision' }, repository: Git): void {
  if (!repository.holds(commit, DEFAULT)) {
    throw new UsageError(
      `${word}:${DEFAULT}: there is no ${DEFAULT} in that revision; write where the manifests are: ${word}:. for this folder, or ${word}:app/${DEFAULT}`,
    );
  }
}

/** Returns the differences between the two sides, under the policies of the contracts. */
export function diffOf(
  [before, after]: readonly [ReadSide, ReadSide],
  contracts: readonly GivenContract[],
): DiffDocument {
  const side = ({ inputs, root }: ReadSide) => ({ manifests: inputs.manifests, root });
  return diffDocument(changesBetween(side(before), side(after), contracts));
}

/**
 * Reads a file or a folder. The names of files in a folder are joined to the folder, which cleans
 * the path, so the root is cleaned too. The name of a single file stays as it was given.
 */
function readPath(word: string): ReadSide {
  const inputs = readFiles([word]);
  const itself = inputs.sources.length === 1 && [word, '<stdin>'].includes(inputs.sources[0].name);
  return { inputs, root: itself ? inputs.sources[0].name : join(word).replace(/^\.$/, '') };
}

function givenBy(word: string, repository: Git | string): Given {
  if (word === '-') {
    return { kind: 'path', word };
  }
  if (word.startsWith('-')) {
    throw new UsageError(
      `${word}: neither a path nor a revision; a file of that name is ./${word}`,
    );
  }
  const isPath = existsSync(word);
  const [, revision, path] = /^((?:[^:{]|\{[^}]*\})+):([^]*)$/.exec(word) ?? [
    undefined,
    word,
    undefined,
  ];
  const isPlainPath = isPath && /^\.{0,2}\//.test(word); // a revision cannot start like this
  const commit =
    isPlainPath || typeof repository === 'string' ? undefined : repository.commitOf(revision);
  if (isPath && commit !== undefined) {
    throw new UsageError(
      `${word}: both a path and a git revision; write ./${word} for the path, ${word}:PATH for the revision`,
    );
  }
  if (isPath) {
    return { kind: 'path', word };
  }
  if (commit !== undefined) {
    return { kind: 'revision', word, commit, ...(path === undefined ? {} : { path }) };
  }
  if (path !== undefined) {
    throw new UsageError(
      `${word}: ${typeof repository === 'string' ? `there is no such file or folder, and ${repository}` : `there is no git revision ${revision}`}; ${ALLOWED}`,
    );
  }
  throw new UsageError(
    `${word}: there is no such file or folder, and ${typeof repository === 'string' ? repository : 'no git revision of that name'}; ${ALLOWED}`,
  );
}

/**
 * Returns the path for a revision without a path. A folder elsewhere is in no revision of this
 * repository, and must not look like one that is new.
 */
function pathInside(other: Given, revision: string, repository: Git): string {
  const path = pathOf(other);
  if (!repository.contains(path)) {
    throw new UsageError(
      `${revision}: the other side, ${path}, is not in the repository of this folder; write which path of ${revision} to compare it with: ${revision}:${DEFAULT}, for example`,
    );
  }
  return path;
}

/** Returns the path of a side, or dist/ if it has none. */
function pathOf(other: Given): string {
  if (other.kind === 'revision') {
    return other.path ?? DEFAULT;
  }
  if (other.word === '-') {
    return DEFAULT;
  }
  return relative(process.cwd(), other.word).replaceAll('\\', '/') || '.';
}

function checked(side: ReadSide, word: string): ReadSide {
  const { sources, problems, passedOver } = side.inputs;
  if (side.note === undefined && sources.length === 0 && problems.length === 0) {
    throw new UsageError(
      `${word}: no Kubernetes manifests (.yaml, .yml, .json) there${passedOver.length === 0 ? '' : `; without an object: ${passedOver.join(', ')}`}`,
    );
  }
  return side;
}
