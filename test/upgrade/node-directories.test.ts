import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Yaml } from 'cdk8s';
import { renderExample } from '../../scripts/examples';
import { FIRST_RELEASE } from '../../scripts/upgrade';
import { getOrCreate } from '../../src/kube/group';
import { dir, log, mode, node, program, run, standIns } from '../model/agent/init-stand-ins';
import { type Rendered } from '../yaml';

/*
 * A node on which the agents of the first release have made their directories, and what the init
 * steps of this release do there. Both are the scripts of the YAML, with the variables of the YAML.
 */

/** Apps whose agents have a directory on nodes: what clients mount, and its owner and mode. */
const APPS: [app: string, contract: string, memory: string, owner: string, mode: string][] = [
  ['descriptors', 'descriptors.cache', 'v1/data', '10004:2004', '2750'],
  ['existing-workloads', 'existing-workloads.routes', 'v1/table', '10001:2000', '2750'],
  ['gray-release/1-agents', 'gray-release.routes', 'v1/table', '10001:2000', '2750'],
  ['gray-release/3-next-agent', 'gray-release.routes', 'v1/table', '10001:2000', '2750'],
  ['node-agents', 'node-agents.routes', 'v1/table', '10001:2000', '2750'],
  ['policy', 'policy.risk', 'v1/scores', '10008:2008', '2750'],
  ['restricted-clients', 'restricted-clients.flags', 'v1/table', '10005:2005', '2750'],
  ['sized-tmpfs', 'sized-tmpfs.spans', 'v1/ring/shared', '10003:2003', '2770'],
  ['two-repos', 'two-repos.prices', 'v1/book', '10007:2007', '2750'],
  ['vendor-agent', 'vendor-agent.mesh', 'v1/routes', '10006:2006', '2750'],
];

const OUT = mkdtempSync(join(tmpdir(), 'upgraded-nodes-'));
afterAll(() => rmSync(OUT, { recursive: true }));

standIns();
/**
 * Lets mount(8) write into the table of mounts, with noexec if it is asked for; each tmpfs has 32
 * MiB, of which little is used.
 */
beforeEach(() => {
  program(
    'mount',
    `case "$*" in *,noexec,*) options=rw,noexec ;; *) options=rw ;; esac
for last; do :; done; echo "cdk8s-shared-memory $last tmpfs $options 0 0" >> ${dir}/mounts`,
  );
  program('df', "printf 'Filesystem 1024-blocks Used Available\\ntmpfs 32768 4 32764\\n'");
});

const known = new Map<string, Rendered[]>();
const objectsIn = (folder: string): Rendered[] =>
  getOrCreate(known, folder, () =>
    readdirSync(folder)
      .filter(name => name.endsWith('.yaml'))
      .flatMap(name => Yaml.load(join(folder, name)) as Rendered[]),
  );

/** The objects of an app as the first release rendered them. */
const before = (app: string) => objectsIn(join(FIRST_RELEASE, 'dist', app));

/** The objects of the same app as this release renders them. */
function now(app: string): Rendered[] {
  const [name] = app.split('/');
  if (!existsSync(join(OUT, name))) {
    renderExample(name, join(OUT, name), join(FIRST_RELEASE, 'examples'));
  }
  return objectsIn(join(OUT, app));
}

/** Runs the steps of an app's agents that work in directories. Returns what they print. */
function steps(objects: Rendered[]): string {
  const containers = objects
    .filter(({ kind }) => kind === 'DaemonSet')
    .flatMap(({ spec }) => spec.template.spec.initContainers ?? [])
    .filter(({ name }) => /^(prepare|mount|measure)-/.test(name));
  expect(containers.length).toBeGreaterThan(1);
  return containers
    .map(({ command, env }) => {
      // a variable without a value is empty
      const variables = env.map(({ name, value = '' }: Rendered) => [name, value]);
      const { status, stdout, stderr } = run(command[2], Object.fromEntries(variables));
      return `${status === 0 ? '' : `status ${status}\n`}${stdout}${stderr}`;
    })
    .join('');
}

