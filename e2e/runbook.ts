import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from './manifests';
import type { JsonObject } from '../src/kube/json';
import { manifestsOf } from '../src/kube/manifest';
import { ManifestSet } from '../src/read/manifest-set';
import { reviewPage } from '../src/report/review/review-page';
import { runbookPage } from '../src/report/runbook/runbook-page';
import { MarkedManifests } from '../src/sharing/marked-manifests';

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

/** What the operator fills in: `NODE=...`, `--replicas=...` and `AUDIT_LOG=...`. */
interface Filled {
  readonly node?: string;
  readonly replicas?: number;
  readonly auditLog?: string;
}

/**
 * The commands of a page, taken as an operator takes them: copied, with `...` filled in.
 */
export class Runbook {
  /**
   * RUNBOOK.md of a folder, or REVIEW.md for "How to undo it".
   *
   * @param folder a folder of dist/, or the path of one
   */
  public static in(folder: string, page = 'RUNBOOK.md'): Runbook {
    return new Runbook(page, readFileSync(resolve(DIST, folder, page), 'utf8'));
  }

  /** RUNBOOK.md as it is written for some objects. */
  public static of(objects: readonly Manifest[]): Runbook {
    return new Runbook('RUNBOOK.md', runbookPage(marked(objects)) ?? '');
  }

  /** REVIEW.md as it is written for some objects. */
  public static review(objects: readonly Manifest[]): Runbook {
    return new Runbook('REVIEW.md', reviewPage(marked(objects), []));
  }

  private constructor(
    private readonly page: string,
    private readonly text: string,
  ) {}

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
   * Runs that block; `only` picks lines. With `accepts`, an error is none if each line of it
   * matches: what the page itself says that it means nothing.
   */
  public async run(
    title: string,
    words: string,
    options: Filled & { only?: RegExp; accepts?: RegExp } = {},
  ): Promise<string> {
    return (await this.said(title, words, options)).stdout;
  }

  /** The same, with what the commands print as warnings. */
  public async said(
    title: string,
    words: string,
    {
      only = /./,
      accepts,
      node = '...',
      replicas,
      auditLog = '...',
    }: Filled & { only?: RegExp; accepts?: RegExp } = {},
  ): Promise<{ stdout: string; stderr: string }> {
    const script = this.commands(title, words)
      .split('\n')
      .filter(line => only.test(line) || line.startsWith('NODE='))
      .join('\n')
      .replace('NODE=...', `NODE=${node}`)
      .replace('AUDIT_LOG=...', `AUDIT_LOG=${auditLog}`)
      .replace('--replicas=...', `--replicas=${replicas ?? '...'}`);
    if (script.includes('=...')) {
      throw new Error(`something is to be filled in:\n${script}`);
    }
    return promisify(execFile)('sh', [
      '-eu',
      '-c',
      `kubectl() { command "\${KUBECTL:-kubectl}" "$@"; }\n${script}`,
    ]).catch((error: Error & { stdout?: string; stderr?: string }) => {
      const { stdout = '', stderr = '' } = error;
      const lines = stderr.split('\n').filter(line => line !== '');
      if (accepts && lines.length > 0 && lines.every(line => accepts.test(line))) {
        return { stdout, stderr };
      }
      throw error;
    });
  }
}

function marked(objects: readonly Manifest[]): MarkedManifests {
  return new MarkedManifests(
    new ManifestSet(objects.flatMap(object => manifestsOf(object as unknown as JsonObject))),
  );
}
