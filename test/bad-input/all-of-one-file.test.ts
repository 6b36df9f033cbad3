import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { given, messageOf } from './message';
import {
  Access,
  AgentContract,
  AgentNodes,
  Backing,
  ClientUser,
  ContractEnv,
  Payer,
  ReadyWhen,
  SharedMemory,
} from '../../src';
import { contract, TOOLS } from '../yaml';

const full = () =>
  contract({
    acknowledgements: [{ rule: 'SHM301', reason: 'reviewed' }],
    chargedTo: Payer.CLIENT,
    clientUser: ClientUser.owner(),
    clients: Access.READ_WRITE,
    env: { ROUTES: ContractEnv.path('table') },
    hostPid: true,
    memory: [
      SharedMemory.files({
        backing: Backing.tmpfs(),
        mountPath: '/run/routes',
        name: 'table',
        size: Size.mebibytes(1),
      }),
      SharedMemory.systemV({ name: 'ring', size: Size.mebibytes(1) }),
    ],
    nodes: AgentNodes.dedicated('example.com/routes', 'yes'),
    readyWhen: ReadyWhen.file('table.bin', { memory: 'table', toolImage: TOOLS }),
    seLinux: true,
    umask: '077',
  });

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const edited = (change: (json: Json) => void) => {
  const json = JSON.parse(full().toJson()) as Json;
  change(json);
  return JSON.stringify(json);
};
const problemsOf = (change: (json: Json) => void) =>
  given(messageOf(() => AgentContract.fromJson(edited(change))));

test('fails with the wrong types and the wrong values of a file at once, and names it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'contract-')), 'routes.json');
  const text = edited(json => {
    json.namespace = 'Agents';
    json.groupId = '2000';
    json.ownerId = -1;
    json.memory[0].size = '64 MB';
    json.memory[0].mountPath = 'run/routes';
    json.nodes.taint.value = 7;
    json.nodes.label.key = 'a b';
    json.env['2'] = { from: 'path', memory: 'table' };
    json.env.OTHER = { from: 'somewhere' };
    json.readyWhen.file = '/x';
    json.readyWhen.memory = 'index';
    json.acknowledgements.push({ rule: 'SHM303', reason: 'r' }, { rule: 8, reason: 'r' });
    json.umask = '7';
  });
  writeFileSync(file, text);
  const [type, value] = [`[contract JSON ${file}]`, `[contract routes, contract JSON ${file}]`];
  expect(given(messageOf(() => AgentContract.fromFile(file)))).toEqual([
    `SHM018 ${type} env.OTHER.from: given "somewhere"`,
    `SHM018 ${type} groupId: given "2000"`,
    `SHM018 ${type} memory[0].size: given "64 MB"`,
    `SHM018 ${type} nodes.taint.value: given 7`,
    `SHM018 ${type} acknowledgements[2].rule: given 8`,
    `SHM001 ${value} namespace: given "Agents"`,
    `SHM006 ${value} mountPath of memory table: given "run/routes"`,
    `SHM002 ${value} nodes label key: given "a b"`,
    `SHM004 ${value} ownerId: given -1`,
    `SHM006 ${value} readyWhen file: given "/x"`,
    `SHM007 ${value} readyWhen memory: given "index"`,
    `SHM007 ${value} env: given "2"`,
    `SHM007 ${value} umask: given "7"`,
    `SHM021 ${value} acknowledgements rule: given "SHM303"`,
  ]);
});

test.each<[string, (json: Json) => void]>([
  ['name', j => (j.name = 1)],
  ['namespace', j => delete j.namespace],
  ['version', j => (j.version = 1)],
  ['clients', j => (j.clients = 'all')],
  ['clientVolume', j => (j.clientVolume = 'nfs')],
  ['chargedTo', j => (j.chargedTo = 'nobody')],
  ['clientUser', j => (j.clientUser = 'root')],
  ['hostPid', j => (j.hostPid = 'yes')],
  ['seLinux', j => (j.seLinux = 'yes')],
  ['umask', j => (j.umask = 77)],
  ['ownerId', j => (j.ownerId = 'agent')],
  ['groupId', j => (j.groupId = 'agent')],
  ['env', j => (j.env = 'ROUTES')],
  ['env.ROUTES.memory', j => (j.env.ROUTES.memory = 5)],
  ['memory', j => (j.memory = {})],
  ['memory', j => j.memory.push(5)],
  ['memory[0].name', j => (j.memory[0].name = 5)],
  ['memory[0].api', j => (j.memory[0].api = 'mmap')],
  ['memory[0].mountPath', j => (j.memory[0].mountPath = 5)],
  ['memory[0].backing', j => (j.memory[0].backing = 'disk')],
  ['memory[1].api', j => (j.memory[1].api = 'mmap')],
  ['nodes.label.key', j => (j.nodes.label.key = 5)],
  ['nodes.taint.effect', j => (j.nodes.taint.effect = 'NoExecute')],
  ['readyWhen.memory', j => (j.readyWhen.memory = 5)],
  ['acknowledgements', j => (j.acknowledgements = 'all')],
  ['acknowledgements[0].rule', j => (j.acknowledgements[0].rule = 5)],
])(
  'fails with a %s that cannot be read, and with nothing that follows from it',
  (field, change) => {
    const problems = problemsOf(change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`SHM018 [contract JSON] ${field}: given `);
  },
);
