import { ApiObject, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  AgentContract,
  Backing,
  ClientUser,
  ContractEnv,
  NodeAgent,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { AGENT, chart, contract, TOOLS, type Rendered } from '../yaml';

const size = Size.mebibytes(64);
const env = {
  ROUTES_DIR: ContractEnv.path(),
  ROUTES_FILE: ContractEnv.file('a/table.bin'),
  ROUTES_BYTES: ContractEnv.sizeInBytes(),
};
const VARIABLES = [
  { name: 'ROUTES_BYTES', value: '67108864' },
  { name: 'ROUTES_DIR', value: '/run/routes' },
  { name: 'ROUTES_FILE', value: '/run/routes/a/table.bin' },
];
const table = SharedMemory.files({ name: 'table', size, mountPath: '/run/routes' });
const routes = (props: Partial<AgentContractProps> = {}) => contract({ memory: [table], ...props });
const WRAPPER = ['sh', '-c', 'umask 007; exec "$@"', '--'];

function client(
  container: object,
  of: AgentContract,
  access = Access.READ_ONLY,
  spec: object = {},
) {
  const c = chart();
  const object = new ApiObject(c, 'pod', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod' },
    spec: { ...spec, containers: [{ name: 'app', image: 'i:1', ...container }] },
  } as never);
  of.attachTo(object, { access });
  return {
    container: (): Rendered => (Testing.synth(c) as Rendered[])[0].spec.containers[0],
    fails: () => messageOf(() => Testing.synth(c)),
  };
}

function agent(of: AgentContract, command?: string[]) {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: of,
    toolImage: TOOLS,
    containers: [{ ...AGENT, command }],
  });
  return (Testing.synth(c) as Rendered[])[0].spec.template.spec.containers[0];
}

