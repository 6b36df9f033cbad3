import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser of $CHROMIUM, or the first on the PATH. */
function chromium(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found =
    process.env.CHROMIUM ??
    NAMES.flatMap(name => folders.map(folder => join(folder, name))).find(existsSync);
  if (found === undefined) {
    throw new Error('no Chromium: install it (apt-get install chromium), or set CHROMIUM');
  }
  return found;
}

export interface Screenshot {
  readonly html: string;
  /** What must be in the page before the picture is taken: its scripts have run. */
  readonly until: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/** Shows a page in a browser without a window, and takes a picture of its upper part. */
export function screenshot({ html, until, file, width, height }: Screenshot): void {
  const scratch = mkdtempSync(join(tmpdir(), 'picture-'));
  try {
    const page = join(scratch, 'page.html');
    writeFileSync(page, html);
    const run = (...args: string[]) => {
      const { status, stdout, stderr, error } = spawnSync(
        chromium(),
        [
          '--headless=new',
          '--no-sandbox', // root may not use it, and the page is ours
          '--disable-gpu',
          '--hide-scrollbars',
          '--force-device-scale-factor=1',
          '--allow-file-access-from-files',
          `--user-data-dir=${join(scratch, 'profile')}`,
          `--window-size=${width},${height}`,
          '--virtual-time-budget=20000',
          ...args,
          `file://${page}`,
        ],
        { encoding: 'utf8', maxBuffer: 2 ** 26, timeout: 120_000 },
      );
      if (status !== 0) {
        throw new Error(`Chromium failed: ${error?.message ?? stderr}`);
      }
      return stdout;
    };
    if (!run('--dump-dom').includes(until)) {
      throw new Error(`the page of ${file} does not become what it must: ${until} is missing`);
    }
    run(`--screenshot=${file}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
