import { join } from 'node:path';
import { isWholeState, readEarlier, type ReadSide } from './diff-sides';
import type { Manifest } from '../kube/manifest';
import { nameBelow } from '../read/file-name';
import { UsageError, type Inputs } from '../read/input-files';
import { isUnread } from '../read/source';
import type { unreadableInput } from '../rules/engine';

/** What was in some paths in an earlier state. */
export interface EarlierInputs {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Parameters<typeof unreadableInput>[0][];
  /** What has no findings to compare with, because it was not there or could not be read. */
  readonly notes: readonly string[];
}

/**
 * Reads the earlier state of the paths that `lint` checks. Files have the names that they have now,
 * so that both states can be compared.
 *
 * @param since a path, REVISION:PATH, or a git revision, which alone can stand for several paths
 */
export function readEarlierInputs(since: string, paths: readonly string[]): EarlierInputs {
  if (paths.length > 1 && !isWholeState(since)) {
    throw new UsageError(
      `--since ${since}: given with ${paths.join(' ')}; allowed with one path, or a git revision without a path`,
    );
  }
  const sides = paths.map(path => ({ path, side: readEarlier(since, path) }));
  return {
    manifests: sides.flatMap(({ path, side }) =>
      side.inputs.manifests.map(each => renamed(each, side, path)),
    ),
    problems: sides.flatMap(({ path, side }) =>
      side.inputs.problems.map(each => ({ ...each, source: named(each.source, side, path) })),
    ),
    notes: sides.flatMap(({ side }) => [
      ...(side.note === undefined ? [] : [side.note]),
      ...unreadNotes(side.inputs),
    ]),
  };
}

function unreadNotes({ problems }: Inputs): string[] {
  return problems
    .filter(isUnread)
    .map(
      ({ source, place, message }) =>
        `${source.name}:${place?.line ?? 1}: ${message}; what is found there counts as new`,
    );
}

function renamed(manifest: Manifest, side: ReadSide, path: string): Manifest {
  const { document } = manifest;
  return document
    ? {
        ...manifest,
        document: {
          source: named(document.source, side, path),
          place: pointer => document.place(pointer),
        },
      }
    : manifest;
}

function named({ name }: { readonly name: string }, { root }: ReadSide, path: string) {
  const below = nameBelow(root, name);
  return { name: below === undefined ? path : join(path, below) };
}
