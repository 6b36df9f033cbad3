import { randomUUID } from 'node:crypto';
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FixedFile } from './fixed-documents';

/**
 * Writes the fixed files. Each is first written whole under a temporary name in its folder, with
 * the mode of the old one, and then renamed. If one cannot be written, none is. A link stays, and
 * its target is written.
 *
 * Throws an error if a file is not as it was when it was read.
 */
export function writeFixed(files: readonly FixedFile[]): void {
  const staged: { temporary: string; target: string }[] = [];
  try {
    for (const { name, before, after } of files) {
      const target = realpathSync(name);
      if (readFileSync(target, 'utf8') !== before) {
        throw new Error(`${name} was changed meanwhile; run the command again`);
      }
      const temporary = join(dirname(target), `.${randomUUID()}`);
      staged.push({ temporary, target });
      writeFileSync(temporary, after, { flag: 'wx', mode: statSync(target).mode });
    }
    staged.forEach(({ temporary, target }) => renameSync(temporary, target));
  } catch (error) {
    staged.forEach(({ temporary }) => rmSync(temporary, { force: true }));
    throw error;
  }
}
