import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECK } from '../../../src/model/node/cleanup-check-script';

/*
 * A node of real processes, in kernel namespaces of its own: what it mounts, starts and attaches is
 * gone when it ends. Root makes it, because mounts and other users need root.
 */
const answers = (command: string, ...args: string[]) =>
  spawnSync(command, args, { encoding: 'utf8' });
/** Root, with the programs that the node is made with. */
export const hasNodes =
  process.getuid?.() === 0 &&
  answers('python3', '-c', '').status === 0 &&
  answers('setpriv', '--version').status === 0 &&
  answers('unshare', '--pid', '--fork', '--mount-proc', 'true').status === 0;
export const hasBusybox = answers('busybox', 'true').status === 0;

/** Which programs the script runs with. */
export type Tools = 'the system' | 'busybox';

export const POD = '0a1b2c3d-1111-2222-3333-444455556666';
const CAPABILITIES = '-all,+sys_ptrace,+dac_read_search';

let dir: string;
let python: string;
export function nodeOfProcesses(): void {
  beforeAll(() => {
    python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).trim();
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'node-'));
    chmodSync(dir, 0o755);
    for (const name of ['run', 'shm', 'node', 'node-shm', 'container', 'bin']) {
      mkdirSync(join(dir, name));
    }
    writeFileSync(join(dir, 'hold.py'), HOLD);
  });
  afterEach(() => rmSync(dir, { recursive: true }));
}

/** Has something, as a user, in one of several ways; says that it is so; and stays. */
const HOLD = `
import ctypes, os, sys, threading, time
user, how, path, ready = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
libc = ctypes.CDLL(None, use_errno=True)
def hold():
    if 'open' in how or 'map' in how:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.truncate(fd, 4096)
        if 'map' in how:
            libc.mmap.restype = ctypes.c_void_p
            assert libc.mmap(None, ctypes.c_size_t(4096), 3, 1, fd, ctypes.c_long(0)) != 2 ** 64 - 1
            os.close(fd)
    if 'delete' in how:
        os.unlink(path)
    if how == 'cwd':
        os.chdir(path)
    if how == 'attach':
        libc.shmat.restype = ctypes.c_void_p
        assert libc.shmat(libc.shmget(int(path), 4096, 0o1660), None, 0) != 2 ** 64 - 1
    if how == 'segment':
        assert libc.shmget(int(path), 4096, 0o1660) >= 0
    file = os.open(ready, os.O_CREAT)
    if how == 'root':
        os.chroot(path)
    os.setgroups([]); os.setgid(user); os.setuid(user)
    os.close(file)
    if how != 'segment':
        time.sleep(1000)
if how == 'thread map':
    threading.Thread(target=hold).start()
    libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)
hold()
`;

/** The node's contract: a directory, a tmpfs and an object in /dev/shm. */
const NODE = `
set -eu
rm -f $dir/ready.* $dir/there
mount -t tmpfs run $dir/run
mount -t tmpfs shm $dir/shm
of=$dir/run/cdk8s-shared-memory/ns.routes
mkdir -p $of/v1/table $of/v1/ring $dir/run/other
echo x > $of/v1/table/data; echo x > $dir/run/other/data; echo x > $dir/shm/routes; echo x > $dir/shm/other
chown 10001:2000 $of/v1/table; chmod 2750 $of/v1/table
mount -t tmpfs ring $of/v1/ring
mkdir $of/v1/ring/shared
count=0
hold() { # USER HOW PATH [MOUNT AT]: in the background; with a mount, in a mount namespace of its own
  count=$((count + 1))
  unshare_=''; [ -z "\${4:-}" ] || unshare_=unshare\\ --mount
  $unshare_ sh -c '[ -z "$4" ] || mount --bind "$4" "$5"; cd /; exec "$PYTHON" $dir/hold.py "$1" "$2" "$3" "$6"' sh "$1" "$2" "$3" "\${4:-}" "\${5:-}" $dir/ready.$count &
  holder=$!
  for i in $(seq 200); do [ ! -e $dir/ready.$count ] || return 0; sleep 0.02; done
  echo "$* is not ready"; exit 9
}
`;

/** The container of the check, in a mount namespace of its own. */
const CONTAINER = `
unshare --mount sh -c '
  mount --rbind $of $dir/node; mount --bind $dir/shm $dir/node-shm
  cd /; setpriv=$(command -v setpriv); PATH=$TOOLS exec $setpriv $PRIVILEGES sh -euc "$SCRIPT"
'
`;

export interface Node {
  /** What happens on the node before the check: a script, with `hold` and `$of`. */
  readonly setup?: string;
  readonly tools?: Tools;
  readonly env?: Record<string, string>;
  /** A program that is not there. */
  readonly without?: string;
  /** Options of setpriv. */
  readonly privileges?: string;
}

/** The programs of an image: those of the system that the check needs, or all of busybox. */
function toolsOf(tools: Tools): [string, string][] {
  const lines = (...command: [string, ...string[]]) =>
    execFileSync(command[0], command.slice(1), { encoding: 'utf8' }).trim().split('\n');
  const names =
    tools === 'busybox'
      ? lines('busybox', '--list').filter(name => name !== 'busybox')
      : 'awk cat find grep head readlink sed sh sort stat tr xargs'.split(' ');
  const programs = lines(
    'sh',
    '-c',
    'for name; do command -v "$name"; done',
    'sh',
    ...(tools === 'busybox' ? ['busybox'] : names),
  );
  return names.map((name, i) => [name, programs[tools === 'busybox' ? 0 : i]]);
}

/** Runs the check on such a node, and returns what it says. */
export function checkOn({ setup = '', tools = 'the system', env, privileges, without }: Node): {
  status: number | null;
  said: string[];
  stderr: string;
  /** In milliseconds. */
  took: number;
} {
  rmSync(join(dir, 'said'), { force: true });
  const links = toolsOf(tools).filter(([name]) => name !== without);
  rmSync(join(dir, 'bin'), { recursive: true });
  mkdirSync(join(dir, 'bin'));
  for (const [name, program] of links) {
    symlinkSync(program, join(dir, 'bin', name));
  }
  const script = CHECK.replaceAll('/node', `${dir}/node`).replaceAll(
    '/dev/termination-log',
    `${dir}/said`,
  );
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [
      ...['--pid', '--fork', '--mount-proc', '--ipc', 'sh', '-c'],
      `${NODE}${setup}\nbegin=$(date +%s%N)\n${CONTAINER.trim()} || failed=$?
      echo "took $((($(date +%s%N) - begin) / 1000000))"; exit \${failed:-0}`,
    ],
    {
      env: {
        PATH: process.env.PATH,
        PYTHON: python,
        SCRIPT: script,
        PRIVILEGES: privileges ?? `--no-new-privs --inh-caps -all --bounding-set ${CAPABILITIES}`,
        dir,
        of: '',
        NODE: 'n1',
        CONTRACT: 'ns.routes',
        TOOLS: join(dir, 'bin'),
        DIRECTORY: '/run/x',
        OBJECTS: 'routes sem.routes',
        ...env,
      },
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  const said = existsSync(join(dir, 'said')) ? readFileSync(join(dir, 'said'), 'utf8') : '';
  const [, log, took] = /^([^]*)took (\d+)\n$/.exec(stdout) ?? [undefined, stdout, 'NaN'];
  expect(log).toBe(said); // log and termination message are the same
  return {
    status,
    stderr,
    said: said
      .trim()
      .replaceAll(dir, '')
      .replace(/process \d+/g, 'process N')
      .replace(/python3[.\d]+/g, 'python3')
      .split('\n'),
    took: Number(took),
  };
}
