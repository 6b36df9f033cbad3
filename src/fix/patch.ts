import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { FixedFile } from './fixed-documents';

/*
 * `diff` is loaded on demand: only `lint --fix --dry-run` and `lint --suggest` need it.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const diff = () => require('diff') as typeof import('diff');

/**
 * Returns the folder in which a patch of files applies: the current directory if it contains all of
 * them, and otherwise the innermost folder that does. `git apply` refuses paths that begin with
 * `..`, and absolute ones.
 */
export function patchFolder(names: readonly string[]): string {
  let folder = process.cwd();
  if (!names.every(name => isBelow(folder, placeOf(name)))) {
    folder = dirname(placeOf(names[0]));
    while (!names.every(name => isBelow(folder, placeOf(name)))) {
      folder = dirname(folder);
    }
  }
  return folder;
}

/** Returns a patch that `git apply` and `patch -p1` take in a folder. */
export function patchOf({ name, before, after }: FixedFile, folder: string): string {
  const path = relative(folder, placeOf(name)).replaceAll('\\', '/');
  const patch = diff().createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, '', '', {
    context: 3,
  });
  return patch.replace(/^=+\n/, '').replace(/^(---|\+\+\+) (.*)\t$/gm, '$1 $2');
}

/** Returns the path of a file. Its folder is resolved, as the current directory is. */
function placeOf(name: string): string {
  const path = resolve(name);
  return join(realpathSync(dirname(path)), basename(path));
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
