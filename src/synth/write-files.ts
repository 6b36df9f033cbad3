import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { groupBy } from '../kube/group';

/** What is to be on the disk. */
export interface FileTree {
  /** Folders, which may stay empty. */
  readonly folders: readonly string[];
  /** Path -> content, in the order of writing. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Writes files so that none is ever half-written: first all under temporary names beside their
 * targets, and when the disk has taken everything, by renaming. The names are hidden and have no
 * ending, so that nothing that watches the folder takes them for manifests.
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
 * Finds what would end the renaming halfway: a folder of the same name; and it fails itself on a
 * name that is too long, which is asked for one of each folder.
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
    // the error that stopped the writing says more
  }
}
