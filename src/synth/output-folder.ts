import * as fs from 'fs';
import * as path from 'path';
import type { App } from 'cdk8s';
import { writeFiles } from './write-files';
import { lostBy, remember } from './written-apps';
import { InputError, type Problem, show } from '../errors';

/** The files of an app that are written to disk. */
export interface AppFiles {
  readonly folders: readonly string[];
  /** Content by path. */
  readonly manifests: ReadonlyMap<string, string>;
  /** Content of the reports on the manifests, by path. */
  readonly reports: ReadonlyMap<string, string>;
}

/**
 * Writes the files of an app, or throws an error if it cannot. Then prints a warning for each other
 * manifest in the folder, which the reports do not include.
 */
export function writeApp(app: App, files: AppFiles): void {
  const { outdir } = app;
  const { folders, manifests, reports } = files;
  const fail = (
    problem: Omit<Problem, 'code' | 'field'>,
    code: Problem['code'] = 'SHM024',
    field = 'outdir',
  ) => new InputError('app', { code, field, ...problem });
  const fromCli = process.env.CDK8S_OUTDIR;
  if (fromCli !== undefined && !isWithin(outdir, fromCli)) {
    throw fail({
      given: show(outdir),
      allowed: `${show(fromCli)}, where cdk8s synth looks for manifests (CDK8S_OUTDIR), or a folder in it`,
      fix: 'leave outdir out of the app, and write output: into cdk8s.yaml, or run the app without cdk8s synth',
    });
  }
  const taken = sameName([...manifests.keys()], [...reports.keys()]);
  if (taken !== undefined) {
    throw fail(
      {
        given: `${show(app.outputFileExtension)}, by which a manifest is ${taken}`,
        allowed:
          'an ending by which no manifest has the name of a report, or of what `cdk8s synth` asks for: one would replace the other',
        fix: 'leave outputFileExtension out, or give the chart another id',
      },
      'SHM022',
      'outputFileExtension',
    );
  }
  const lost = lostBy(app, manifests);
  if (lost !== undefined) {
    throw fail(
      {
        given: `${show(outdir)}, to which another app of this process wrote ${lost}`,
        allowed:
          'one app for a folder: manifests and reports of the second would replace those of the first',
        fix: 'give each app an outdir of its own, or make one app of both',
      },
      'SHM022',
    );
  }
  try {
    writeFiles({ folders, files: new Map([...manifests, ...reports]) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) {
      throw error;
    }
    throw fail({
      given: `${show(outdir)}: ${message}`,
      allowed: 'a folder that can be written',
      fix: FIXES[code] ?? 'look at the folder; what an earlier run wrote is still there',
    });
  }
  remember(app, manifests);
  for (const stranger of strangers(app, files)) {
    process.stderr.write(
      `cdk8s-shared-memory: ${stranger} is not of this app, and REVIEW.md does not speak of it: delete it if its chart is gone\n`,
    );
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
  return !(inner === '..' || inner.startsWith(`..${path.sep}`) || path.isAbsolute(inner));
}

/** Returns a path that is in both lists. Ignores case, because some file systems do. */
function sameName(paths: readonly string[], others: readonly string[]): string | undefined {
  const known = new Set(others.map(other => other.toLowerCase()));
  return paths.find(each => known.has(each.toLowerCase()));
}

/**
 * Returns the manifests in the folders of an app that this app did not write, for example those of
 * a removed chart or of another app.
 */
function strangers(
  { outputFileExtension }: App,
  { folders, manifests, reports }: AppFiles,
): string[] {
  return folders
    .flatMap(folder => fs.readdirSync(folder).map(name => path.join(folder, name)))
    .filter(
      file =>
        file.endsWith(outputFileExtension) &&
        !manifests.has(file) &&
        !reports.has(file) &&
        fs.statSync(file).isFile(),
    );
}
