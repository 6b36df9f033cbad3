import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runInNewContext } from 'node:vm';
import * as ts from 'typescript';
import * as library from '../../src';
import { main } from '../../src/cli/main';

/** What the command `adopt` did. */
export interface Adopted {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The folder of the app. */
  readonly folder: string;
}

/** Runs the command, as a user would, into a new folder. */
export async function adopt(...paths: string[]): Promise<Adopted> {
  return adoptInto(join(newFolder(), 'app'), ...paths);
}

const folders: string[] = [];

/** Makes a folder that is removed after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'adopted-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  folders.forEach(folder => rmSync(folder, { recursive: true }));
});

/** Runs the command into a folder. */
export async function adoptInto(folder: string, ...paths: string[]): Promise<Adopted> {
  return { ...(await run('adopt', ...paths, '--out', folder)), folder };
}

/** Runs the command line. */
export async function run(...args: string[]): Promise<Omit<Adopted, 'folder'>> {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (words: string) => {
      written[name] += words;
      return true;
    },
  });
  const code = await main(args, { stdout: stream('out'), stderr: stream('err') } as never);
  return { code, ...written };
}

/** Returns the text of a file of an app. */
export function fileOf({ folder }: Adopted, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** Returns the names of the files of a folder and below, sorted. */
export function filesIn(folder: string, root = folder): string[] {
  return readdirSync(folder)
    .flatMap(name => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesIn(path, root) : [relative(root, path)];
    })
    .sort();
}

/**
 * Runs main.ts of an app in this process, with this library, and returns the folder with what it
 * renders. Loading a file takes a process in cdk8s, so `Include` reads it here instead.
 */
export function synthesized({ folder }: Adopted): string {
  const dist = join(folder, 'dist');
  const own = createRequire(__filename);
  const load = (file: string): unknown => {
    const code = ts.transpileModule(readFileSync(join(folder, file), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    }).outputText;
    const exports = {};
    runInNewContext(code, {
      exports,
      __dirname: folder,
      require: (name: string) =>
        name === './contract'
          ? load('contract.ts')
          : name === 'cdk8s-shared-memory'
            ? library
            : own(name),
    });
    return exports;
  };
  const before = process.env.CDK8S_OUTDIR;
  process.env.CDK8S_OUTDIR = dist;
  try {
    load('main.ts');
  } finally {
    if (before === undefined) {
      delete process.env.CDK8S_OUTDIR;
    } else {
      process.env.CDK8S_OUTDIR = before;
    }
  }
  return dist;
}
