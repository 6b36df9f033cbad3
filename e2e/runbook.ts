import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const DIST = join(__dirname, '..', 'dist');

/** A block of commands of a page, and the words before it. */
export interface Block {
  readonly words: string;
  readonly script: string;
}

/** Returns the blocks of commands in the section of a title, as an operator copies them. */
export function blocksIn(page: string, title: string): Block[] {
  const section = page.split(/\n(?=## )/).find(each => each.startsWith(`## ${title}`)) ?? '';
  const blocks: Block[] = [];
  let rest = section;
  for (;;) {
    const found = /^ *```sh\n([^]*?)^ *```$/m.exec(rest);
    if (!found) {
      return blocks;
    }
    blocks.push({
      words: rest.slice(0, found.index),
      script: found[1].replace(/^ +/gm, ''),
    });
    rest = rest.slice(found.index + found[0].length);
  }
}

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
    const blocks = blocksIn(this.text, title);
    const block = blocks.find(each => each.words.includes(words))?.script;
    if (block === undefined) {
      throw new Error(`${this.page} has no commands after "${words}" in "${title}"`);
    }
    return block;
  }

  /**
   * Runs that block; what the operator fills in stands for `NODE=...` and `--replicas=...`, and
   * `only` picks lines. With `accepts`, an error is none if each line of it matches: what the page
   * itself says that it means nothing.
   */
  public async run(
    title: string,
    words: string,
    {
      only = /./,
      accepts,
      ...filled
    }: { only?: RegExp; accepts?: RegExp; node?: string; replicas?: number } = {},
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
    ]).catch((error: Error & { stdout?: string; stderr?: string }) => {
      const lines = (error.stderr ?? '').split('\n').filter(line => line !== '');
      if (accepts && lines.length > 0 && lines.every(line => accepts.test(line))) {
        return { stdout: error.stdout ?? '' };
      }
      throw error;
    });
    return stdout;
  }
}
