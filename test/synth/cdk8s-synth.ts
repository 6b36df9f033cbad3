import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { filesBelow, manifestsBelow } from './random-app';

const REPO = path.resolve(__dirname, '..', '..');
const bin = (name: string) => path.join(REPO, 'node_modules', '.bin', name);

/** Returns a module of this repository, as `import` names it in a program that is elsewhere. */
export const from = (module: string) => JSON.stringify(path.join(REPO, ...module.split('/')));

/**
 * Runs `cdk8s synth` for the program `main.ts`, in a folder of its own: it deletes its output
 * folder.
 */
export function cdk8sSynth(files: Record<string, string>, ...options: string[]) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shm-cli-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      fs.writeFileSync(path.join(folder, name), content);
    }
    const app = `${bin('tsx')} --tsconfig ${path.join(REPO, 'examples', 'tsconfig.json')} main.ts`;
    const { CDK8S_OUTDIR, CDK8S_RECORD_CONSTRUCT_METADATA, ...env } = process.env;
    const run = spawnSync(bin('cdk8s'), ['synth', '--no-check-upgrade', '--app', app, ...options], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return {
      status: run.status,
      stdout: run.stdout,
      stderr: run.stderr,
      dist: manifestsBelow(path.join(folder, 'dist')),
      all: Object.keys(filesBelow(path.join(folder, 'dist'))).sort(),
    };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Runs the program `main.ts` alone, as often as there are versions of it; returns its last run. */
export function aloneInTurn(...versions: Record<string, string>[]) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shm-alone-'));
  try {
    const { CDK8S_OUTDIR, JEST_WORKER_ID, ...env } = process.env;
    const runs = versions.map(files => {
      for (const [name, content] of Object.entries(files)) {
        fs.writeFileSync(path.join(folder, name), content);
      }
      const config = path.join(REPO, 'examples', 'tsconfig.json');
      return spawnSync(bin('tsx'), ['--tsconfig', config, 'main.ts'], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
    });
    const { status, stderr } = runs[runs.length - 1];
    return { status, stderr };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
