import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  AgentContract,
  Backing,
  ClientUser,
  ClientVolume,
  NodeContent,
  NodeAgent,
  NodeMemory,
  Payer,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
} from '../../src';
import { PREPARE } from '../../src/model/agent/init-scripts';
import { CONTRACT_SCHEMA, CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { page, section } from '../report/review/review-examples';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const size = Size.mebibytes(64);
const table = (sticky?: boolean, backing = Backing.directory()) =>
  SharedMemory.files({ name: 'table', size, mountPath: '/run/routes', backing, sticky });
const written = (props: Partial<AgentContractProps> = {}) =>
  contract({ memory: [table(true)], clients: Access.READ_WRITE, ...props });
const MARK = 'cdk8s-shared-memory/contract.routes';

function both(of: AgentContract): [agent: Rendered, client: Rendered] {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
  of.attachTo(deployment(c), { access: Access.READ_WRITE });
  return [rendered(c, 'DaemonSet')[0], rendered(c, 'Deployment')[0]];
}
const memoriesOf = ([{ spec }]: [Rendered, Rendered]) =>
  spec.template.spec.initContainers
    .flatMap((step: Rendered) => step.env)
    .filter(({ name }: Rendered) => name === 'MEMORIES')
    .map(({ value }: Rendered) => value);

test('the init step makes the directory with the sticky bit, by either technique', () => {
  expect(memoriesOf(both(written()))).toEqual(['table:3770', 'table:65536']);
  expect(memoriesOf(both(written({ memory: [table(true, Backing.tmpfs())] })))).toEqual([
    undefined,
    'table:3770:65536',
  ]);
  const ring = SharedMemory.posix({ name: 'ring', size, sticky: true });
  expect(memoriesOf(both(written({ memory: [table(), ring] })))).toEqual([
    'table:2770',
    'ring:3770:65536',
    'table:65536',
  ]);
});

test('without it, contract and mark stay of the first version', () => {
  for (const sticky of [undefined, false]) {
    const of = written({ memory: [table(sticky)] });
    expect(of.toJson()).toContain('"apiVersion": "cdk8s-shared-memory/v1"');
    expect(both(of)[0].metadata.annotations[MARK]).not.toContain('sticky');
  }
});

test('the contract is of the second version and read back, and the schemas agree', () => {
  const json = JSON.parse(written().toJson());
  const [first, second] = [CONTRACT_SCHEMA, CONTRACT_SCHEMA_2].map(schema =>
    new Ajv({ strict: false }).compile(schema),
  );
  expect([json.apiVersion, json.memory[0].sticky, first(json), second(json)]).toEqual([
    'cdk8s-shared-memory/v2',
    true,
    false,
    true,
  ]);
  expect(second({ ...json, clients: 'readOnly' })).toBe(false);
  expect(second({ ...json, clientUser: 'owner' })).toBe(false);
  expect(second({ ...json, memory: [{ ...json.memory[0], backing: 'devShm' }] })).toBe(false);
  expect(AgentContract.fromJson(written().toJson()).toJson()).toBe(written().toJson());
});

test('both marks say it, and so does REVIEW.md', () => {
  const objects = both(written());
  for (const { metadata } of objects) {
    expect(JSON.parse(metadata.annotations[MARK])).toMatchObject({
      apiVersion: 'cdk8s-shared-memory/v2',
      memory: [{ name: 'table', sticky: true, backing: 'directory' }],
    });
  }
  const text = page(objects.map(each => JSON.stringify(each)).join('\n---\n'));
  expect(section(text, 'What is shared with whom')).toContain(
    '| read and **write**; in `table` remove only its own objects |',
  );
});

test('a contract that becomes sticky breaks clients that remove what others made', () => {
  const [is, was] = [written(), written({ memory: [table()] })];
  const [change] = is.compatibleWith(was).changes;
  expect([change.field, change.from, change.to, change.breaks, change.mustFollow]).toEqual([
    'memory table sticky',
    'false',
    'true',
    true,
    ['agent'],
  ]);
  expect(was.compatibleWith(is).changes).toMatchObject([{ breaks: false, mustFollow: ['agent'] }]);
});

test.each<[string, Partial<AgentContractProps>, RegExp]>([
  [
    'clients that only read',
    { clients: Access.READ_ONLY },
    /given true; allowed .* clients that only read cannot remove anything/,
  ],
  [
    'clients as the owner',
    { clientUser: ClientUser.owner() },
    /the owner of the directory may remove everything/,
  ],
  [
    "the node's /dev/shm",
    {
      memory: [SharedMemory.posix({ name: 'ring', size, backing: Backing.devShm(), sticky: true })],
    },
    /\/dev\/shm is sticky on every node/,
  ],
  [
    'a directory of somebody else',
    {
      memory: [table(true, Backing.existing('/run/vendor', { contains: NodeContent.FILES }))],
      clientVolume: ClientVolume.hostPath(),
      readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }),
    },
    /true only with Backing\.directory\(\) or \.tmpfs\(\)/,
  ],
])('fails with %s', (_, props, message) => {
  expect(messageOf(() => written(props))).toMatch(message);
});