const ownerOf = (path: string) => {
  const file = join(dir, `owner-of-${basename(path)}`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '0:0';
};

/**
 * What is below a directory of the node: each path, its owner and group, and its mode. Left out is
 * the name of the last pod, which the first release does not write.
 */
function tree(below = ''): string[] {
  return readdirSync(join(node, below))
    .sort()
    .filter(name => name !== '.pod')
    .flatMap(name => {
      const path = join(below, name);
      const own = `${path} ${ownerOf(path)} ${mode(join(node, path))}`;
      return [own, ...(statSync(join(node, path)).isDirectory() ? tree(path) : [])];
    });
}

/** What an agent has on a node: its marker, and its directories, whose parents are root's. */
const layout = (memory: string, owner: string, bits: string) => [
  '.owner 0:0 644',
  'v1 0:0 755',
  ...(memory.endsWith('/shared') ? ['v1/ring 0:0 700'] : []), // the mountpoint of a tmpfs
  `${memory} ${owner} ${bits}`,
];

describe.each(APPS)('%s', (app, contract, memory, owner, bits) => {
  const file = () => join(node, memory, 'table.bin');
  const agents = () => {
    expect(steps(before(app))).toBe('');
    writeFileSync(file(), 'what the agent has written');
    chmodSync(file(), 0o640);
    rmSync(join(dir, 'log'));
  };
  const isThere = () => expect(readFileSync(file(), 'utf8')).toBe('what the agent has written');

  test('this release makes what the first one made', () => {
    expect(steps(now(app))).toBe('');
    expect(tree()).toEqual(layout(memory, owner, bits));
  });

  test('what the first release made stays as it is, with its files, also after going back', () => {
    agents();
    const made = tree();
    expect(made.filter(line => !line.includes('table.bin'))).toEqual(layout(memory, owner, bits));
    for (const release of [now, before]) {
      expect(steps(release(app))).toBe('');
      expect([tree(), log()]).toEqual([made, []]);
      isThere();
    }
  });

  test('a directory with another owner or mode is repaired, and its files stay', () => {
    agents();
    const made = tree();
    chmodSync(join(node, memory), 0o700);
    writeFileSync(join(dir, `owner-of-${basename(memory)}`), '10001:0\n');
    const directory = directoryOf(now(app));
    expect(steps(now(app))).toBe(
      `${directory}/${memory} was 10001:0:700, must be ${owner}:${bits}: repaired\n`,
    );
    expect(tree()).toEqual(made);
    expect(log()).toEqual(['chown 0:0', `chmod ${bits}`, `chown ${owner}`]);
    isThere();
  });

  test('clients of the first release find it, in a group that may open it', () => {
    const directory = directoryOf(now(app));
    const volumes = before(app).flatMap(({ kind, spec }) =>
      kind === 'PersistentVolume' ? [spec.local.path] : [],
    );
    expect(volumes.length).toBeGreaterThan(0);
    expect(new Set(volumes)).toEqual(new Set([`${directory}/${memory}`]));
    const [client] = Yaml.load(
      join(FIRST_RELEASE, 'contracts', contract, 'client.yaml'),
    ) as Rendered[];
    const groups = client.spec.template.spec.securityContext.supplementalGroups;
    expect(groups).toEqual([Number(owner.split(':')[1])]);
  });
});

/** The directory of a contract, which the agents of an app mount. */
function directoryOf(objects: Rendered[]): string {
  const volumes = objects
    .filter(({ kind }) => kind === 'DaemonSet')
    .flatMap(({ spec }) => spec.template.spec.volumes ?? []);
  return volumes.find(({ hostPath }) => hostPath?.type === 'DirectoryOrCreate').hostPath.path;
}
