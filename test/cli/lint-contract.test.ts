import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, Size, Testing, Yaml } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { runMain } from './run-main';
import {
  type AgentContractProps,
  Access,
  type AgentContract,
  AgentNodes,
  ClientVolume,
  NodeAgent,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
} from '../../src';
import { AGENT, chart, contract, TOOLS } from '../yaml';

const folder = mkdtempSync(join(tmpdir(), 'lint-contract-'));
afterAll(() => rmSync(folder, { recursive: true }));

const table = (mebibytes = 1) =>
  SharedMemory.files({
    mountPath: '/run/routes',
    name: 'table',
    size: Size.mebibytes(mebibytes),
  });
const routes = (props: Partial<AgentContractProps> = {}) =>
  contract({ memory: [table()], ...props });

const clientYaml = (of: AgentContract) => {
  const c = chart('test', 'shop');
  of.attachTo(
    new ApiObject(c, 'web', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: {
        containers: [{ name: 'web', image: 'i', resources: { limits: { memory: '64Mi' } } }],
      },
    }),
  );
  return Yaml.stringify(...Testing.synth(c));
};
const agentYaml = (of: AgentContract) => {
  const c = chart('test', of.namespace);
  new NodeAgent(c, 'agent', { contract: of, containers: [AGENT], toolImage: TOOLS });
  return Yaml.stringify(...Testing.synth(c));
};

/** What SHM104 says of manifests beside the files of contracts: severity and message. */
async function said(yaml: string, ...given: AgentContract[]) {
  return saidBy('SHM104', yaml, ...given);
}

/** The same for another rule. */
async function saidBy(id: string, yaml: string, ...given: AgentContract[]) {
  const file = join(folder, 'web.yaml');
  writeFileSync(file, yaml);
  const options = given.flatMap((each, i) => {
    const path = join(folder, `${i}.json`);
    writeFileSync(path, each.toJson());
    return ['--contract', path];
  });
  const { out } = await runMain('lint', file, '--format', 'json', ...options);
  return (JSON.parse(out) as Record<string, string>[])
    .filter(({ rule }) => rule === id)
    .map(({ severity, message }) => `${severity} ${message.replaceAll(`${folder}/`, '')}`);
}

test.each<[string, AgentContract, string[]]>([
  [
    'of another group, payer and size',
    routes({ clients: Access.READ_WRITE, groupId: 2001, memory: [table(2)] }),
    [
      'error contract routes: group is 2000 here and 2001 in contract file 0.json',
      'error contract routes: the backing of memory table is directory here and tmpfs in contract file 0.json',
      'warning contract routes: the size of memory table is 1Mi here and 2Mi in contract file 0.json',
    ],
  ],
  [
    'of another version',
    routes({ version: 'v2' }),
    ['error contract routes: version is v1 here and v2 in contract file 0.json'],
  ],
  [
    'of another namespace',
    routes({ namespace: 'elsewhere' }),
    ['error contract routes: namespace is node-agents here and elsewhere in contract file 0.json'],
  ],
  [
    'with other memory',
    routes({
      memory: [SharedMemory.files({ mountPath: '/run/x', name: 'index', size: Size.mebibytes(1) })],
    }),
    ['error contract routes: there is no memory table in contract file 0.json'],
  ],
])(
  'fails with a client that was rendered with a contract unlike one %s',
  async (_, given, lines) => {
    expect(await said(clientYaml(routes()), given)).toEqual(lines);
  },
);

