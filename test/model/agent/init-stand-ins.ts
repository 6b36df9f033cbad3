import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PREPARE } from '../../../src/model/agent/init-scripts';

/*
 * The init steps run here under the system's own sh, as whoever runs the tests. What needs root or
 * a tmpfs is stood in for by small programs that come first on PATH: chown writes down whom it was
 * told, stat reads that back. That they work as root without capabilities on a real node is what
 * e2e shows.
 */
export let dir: string;
let bin: string;
export let node: string;

export function standIns(): void {
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'scripts-'));
    bin = join(dir, 'bin');
    node = join(dir, 'node');
    mkdirSync(bin);
    mkdirSync(node, { mode: 0o755 });
    program(
      'chown',
      `for last; do :; done; [ "$1" = -h ] && shift; echo "$1" > "${dir}/owner-of-$(basename "$last" | sed "s/^\\.new-//")"; echo "chown $1" >> ${dir}/log`,
    );
    program('chmod', `echo "chmod $1" >> ${dir}/log; ${which('chmod')} "$@"`);
    program(
      'stat',
      [
        '[ "$1" = -f ] && { cat ' + dir + '/fs; exit; }',
        'for last; do :; done',
        `owner=$(cat "${dir}/owner-of-$(basename "$last")" 2>/dev/null || echo 0:0)`,
        `case $2 in %u:%g:%a) echo "$owner:$(${which('stat')} -c %a "$last")" ;; *) echo "something of $owner" ;; esac`,
      ].join('\n'),
    );
    writeFileSync(join(dir, 'fs'), 'tmpfs\n');
    writeFileSync(join(dir, 'mounts'), `tmpfs ${node} tmpfs rw 0 0\n`);
  });
  afterEach(() => rmSync(dir, { recursive: true }));
}

const which = (name: string) =>
  execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
export const program = (name: string, text: string) => {
  writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
};
export const mode = (path: string) => (statSync(path).mode % 0o10000).toString(8);

export function run(
  script: string,
  env: Record<string, string>,
  timeout = 10_000,
  user: { uid?: number; gid?: number } = {},
) {
  const local = script
    .replaceAll('/node\n', `${node}\n`)
    .replaceAll('/node/', `${node}/`)
    .replaceAll('/memory/', `${node}/v1/`)
    .replaceAll('/proc/sysvipc/shm', `${dir}/shm`)
    .replaceAll('/proc/filesystems', `${dir}/filesystems`)
    .replaceAll('/proc/self/attr/current', `${dir}/label`)
    .replaceAll('/proc/mounts', `${dir}/mounts`);
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', local], {
    env: { PATH: `${bin}:${process.env.PATH}`, ...env },
    encoding: 'utf8',
    timeout,
    ...user,
  });
  return { status, stdout, stderr };
}
const ENV = {
  DIRECTORY: '/run/x',
  AGENT: 'ns/agent',
  POD: '0a1b2c3d-1111-2222-3333-444455556666',
  VERSION: 'v1',
  MEMORIES: 'table:2750 ring:2750',
  OWNER: '10001:2000',
};
export const prepare = (env = {}) => run(PREPARE, { ...ENV, ...env });
export const log = () =>
  existsSync(join(dir, 'log')) ? readFileSync(join(dir, 'log'), 'utf8').trim().split('\n') : [];
