import { changesOf, diffOf, mark, workload } from './sets';
import { text } from '../../src/report/diff/diff-text';

const agent = (memory: object, more: object = {}, name = 'agent', pod = '') =>
  workload('DaemonSet', {
    name,
    namespace: 'agents',
    annotations: mark('agent', memory, more),
    pod,
  });
const V1 = agent({});
const V2 = agent({}, { version: 'v2' });
const ROOT = '/run/cdk8s-shared-memory/agents.routes';

const left = (before: string, after: string) =>
  changesOf(before, after).memory.left.map(({ version, memories, directories }) => [
    version,
    memories.map(({ name, backing }) => `${name} ${backing}`),
    directories,
  ]);

test('the memory of an old version stays, with its size and its nodes', () => {
  const pool = "nodeSelector: { pool: 'a' }";
  expect(
    changesOf(agent({}, {}, 'agent', pool), agent({}, { version: 'v2' }, 'agent', pool)).memory
      .left,
  ).toEqual([
    {
      ...{ namespace: 'agents', contract: 'routes', version: 'v1' },
      place: { kind: 'nodesWith', labels: ['pool=a'] },
      memories: [{ name: 'table', backing: 'directory', size: 256n * 1024n * 1024n }],
      directories: [`${ROOT}/v1`],
    },
  ]);
});

test.each<[string, string, string, unknown[][]]>([
  ['of a contract that is gone', V1, '', [['v1', ['table directory'], [ROOT]]]],
  [
    'of both versions of a contract that is gone',
    V1 + agent({ backing: 'tmpfs' }, { version: 'v2' }, 'next'),
    '',
    [
      ['v1', ['table directory'], [ROOT]],
      ['v2', ['table tmpfs'], [ROOT]],
    ],
  ],
  [
    'of a memory that leaves a version',
    agent({}) + agent({ name: 'ring', backing: 'tmpfs' }, {}, 'other'),
    V1,
    [['v1', ['ring tmpfs'], [`${ROOT}/v1/ring`]]],
  ],
  [
    'in huge pages, whose directory has another name',
    agent({ hugePages: '2Mi', backing: 'hugetlbfs' }, { apiVersion: 'cdk8s-shared-memory/v2' }),
    V1,
    [['v1', ['table hugetlbfs'], [`${ROOT}/v1/table.hugepages-2Mi`]]],
  ],
  [
    'without a directory',
    agent({ api: 'systemV', backing: 'hostIpc', mountPath: undefined }),
    '',
    [['v1', ['table hostIpc'], []]],
  ],
  [
    'of a contract of another name, which is not the same directory',
    V1,
    V1.replace('contract.routes', 'contract.routes-next'),
    [['v1', ['table directory'], [ROOT]]],
  ],
])('what stays: %s', (_, before, after, expected) => {
  expect(left(before, after)).toEqual(expected);
});

test.each<[string, string, string]>([
  ['the same version', V1, agent({ size: '512Mi' })],
  ['a version that another agent still has', V1, V1.replace('name: agent', 'name: old') + V2],
  [
    'System V memory of another version, which can have the same keys',
    agent({ api: 'systemV', backing: 'hostIpc', mountPath: undefined }),
    agent({ api: 'systemV', backing: 'hostIpc', mountPath: undefined }, { version: 'v2' }),
  ],
  ['objects in /dev/shm of another version', ...devShm()],
  ['a directory that somebody else makes', existing(), ''],
  ['a socket', agent({ api: 'descriptors', mountPath: '/run/routes' }), V2],
  ['the memory of clients, whose agent is elsewhere', client(), ''],
  ['memory in pods', workload('Deployment', { annotations: mark('sidecar') }), ''],
])('fails to stay: %s', (_, before, after) => {
  expect(left(before, after)).toEqual([]);
});

function devShm(): [string, string] {
  const on = (version: string) => agent({ api: 'posix', backing: 'devShm' }, { version });
  return [on('v1'), on('v2')];
}

function existing(): string {
  return agent(
    { backing: 'existing', path: '/run/vendor', contains: 'files' },
    { apiVersion: 'cdk8s-shared-memory/v2' },
  );
}

function client(): string {
  return workload('Deployment', { annotations: mark('client') });
}

test('in words: what it is, where, until when, and the commands that remove it', () => {
  const tmpfs = agent({ backing: 'tmpfs' }, {}, 'agent', 'nodeSelector: { pool: a }');
  const shown = text(diffOf(tmpfs, V2), words => words);
  expect(shown).toContain(`
    stays on nodes pool=a until somebody removes it or the node restarts, charged to no pod: contract agents/routes v1, memory table (a tmpfs, 256Mi)
      when no pod uses it any more, remove it there as root ("Clean removal" in docs/operations.md of the package):
      at=${ROOT}/v1
      mounts=$(awk -v at="$at/" 'index($2 "/", at) == 1 { print $2 }' /proc/mounts) && echo "$mounts" | sort -r | xargs -r umount && { [ ! -e "$at" ] || find "$at" -xdev -delete; }
`);
});

test('in words: segments, and objects in /dev/shm', () => {
  const systemV = agent({ api: 'systemV', backing: 'hostIpc', mountPath: undefined });
  expect(text(diffOf(systemV, ''), words => words)).toContain(`
    stays on all nodes until somebody removes it or the node restarts, charged to no pod: contract agents/routes v1, memory table (System V segments, 256Mi)
      when no pod uses it any more, remove it there as root ("Clean removal" in docs/operations.md of the package):
      ipcs -m   # the segments of the agent's user
      ipcrm -m ID
`);
  expect(text(diffOf(devShm()[0], ''), words => words))
    .toContain(`memory table (objects in /dev/shm, 256Mi)
      when no pod uses it any more, remove it there as root ("Clean removal" in docs/operations.md of the package):
      ls -l /dev/shm # the objects of the agent's user
      grep -l /dev/shm/OBJECT /proc/[0-9]*/maps   # prints nothing if no process has it mapped
      rm /dev/shm/OBJECT
`);
});
