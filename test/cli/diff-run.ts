import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runMain } from './run-main';

const here = process.cwd();
/** git as in any clone: the hooks of another one that run these tests must not lead it there. */
const GIT = Object.keys(process.env).filter(name => name.startsWith('GIT_'));
const saved = Object.fromEntries([...GIT, 'PATH'].map(name => [name, process.env[name]]));

/** The folder of the test that runs. */
export let folder: string;

/** Each test runs in a folder of its own, in which there is no git repository. */
export function diffFolder(): void {
  beforeEach(() => {
    for (const name of GIT) {
      delete process.env[name];
    }
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'diff-')));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(here);
    Object.assign(process.env, saved);
    rmSync(folder, { recursive: true });
  });
}

export function write(name: string, text: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

/** Runs git in the folder of the test, with no configuration of the machine. */
export const git = (...args: string[]) =>
  execFileSync('git', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });

export function commit(message: string): void {
  git('add', '-A');
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  git(...who, '-c', 'commit.gpgsign=false', 'commit', '-qm', message);
}

/** What the command writes and ends with. */
export const run = (...args: string[]) => runMain('diff', ...args);

export const verdict = async (...args: string[]) => {
  const { code, out, err } = await run(...args);
  return code === 2 ? err : out.split('\n')[0];
};

export const pod = (more = '', image = 'web:1') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}" }]${more} }
`;
export const RESTARTS = 'no privilege gained or lost; 1 workload restarts';
export const SAME = 'no difference';
/** What `diff` says to a word that is neither a path nor a revision. */
export const ALLOWED =
  'allowed: a file, a folder, or - for standard input, wherever they are; and REVISION:PATH or REVISION of the git repository of this folder\n';