describe('the claim of a client', () => {
  const RIGHT = 'routes-table-v1-ro';
  const claiming = (claim: string) => clientYaml(routes()).replaceAll(RIGHT, claim);

  test('is that of a grant', async () => {
    expect(claiming(RIGHT)).toContain(`claimName: ${RIGHT}\n`);
    expect(await saidBy('SHM106', claiming(RIGHT), routes())).toEqual([]);
  });

  test.each(['routes-table-v1-rw', 'routes-table-v2-ro', 'routs-table-v1-ro', 'x'])(
    'fails if it is %s',
    async claim => {
      expect(await saidBy('SHM106', claiming(claim), routes())).toEqual([
        `error claim ${claim} is mounted for memory table of contract routes; a grant of contract file 0.json makes claim ${RIGHT}: the pod stays Pending if nobody else made ${claim} in namespace shop`,
      ]);
    },
  );

  test('is one of two if clients may write, and a grant for writing makes both', async () => {
    const both = routes({ clients: Access.READ_WRITE });
    expect(await saidBy('SHM106', claiming('routes-table-v1-rw'), both)).toEqual([]);
    expect(await saidBy('SHM106', claiming(RIGHT), both)).toEqual([]);
    expect(await saidBy('SHM106', claiming('x'), both)).toHaveLength(1);
  });

  test('can be of another name if it is there, or if no file says what it is', async () => {
    const own = `${claiming('x')}\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: x, namespace: shop }\n`;
    expect(await saidBy('SHM106', own, routes())).toEqual([]);
    expect(await saidBy('SHM106', claiming('x'))).toEqual([]);
    expect(await saidBy('SHM106', claiming('x'), routes({ version: 'v2' }))).toEqual([]);
    expect(await saidBy('SHM106', claiming('routes-table-v1-rw'))).toEqual([]);
  });
});

test('fails with a client that writes, if clients may only read', async () => {
  const memory = [table()];
  const writes = contract({ memory, clients: Access.READ_WRITE });
  const yaml = clientYaml(writes).replace('"access":"readOnly"', '"access":"readWrite"');
  expect(await said(yaml, writes)).toEqual([]);
  expect(await said(yaml, contract({ memory }))).toContain(
    'error contract routes: access is readWrite here, and clients may only read in contract file 0.json',
  );
});

test('fails with an agent of an older contract', async () => {
  expect(await said(agentYaml(routes()), routes({ groupId: 2001 }))).toEqual([
    'error contract routes: group is 2000 here and 2001 in contract file 0.json',
  ]);
});

test('nothing is said of the same contract, of another one, and where one of several files is right', async () => {
  const yaml = `${clientYaml(routes())}\n---\n${agentYaml(routes())}`;
  expect(await said(yaml, routes())).toEqual([]);
  expect(await said(yaml, routes({ name: 'flags', groupId: 5 }))).toEqual([]);
  expect(await said(yaml, routes({ version: 'v2', groupId: 5 }), routes())).toEqual([]);
});

describe('what a client waits for', () => {
  const ready = (file: string) => ReadyWhen.file(file, { toolImage: TOOLS });
  const waiting = (file?: string) => routes(file === undefined ? {} : { readyWhen: ready(file) });

  test('is the same', async () => {
    expect(await said(clientYaml(waiting('ready')), waiting('ready'))).toEqual([]);
    expect(await said(clientYaml(waiting()), waiting())).toEqual([]);
  });

  test.each<[string, string | undefined, string | undefined, string]>([
    [
      'for another file',
      'ready',
      'done',
      'error contract routes: init container wait-for-routes waits for file:/run/routes/ready here; clients wait for file:/run/routes/done in contract file 0.json',
    ],
    [
      'although the contract says nothing',
      'ready',
      undefined,
      'error contract routes: init container wait-for-routes waits for file:/run/routes/ready here; clients wait for nothing in contract file 0.json',
    ],
    [
      'for nothing',
      undefined,
      'done',
      'warning contract routes: no init step of this library waits here; clients wait for file:/run/routes/done in contract file 0.json',
    ],
  ])('fails with a client that waits %s', async (_, here, there, line) => {
    expect(await said(clientYaml(waiting(here)), waiting(there))).toEqual([line]);
  });

  test('is not compared with another version', async () => {
    const other = routes({ version: 'v2', readyWhen: ready('done') });
    expect(await said(clientYaml(waiting('ready')), other)).toEqual([
      'error contract routes: version is v1 here and v2 in contract file 0.json',
    ]);
    expect(await said(clientYaml(waiting('ready')), other, waiting('ready'))).toEqual([]);
  });
});

