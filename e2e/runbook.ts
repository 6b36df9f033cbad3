import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const DIST = join(__dirname, '..', 'dist');

/**
 * The commands of a RUNBOOK.md in dist/, taken as an operator takes them: copied, with `...` filled
 * in.
 */
export class Runbook {
  private readonly text: string;

  /**
   * @param folder a folder of dist/, or the path of one
   * @param page RUNBOOK.md, or REVIEW.md for "How to undo it"
   */
  public constructor(
    folder: string,
    private readonly page = 'RUNBOOK.md',
  ) {
    this.text = readFileSync(resolve(DIST, folder, page), 'utf8');
  }

  /** The block that follows some words in the section of a title. */
  public commands(title: string, words: string): string {
    const section = this.text.split(/\n(?=## )/).find(each => each.startsWith(`## ${title}`)) ?? '';
    const at = section.indexOf(words);
    const [, block] = /^ *```sh\n([^]*?)^ *```$/m.exec(at < 0 ? '' : section.slice(at)) ?? [];
    if (block === undefined) {
      throw new Error(`${this.page} has no commands after "${words}" in "${title}"`);
    }
    return block.replace(/^ +/gm, '');
  }

  /**
   * Runs that block; what the operator fills in stands for `NODE=...` and `--replicas=...`, and
   * `only` picks lines.
   */
  public async run(
    title: string,
    words: string,
    { only = /./, ...filled }: { only?: RegExp; node?: string; replicas?: number } = {},
  ): Promise<string> {
    const script = this.commands(title, words)
      .split('\n')
      .filter(line => only.test(line) || line.startsWith('NODE='))
      .join('\n')
      .replace('NODE=...', `NODE=${filled.node ?? '...'}`)
      .replace('--replicas=...', `--replicas=${filled.replicas ?? '...'}`);
    if (script.includes('=...')) {
      throw new Error(`something is to be filled in:\n${script}`);
    }
    const { stdout } = await promisify(execFile)('sh', [
      '-eu',
      '-c',
      `kubectl() { command "\${KUBECTL:-kubectl}" "$@"; }\n${script}`,
    ]);
    return stdout;
  }
}
