import * as fs from 'fs';
import * as path from 'path';
import type { App } from 'cdk8s';
import { type FileTree, writeFiles } from './files';
import { InputError, type Problem, show } from '../errors';

/** What apps of this process have written, by folder: also those of another copy of the library. */
const KEY = Symbol.for('cdk8s-shared-memory.written');
const registry = globalThis as { [KEY]?: Map<string, { readonly app: WeakRef<App>; readonly files: readonly string[] }> };

/** Writes what an app consists of, or says why it cannot be written; and says what else is in the folder, of which its reports know nothing. */
export function writeApp(app: App, tree: FileTree): void {
  const { outdir } = app;
  const fail = (problem: Omit<Problem, 'code' | 'field'>, code: Problem['code'] = 'SHM024') => new InputError('app', { code, field: 'outdir', ...problem });
  const fromCli = process.env.CDK8S_OUTDIR;
  if (fromCli !== undefined && !isWithin(outdir, fromCli)) {
    throw fail({
      given: show(outdir),
      allowed: `${show(fromCli)}, where cdk8s synth looks for manifests (CDK8S_OUTDIR), or a folder in it`,
      fix: 'leave outdir out of the app, and write output: into cdk8s.yaml, or run the app without cdk8s synth',
    });
  }
  const written = registry[KEY] ??= new Map();
  const earlier = written.get(path.resolve(outdir));
  const isOther = earlier !== undefined && earlier.app.deref() !== app;
  const lost = isOther ? earlier.files.find((file: string) => !tree.files.has(file) && fs.existsSync(file)) : undefined;
  if (lost !== undefined) {
    throw fail({
      given: `${show(outdir)}, to which another app of this process wrote ${lost}`,
      allowed: 'one app for a folder: the reports of the second would replace those of the first',
      fix: 'give each app an outdir of its own, or make one app of both',
    }, 'SHM022');
  }
  try {
    writeFiles(tree);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) { throw error; }
    throw fail({ given: `${show(outdir)}: ${message}`, allowed: 'a folder that can be written', fix: FIXES[code] ?? 'look at the folder; what an earlier run wrote is still there' });
  }
  written.set(path.resolve(outdir), { app: new WeakRef(app), files: [...tree.files.keys()] });
  for (const stranger of strangers(app, tree)) {
    process.stderr.write(`cdk8s-shared-memory: ${stranger} is not of this app, and REVIEW.md does not speak of it: delete it if its chart is gone\n`);
  }
}

const FIXES: Record<string, string> = {
  ENOTDIR: 'there is a file of that name: remove it, or write to another folder',
  EEXIST: 'there is a file of that name: remove it, or write to another folder',
  EISDIR: 'there is a folder of that name: remove it, or write to another folder',
  EACCES: 'make it writable, or write to another folder',
  EPERM: 'make it writable, or write to another folder',
  EROFS: 'write to a folder that is not on a read-only file system',
  ENOSPC: 'free some space; what an earlier run wrote is still there',
  EDQUOT: 'free some space; what an earlier run wrote is still there',
};

function isWithin(folder: string, around: string): boolean {
  const inner = path.relative(path.resolve(around), path.resolve(folder));
  return inner === '' || !(inner.startsWith('..') || path.isAbsolute(inner));
}

/** Manifests in the folders of an app that it did not write: of charts that are gone, or of another app. */
function strangers({ outputFileExtension }: App, tree: FileTree): string[] {
  return tree.folders.flatMap(folder => fs.readdirSync(folder).map(name => path.join(folder, name)))
    .filter(file => file.endsWith(outputFileExtension) && !tree.files.has(file) && fs.statSync(file).isFile());
}