test('fails with what is no boolean', () => {
  expect(messageOf(() => table('yes' as never))).toMatch(
    /SHM007 \[SharedMemory\.files\(\)\] sticky: given "yes"; allowed true or false/,
  );
});

test.each(['systemV', 'descriptors'])('fails with %s in the JSON', api => {
  const json = JSON.parse(written().toJson());
  const memory = [{ ...json.memory[0], api, mountPath: api === 'systemV' ? undefined : '/run/x' }];
  expect(messageOf(() => AgentContract.fromJson(JSON.stringify({ ...json, memory })))).toMatch(
    new RegExp(`SHM007 .*sticky of memory table: given true; allowed .* and not for ${api}`),
  );
});

test('fails with peers, and in a pod', () => {
  const peers = written({ chargedTo: Payer.CLIENT });
  expect(
    messageOf(() => new NodeMemory(chart(), 'memory', { contract: peers, toolImage: TOOLS })),
  ).toMatch(/SHM007 .*whose memory table is sticky; allowed .*open each other's with O_CREAT/);
  const startup = kplus.Probe.fromCommand(['true']);
  expect(
    messageOf(() => new SidecarAgent({ contract: written(), containers: [{ ...AGENT, startup }] })),
  ).toMatch(/SHM007 .*whose memory table is sticky; allowed .*kubelet makes the directory/);
});

const canChangeUsers = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;

(canChangeUsers ? describe : describe.skip)('the real script, as root with CHOWN alone', () => {
  let node: string;
  beforeEach(() => {
    const dir = mkdtempSync('/dev/shm/sticky-');
    chmodSync(dir, 0o755);
    node = join(dir, 'node');
    mkdirSync(node, { mode: 0o755 });
  });
  afterEach(() => rmSync(join(node, '..'), { recursive: true }));

  const leaf = () => join(node, 'v1/table');
  const mode = () => (statSync(leaf()).mode % 0o10000).toString(8);
  const prepare = (bits: string) =>
    spawnSync(
      'setpriv',
      [
        '--bounding-set=-all,+chown',
        '--no-new-privs',
        ...['sh', '-euc', PREPARE.replaceAll('/node', node)],
      ],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          DIRECTORY: '/run/x',
          AGENT: 'ns/agent',
          POD: '0a1b2c3d-1111-2222-3333-444455556666',
          VERSION: 'v1',
          MEMORIES: `table:${bits}`,
          OWNER: '10001:2000',
        },
      },
    );
  const as = (uid: number, command: string) =>
    spawnSync(
      'setpriv',
      [
        ...[`--reuid=${uid}`, `--regid=${uid}`, '--groups=2000'],
        ...['--bounding-set=-all', '--no-new-privs', 'sh', '-c', `umask 007; ${command}`],
      ],
      { cwd: leaf(), encoding: 'utf8' },
    );

  test('clients write to what the agent made, and remove and rename only their own', () => {
    expect(prepare('3770')).toMatchObject({ status: 0, stderr: '' });
    expect(mode()).toBe('3770');
    expect(as(10001, 'echo agent > table.bin').status).toBe(0);
    expect(as(20001, 'echo client >> table.bin && cat table.bin')).toMatchObject({
      stdout: 'agent\nclient\n',
      stderr: '',
    });
    expect(as(20001, 'rm -f table.bin').stderr).toContain('Operation not permitted');
    expect(as(20001, 'mv table.bin other').stderr).toContain('Operation not permitted');
    expect(as(20001, 'echo own > own && mv own mine').status).toBe(0);
    expect(as(20002, 'rm -f mine').stderr).toContain('Operation not permitted');
    expect(as(20001, 'rm mine').status).toBe(0);
    expect(as(20002, 'echo own > theirs').status).toBe(0);
    expect(as(10001, 'rm -f theirs').status).toBe(0); // the agent owns the directory
    expect(existsSync(join(leaf(), 'table.bin'))).toBe(true);
  });

  test('repairs the mode of a directory that is there, in both directions', () => {
    prepare('2770');
    expect(mode()).toBe('2770');
    for (const [from, to] of [
      ['2770', '3770'],
      ['3770', '2770'],
    ]) {
      expect(prepare(to)).toMatchObject({
        status: 0,
        stdout: `/run/x/v1/table was 10001:2000:${from}, must be 10001:2000:${to}: repaired\n`,
      });
      expect(mode()).toBe(to);
    }
  });
});
