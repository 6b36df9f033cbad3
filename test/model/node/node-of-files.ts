import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { preflightScript } from '../../../src/model/node/preflight-script';

/*
 * The checks run here under the system's own sh, on a node that is made of files: its /proc, its
 * /run, and what df, stat, du and uname say of them. Each test plants one defect into a node that
 * has none. That they find the same on a real node is what e2e/node-tasks.ts shows.
 */
export let dir: string;

export function nodeOfFiles(): void {
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'preflight-'));
    plant({
      'proc/meminfo':
        'MemTotal:       16000000 kB\nMemFree:         100000 kB\nMemAvailable:    8000000 kB\n',
      'proc/mounts': '',
      'proc/sys/fs/protected_regular': '0\n',
      'proc/sys/kernel/shmmax': '18446744073692774399\n',
      'proc/sys/kernel/shmall': '18446744073692774399\n',
      'proc/sys/kernel/shmmni': '4096\n',
      'proc/sys/kernel/msgmni': '32000\n',
      'proc/sys/kernel/msgmax': '8192\n',
      'proc/sys/kernel/msgmnb': '16384\n',
      'proc/sysvipc/shm': '       key      shmid perms                  size\n',
      'proc/sysvipc/msg': '       key      msqid perms\n',
      'proc/self/attr/current': 'unconfined\n',
      'node/run/systemd/system/.keep': '',
      'node/etc/systemd/logind.conf': '[Login]\n#RemoveIPC=yes\nRemoveIPC=no\n',
      'node/sys/fs/.keep': '',
      'node/dev/shm/.keep': '',
      'answers/kernel': '6.1.0-18-amd64',
      'answers/filesystem': 'tmpfs',
      'answers/df-run': 'tmpfs 1000000 1000 999000 1% /run',
      'answers/df-shm': 'tmpfs 500000 0 500000 0% /dev/shm',
      'answers/stat': '0:0:755',
      'answers/du': '12',
    });
    program('uname', `cat ${dir}/answers/kernel`);
    program(
      'stat',
      `case $1 in -f) cat ${dir}/answers/filesystem ;; *) case $2 in %u*) cat ${dir}/answers/stat ;; *) echo "directory of 7:7 with mode 755" ;; esac ;; esac`,
    );
    program(
      'df',
      `echo "Filesystem 1024-blocks Used Available Capacity Mounted on"; case $2 in *dev/shm) cat ${dir}/answers/df-shm ;; *) cat ${dir}/answers/df-run ;; esac`,
    );
    program('du', `du=$(cat ${dir}/answers/du); [ -n "$du" ] || exit 1; echo "$du	$2"`);
  });
  afterEach(() => rmSync(dir, { recursive: true }));
}

export function plant(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}
function program(name: string, text: string) {
  plant({ [`bin/${name}`]: `#!/bin/sh\n${text}\n` });
  chmodSync(join(dir, 'bin', name), 0o755);
}
export function run(script: string, env: Record<string, string>) {
  const local = script
    .replaceAll('/node/', `${dir}/node/`)
    .replaceAll('/proc/', `${dir}/proc/`)
    .replaceAll('/sys/kernel/mm/', `${dir}/sys/kernel/mm/`)
    .replaceAll('/dev/termination-log', `${dir}/verdict`);
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', local], {
    env: { PATH: `${dir}/bin:${process.env.PATH}`, NODE: 'n1', ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
  return {
    status,
    stderr,
    log: stdout.trim().replaceAll(`${dir}/`, '/').split('\n'),
    verdict: readFileSync(join(dir, 'verdict'), 'utf8').trim().split('\n'),
  };
}
export const PREFLIGHT = preflightScript({ hugePages: false, seLinux: false });
export const DIRECTORY = {
  BUDGET: '65536',
  RUN: '65536',
  CONTRACTS: 'ns.routes v1 ns/routes',
  MEMORIES: 'ns.routes/v1/table directory 65536',
};
export const TMPFS = { ...DIRECTORY, RUN: '0', MEMORIES: 'ns.routes/v1/table tmpfs 65536' };
export const DEV_SHM = { BUDGET: '8192', DEV_SHM: '8192', USERS: '10001' };
export const SYSTEM_V = { BUDGET: '65536', SEGMENTS: '2 40960 65536', USERS: '10001' };
export const LEAF = 'node/run/cdk8s-shared-memory/ns.routes/v1/table';
export const OWNER = 'node/run/cdk8s-shared-memory/ns.routes/.owner';
