import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { groupBy } from '../kube/group';

/** Files and folders to write. */
export interface FileTree {
  /** Folders to create. They may stay empty. */
  readonly folders: readonly string[];
  /** Content by path, in the order of writing. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Writes files so that none is ever incomplete. First writes all files under temporary names in the
 * same folders, then renames them. The temporary names are hidden and have no extension, so
 * programs that watch the folder do not read them as manifests.
 */
export function writeFiles(tree: FileTree): void {
  tree.folders.forEach(folder => fs.mkdirSync(folder, { recursive: true }));
  refuseFolders([...tree.files.keys()]);
  const run = randomUUID();
  const staged: string[] = [];
  try {
    for (const [file, content] of tree.files) {
      const temporary = path.join(path.dirname(file), `.${run}-${staged.length}`);
      staged.push(temporary);
      fs.writeFileSync(temporary, content, { encoding: 'utf8', flag: 'wx' });
    }
    [...tree.files.keys()].forEach((file, i) => fs.renameSync(staged[i], file));
  } catch (error) {
    staged.forEach(discard);
    throw error;
  }
}

/**
 * Throws an error for conditions that would stop the renaming halfway: a folder with the name of a
 * file, or a file name that is too long. For the latter, it calls `stat` for the longest name in
 * each folder.
 */
function refuseFolders(files: readonly string[]): void {
  for (const [folder, names] of groupBy(files, path.dirname)) {
    const entries = fs.readdirSync(folder, { withFileTypes: true });
    const taken = new Set(
      entries.filter(entry => !entry.isFile()).map(({ name }) => path.join(folder, name)),
    );
    const longest = names.reduce((a, b) => (Buffer.byteLength(b) > Buffer.byteLength(a) ? b : a));
    for (const file of names) {
      if (file !== longest && !taken.has(file)) {
        continue;
      }
      if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
        throw Object.assign(new Error(`EISDIR: ${file} is a folder`), { code: 'EISDIR' });
      }
    }
  }
}

function discard(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // the error that stopped the writing is more helpful
  }
}
