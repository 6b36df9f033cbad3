import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { main } from '../../src/cli/main';

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
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const to = (stream: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        written[stream] += String(chunk);
        done();
      },
    });
  const code = await main(args, { stdout: to('out'), stderr: to('err') });
  const shown = (text: string) => text.replaceAll(folder + '/', '').replaceAll(folder, '.');
  return { code, out: shown(written.out), err: shown(written.err) };
}