describe('the nodes of a client', () => {
  const on = (nodes: AgentNodes, props: Partial<AgentContractProps> = {}) =>
    routes({ nodes, ...props });
  const own = AgentNodes.dedicated('example.com/routes-agent', 'yes');
  const byPath = { clientVolume: ClientVolume.hostPath() };
  const nodes = (yaml: string, ...given: AgentContract[]) => saidBy('SHM402', yaml, ...given);

  test('are the same', async () => {
    expect(await nodes(clientYaml(on(own)), on(own))).toEqual([]);
    expect(await nodes(clientYaml(on(AgentNodes.all())), on(AgentNodes.all()))).toEqual([]);
  });

  test('fails with a client that runs on none of the nodes in the file', async () => {
    const other = on(AgentNodes.labeled('example.com/routes-agent', 'no'));
    expect(await nodes(clientYaml(on(own)), other)).toEqual([
      'error by contract file 0.json, the agent of contract routes runs only on nodes with example.com/routes-agent=no, and this pod runs on none of them',
    ]);
  });

  test('fails with a client that does not select the nodes, unless its claim does', async () => {
    const all = AgentNodes.all();
    expect(await nodes(clientYaml(on(all, byPath)), on(own, byPath))).toEqual([
      'error by contract file 0.json, the agent of contract routes runs only on nodes with example.com/routes-agent=yes, but this pod does not select them',
    ]);
    const labeled = AgentNodes.labeled('example.com/routes-agent', 'yes');
    expect(await nodes(clientYaml(on(all)), on(labeled))).toEqual([]);
  });

  test('fails with a claim and other nodes than those of the file', async () => {
    const before = AgentNodes.labeled('example.com/before', 'yes');
    const labeled = AgentNodes.labeled('example.com/routes-agent', 'yes');
    expect(await nodes(clientYaml(on(before)), on(labeled))).toEqual([
      'warning by contract file 0.json, the agent of contract routes runs only on nodes with example.com/routes-agent=yes, and this pod asks for example.com/before=yes: it stays Pending if no node has both',
    ]);
    const both = `${clientYaml(on(before))}\n---\n${agentYaml(on(labeled))}`;
    expect(await nodes(both, on(labeled))).toEqual([]); // two pools of nodes can overlap
  });

  test('fails with a client that does not tolerate the taint', async () => {
    const labeled = AgentNodes.labeled('example.com/routes-agent', 'yes');
    expect(await nodes(clientYaml(on(labeled)), on(own))).toEqual([
      'warning by contract file 0.json, the agent of contract routes tolerates taint example.com/routes-agent on its nodes, but this pod does not: if they are tainted, it stays Pending',
    ]);
  });

  test('are those of the agent, if it is there, and of no other version', async () => {
    const other = AgentNodes.labeled('example.com/routes-agent', 'no');
    const both = `${clientYaml(on(own))}\n---\n${agentYaml(on(own))}`;
    expect(await nodes(both, on(other))).toEqual([]);
    expect(await nodes(clientYaml(on(own)), on(other, { version: 'v2' }))).toEqual([]);
    expect(await nodes(clientYaml(on(own)), on(other), on(own))).toEqual([]);
  });
});

test('a sidecar has the memory in its own pod, and is not compared', async () => {
  const c = chart('test', 'shop');
  const of = routes();
  const web = new ApiObject(c, 'web', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', image: 'i', resources: { limits: { memory: '64Mi' } } }] },
  });
  const containers = [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }];
  new SidecarAgent({ contract: of, containers }).attachTo(web);
  const yaml = Yaml.stringify(...Testing.synth(c));
  expect(await said(yaml, routes({ memory: [table(9)] }))).toEqual([]);
});