describe('variables', () => {
  test('of both sides, after those of the workload', () => {
    const own = { name: 'OWN', value: '1' };
    expect(client({ env: [own] }, routes({ env })).container().env).toEqual([own, ...VARIABLES]);
    expect(agent(routes({ env })).env).toEqual(VARIABLES);
  });

  test('of a sidecar and its clients', () => {
    const c = chart();
    const object = new kplus.Deployment(c, 'api', {
      containers: [{ name: 'api', image: 'i:1', resources: AGENT.resources }],
    });
    new SidecarAgent({
      contract: routes({ env }),
      containers: [{ ...AGENT, startup: kplus.Probe.fromCommand(['true']) }],
    }).attachTo(object);
    const { initContainers, containers } = (Testing.synth(c) as Rendered[])[0].spec.template.spec;
    expect([initContainers[0].env, containers[0].env]).toEqual([VARIABLES, VARIABLES]);
  });

  test('an equal variable stays in its place', () => {
    const own = { name: 'ROUTES_FILE', value: '/run/routes/a/table.bin' };
    expect(client({ env: [own] }, routes({ env })).container().env).toEqual([
      own,
      VARIABLES[0],
      VARIABLES[1],
    ]);
  });

  test('are in the order of their names, whatever that of the map', () => {
    const reversed = Object.fromEntries(Object.entries(env).reverse());
    expect(client({}, routes({ env: reversed })).container().env).toEqual(VARIABLES);
    expect(routes({ env: reversed }).toJson()).toBe(routes({ env }).toJson());
  });

  test.each([
    [{ name: 'ROUTES_DIR', value: '/other' }],
    [{ name: 'ROUTES_DIR', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    [{ name: 'ROUTES_DIR' }],
  ])('fails with %j', own => {
    expect(client({ env: [own] }, routes({ env })).fails()).toContain(
      `SHM010 [test/pod] spec.containers[0].env[0]: given ${JSON.stringify(own)}, written by the workload itself; allowed absent or {"name":"ROUTES_DIR","value":"/run/routes"}, which contract routes needs`,
    );
  });

  test.each<[string, Partial<AgentContractProps>, RegExp]>([
    ['a name that is none', { env: { '1A': ContractEnv.path() } }, /SHM007 .*env: given "1A"/],
    [
      'a memory that is not there',
      { env: { A: ContractEnv.path('rows') } },
      /SHM007 .*memory of env A: given "rows"; allowed one of table/,
    ],
    [
      'no memory where there are several',
      {
        memory: [table, SharedMemory.files({ name: 'rows', size, mountPath: '/run/rows' })],
        env: { A: ContractEnv.path() },
      },
      /memory of env A: given nothing; allowed one of table, rows; fix: name the memory: ContractEnv\.path\('table'\)/,
    ],
    [
      'a path of System V memory',
      { memory: [SharedMemory.systemV({ name: 'ring', size })], env: { A: ContractEnv.path() } },
      /allowed a memory with a path, which System V memory does not have/,
    ],
    [
      'a file elsewhere',
      { env: { A: ContractEnv.file('../a') } },
      /file of env A: given "..\/a"; allowed a relative path/,
    ],
    ['what is no ContractEnv', { env: { A: '/run' as never } }, /SHM007 .*env A: given "\/run"/],
  ])('fails with %s', (_, props, message) => {
    expect(messageOf(() => routes(props))).toMatch(message);
  });
});

describe('umask', () => {
  const writing = routes({ umask: '007', clients: Access.READ_WRITE });

  test('in front of the command of the agent and of clients that write', () => {
    expect(agent(writing, ['/agent', '-v']).command).toEqual([...WRAPPER, '/agent', '-v']);
    const { command, args } = client(
      { command: ['/app'], args: ['-x'] },
      writing,
      Access.READ_WRITE,
    ).container();
    expect([command, args]).toEqual([[...WRAPPER, '/app'], ['-x']]);
  });

  test('a client that only reads keeps its command, or none', () => {
    expect(client({}, writing).container().command).toBeUndefined();
  });

  test('a command with the umask stays', () => {
    const command = [...WRAPPER, '/app'];
    expect(client({ command }, writing, Access.READ_WRITE).container().command).toEqual(command);
  });

  test('fails without a command, and with another umask', () => {
    expect(client({}, writing, Access.READ_WRITE).fails()).toMatch(
      /SHM031 \[test\/pod\] spec\.containers\[0\]\.command: given nothing; allowed the command of container app: .*fix: write the image's ENTRYPOINT as command and its CMD as args, each as a list/,
    );
    const command = ['sh', '-c', 'umask 022; exec "$@"', '--', '/app'];
    expect(client({ command }, writing, Access.READ_WRITE).fails()).toMatch(
      /SHM010 .*command: given umask 022, written by the workload itself; allowed umask 007/,
    );
  });

  test.each([['7'], ['0007'], ['008'], [7 as never]])('fails with %j', umask => {
    expect(messageOf(() => routes({ umask }))).toMatch(
      /SHM007 .*umask: given .*three octal digits/,
    );
  });
});

test.each([
  ['077', {}, true],
  ['037', {}, false], // the group reads
  ['077', { clientUser: ClientUser.owner() }, false],
])('umask %s with %j keeps clients from reading: %j', (umask, props, isRefused) => {
  const message = messageOf(() => routes({ umask, ...props }));
  expect(message).toBe(
    isRefused
      ? `SHM007 [contract routes] umask: given "${umask}"; allowed a umask that lets the group read what the agent creates: clients have the memory as members of its group; fix: write umask: '027', or '007' if clients write what the agent creates`
      : 'nothing was thrown',
  );
});

describe('clients as the owner', () => {
  const owned = routes({ clientUser: ClientUser.owner() });

  test('run as its user', () => {
    expect(client({}, owned).container().securityContext).toEqual({ runAsUser: 10001 });
  });

  test('fails where the workload has another user', () => {
    expect(
      client({}, owned, Access.READ_ONLY, { securityContext: { runAsUser: 0 } }).fails(),
    ).toMatch(/SHM010 .*securityContext\.runAsUser: given 0, .* allowed absent or 10001/);
  });

  test('fails without an owner', () => {
    expect(
      messageOf(
        () =>
          new AgentContract({
            name: 'ring',
            namespace: 'n',
            version: 'v1',
            memory: [SharedMemory.systemV({ name: 'ring', size })],
            clientUser: ClientUser.owner(),
          }),
      ),
    ).toMatch(
      /SHM004 .*ownerId: given nothing; allowed the id of a user, because clients run as it/,
    );
  });
});

describe('versions', () => {
  const apiVersionOf = (of: AgentContract) => JSON.parse(of.toJson()).apiVersion;

  test('what uses nothing new is of the first version, in contract and mark', () => {
    expect(apiVersionOf(routes())).toBe('cdk8s-shared-memory/v1');
  });

  test.each<[string, Partial<AgentContractProps>]>([
    ['env', { env }],
    ['umask', { umask: '007' }],
    ['clientUser', { clientUser: ClientUser.own() }],
    [
      'memory\\[0\\].executable',
      {
        memory: [
          SharedMemory.files({
            name: 'table',
            size,
            mountPath: '/run/routes',
            backing: Backing.tmpfs({ executable: true }),
          }),
        ],
      },
    ],
  ])('%s is of the second, and read back', (field, props) => {
    const of = routes(props);
    expect(apiVersionOf(of)).toBe('cdk8s-shared-memory/v2');
    expect(AgentContract.fromJson(of.toJson()).toJson()).toBe(of.toJson());
    const first = of.toJson().replace('shared-memory/v2', 'shared-memory/v1');
    expect(messageOf(() => AgentContract.fromJson(first))).toMatch(
      new RegExp(`SHM018 .*${field}: given .*; allowed nothing with apiVersion`),
    );
  });

  test('the mark has the version of its contract', () => {
    const c = chart();
    const object = new ApiObject(c, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: { containers: [{ name: 'app', image: 'i:1' }] },
    } as never);
    routes({ env }).attachTo(object);
    const [{ metadata }] = Testing.synth(c) as Rendered[];
    const mark = metadata.annotations['cdk8s-shared-memory/contract.routes'];
    expect(JSON.parse(mark).apiVersion).toBe('cdk8s-shared-memory/v2');
  });

  test('what changed is compared', () => {
    const fields = (before: object, after: object) =>
      routes(after)
        .compatibleWith(routes(before))
        .changes.map(({ field, from, to, breaks }) => [field, from, to, breaks]);
    expect(fields({}, { umask: '007', clientUser: ClientUser.owner() })).toEqual([
      ['umask', 'absent', '"007"', false],
      ['clientUser', '"own"', '"owner"', true],
    ]);
    expect(fields({ env }, { env: { ...env, ROUTES_DIR: ContractEnv.path('table') } })).toEqual([
      ['env ROUTES_DIR', '{"from":"path"}', '{"from":"path","memory":"table"}', false],
    ]);
    expect(fields({ clientUser: ClientUser.owner() }, { clientUser: ClientUser.own() })).toEqual([
      ['clientUser', '"owner"', '"own"', false],
    ]);
  });
});

describe('the step that waits', () => {
  const waiting = (props: Partial<AgentContractProps> = {}) =>
    routes({
      readyWhen: ReadyWhen.file('table.bin', { toolImage: TOOLS }),
      clients: Access.READ_WRITE,
      ...props,
    });
  function step(
    of: AgentContract,
    spec: object,
    container: object = {},
    access = Access.READ_ONLY,
  ) {
    const c = chart();
    const object = new ApiObject(c, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: { ...spec, containers: [{ name: 'app', image: 'i:1', ...container }] },
    } as never);
    of.attachTo(object, { access });
    const [wait] = (Testing.synth(c) as Rendered[])[0].spec.initContainers;
    const { runAsUser, runAsGroup } = wait.securityContext;
    const given = Object.fromEntries(wait.env.map((e: Rendered) => [e.name, e.value]));
    return [runAsUser, runAsGroup, given.CLIENT, given.ACCESS, wait.volumeMounts[0].readOnly];
  }

  test.each<[string, object, object, unknown[]]>([
    [
      'of the pod',
      { securityContext: { runAsUser: 20001, runAsGroup: 3 } },
      {},
      [20001, 3, 'known'],
    ],
    [
      'of the container',
      { securityContext: { runAsUser: 1, runAsGroup: 3 } },
      { securityContext: { runAsUser: 20001 } },
      [20001, 3, 'known'],
    ],
    [
      'of the container, whose group the image decides on',
      {},
      { securityContext: { runAsUser: 20001 } },
      [20001, 65534, 'unknown'],
    ],
    ['that is root', {}, { securityContext: { runAsUser: 0 } }, [65534, 65534, 'unknown']],
    ['that the manifest does not say', {}, {}, [65534, 65534, 'unknown']],
  ])('runs as the user %s', (_, spec, container, expected) => {
    expect(step(waiting(), spec, container)).toEqual([...expected, 'readOnly', true]);
  });

  test('runs as the owner where clients do, and opens to write what they write', () => {
    expect(step(waiting({ clientUser: ClientUser.owner() }), {}, {}, Access.READ_WRITE)).toEqual([
      10001,
      65534,
      'unknown',
      'readWrite',
      undefined,
    ]);
  });
});
