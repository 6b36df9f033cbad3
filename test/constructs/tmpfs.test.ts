import { Size } from 'cdk8s';
import {
  Access,
  Backing,
  ClientVolume,
  ContractGrant,
  Leftovers,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
  type NodeAgentProps,
} from '../../src';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const MEMORY = [
  SharedMemory.files({
    name: 'table',
    size: Size.mebibytes(64),
    mountPath: '/run/routes',
    backing: Backing.tmpfs(),
  }),
];

function agent(
  contractProps: Partial<AgentContractProps> = {},
  props: Partial<NodeAgentProps> = {},
): Rendered {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract({ memory: MEMORY, ...contractProps }),
    toolImage: TOOLS,
    containers: [AGENT],
    ...props,
  });
  return rendered(c, 'DaemonSet')[0].spec.template.spec;
}
const steps = (pod: Rendered) => pod.initContainers.map((c: Rendered) => c.name);
const env = (container: Rendered) =>
  Object.fromEntries(container.env.map((e: Rendered) => [e.name, e.value]));

test('one privileged step mounts the tmpfs, of exactly the size; nothing has to be measured', () => {
  const pod = agent();
  expect(steps(pod)).toEqual(['prepare-routes', 'mount-routes']);
  const [prepare, mount] = pod.initContainers;
  const memories = prepare.env.find((each: Rendered) => each.name === 'MEMORIES');
  expect(memories).toEqual({ name: 'MEMORIES' }); // set, and empty
  expect(prepare.securityContext).toMatchObject({
    allowPrivilegeEscalation: false,
    capabilities: { add: ['CHOWN'], drop: ['ALL'] },
  });
  expect(env(mount)).toEqual({
    DIRECTORY: '/run/cdk8s-shared-memory/node-agents.routes',
    VERSION: 'v1',
    MEMORIES: 'table:2750:65536',
    OWNER: '10001:2000',
  });
  expect(mount.securityContext).toEqual({
    privileged: true,
    readOnlyRootFilesystem: true,
    runAsGroup: 0,
    runAsNonRoot: false,
    runAsUser: 0,
  });
  expect(mount.volumeMounts).toEqual([
    { mountPath: '/node', mountPropagation: 'Bidirectional', name: 'routes-shared-memory' },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([
    { mountPath: '/run/routes', name: 'routes-shared-memory', subPath: 'v1/table/shared' },
  ]);
  expect(pod.containers[0].securityContext.privileged).toBe(false);
});

test('a size that is no whole page is rounded up to one, as the kernel does', () => {
  const memory = [
    SharedMemory.files({
      name: 'table',
      size: Size.kibibytes(5),
      mountPath: '/run/routes',
      backing: Backing.tmpfs(),
    }),
  ];
  expect(env(agent({ memory }).initContainers[1]).MEMORIES).toBe('table:2750:8');
});

test('it is the default where clients write', () => {
  const memory = [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
  ];
  const pod = agent({ memory, clients: Access.READ_WRITE });
  expect(env(pod.initContainers[1]).MEMORIES).toBe('table:2770:65536');
});

test('a directory and a tmpfs in one contract each get their own step', () => {
  const pod = agent({
    memory: [
      ...MEMORY,
      SharedMemory.files({ name: 'ring', size: Size.mebibytes(1), mountPath: '/run/ring' }),
    ],
  });
  expect(steps(pod)).toEqual(['prepare-routes', 'mount-routes', 'measure-routes']);
  expect(pod.initContainers.map((c: Rendered) => env(c).MEMORIES)).toEqual([
    'ring:2750',
    'table:2750:65536',
    'ring:1024',
  ]);
});

test('clients mount the directory in the tmpfs, by claim and by hostPath: a mount of it waits for the tmpfs', () => {
  const leaf = '/run/cdk8s-shared-memory/node-agents.routes/v1/table/shared';
  const c = chart();
  new ContractGrant(c, 'grant', { contract: contract({ memory: MEMORY }), namespace: 'shop' });
  contract({ memory: MEMORY, clientVolume: ClientVolume.hostPath() }).attachTo(deployment(c));
  expect(rendered(c, 'PersistentVolume')[0].spec.local).toEqual({ path: leaf });
  expect(rendered(c, 'Deployment')[0].spec.template.spec.volumes).toEqual([
    { name: 'routes-table', hostPath: { path: leaf, type: 'Directory' } },
  ]);
});

test('the mark names the backing, also where it is the default', () => {
  const c = chart();
  contract({
    memory: [SharedMemory.posix({ size: Size.mebibytes(1) })],
    clients: Access.READ_WRITE,
  }).attachTo(deployment(c));
  expect(
    JSON.parse(
      rendered(c, 'Deployment')[0].metadata.annotations['cdk8s-shared-memory/contract.routes'],
    ).memory[0].backing,
  ).toBe('tmpfs');
});

test('leftovers are swept by the owner, before they are measured, but for what is kept', () => {
  const memory = [
    SharedMemory.files({ name: 'table', size: Size.mebibytes(64), mountPath: '/run/routes' }),
  ];
  const pod = agent({ memory }, { leftovers: Leftovers.sweep({ except: ['table.bin', 'stats'] }) });
  expect(steps(pod)).toEqual(['prepare-routes', 'sweep-routes', 'measure-routes']);
  const [, sweep] = pod.initContainers;
  expect(env(sweep)).toEqual({
    DIRECTORY: '/run/cdk8s-shared-memory/node-agents.routes/v1',
    KEEP: 'table.bin stats',
    MEMORIES: 'table',
  });
  expect(sweep.securityContext).toMatchObject({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsUser: 10001,
    runAsNonRoot: true,
  });
  expect(sweep.volumeMounts).toEqual([
    { mountPath: '/memory/table', name: 'routes-shared-memory', subPath: 'v1/table' },
  ]);
  expect(steps(agent({ memory }, { leftovers: Leftovers.keep() }))).toEqual([
    'prepare-routes',
    'measure-routes',
  ]);
});
