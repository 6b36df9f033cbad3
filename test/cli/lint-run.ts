import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain, type Ran } from './run-main';

/** The folder of the test that runs. */
export let folder: string;

/** Each test gets a folder of its own. */
export function lintFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lint-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
}

export function write(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What the command writes and ends with; paths are those below the folder. */
export async function run(...args: string[]): Promise<Ran> {
  const { code, out, err } = await runExactly(...args);
  const shown = (text: string) => text.replaceAll(folder + '/', '').replaceAll(folder, '.');
  return { code, out: shown(out), err: shown(err) };
}

/** What the command writes and ends with, byte for byte. */
export const runExactly = runMain;
