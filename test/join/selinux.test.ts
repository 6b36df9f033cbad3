import Ajv from 'ajv';
import { ApiObject, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import {
  Access,
  AgentContract,
  Backing,
  HugePages,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  SharedMemory,
  SidecarAgent,
  type AgentContractProps,
} from '../../src';
import { CONTRACT_SCHEMA_2 } from '../../src/model/contract/contract-schema';
import { messageOf } from '../bad-input/message';
import { page } from '../report/review/review-examples';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const size = Size.mebibytes(64);
const files = (backing?: Backing) =>
  SharedMemory.files({ name: 'table', size, mountPath: '/run/routes', backing });
const descriptors = () => SharedMemory.descriptors({ name: 'table', mountPath: '/run/routes' });
const made = (props: Partial<AgentContractProps> = {}) =>
  contract({ memory: [files()], seLinux: true, ...props });

function agentOf(of: AgentContract): Rendered {
  const c = chart();
  new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
  return rendered(c, 'DaemonSet')[0].spec.template.spec;
}

function clientOf(of: AgentContract, access = Access.READ_ONLY): Rendered {
  const c = chart();
  of.attachTo(deployment(c), { access });
  return rendered(c, 'Deployment')[0].spec.template.spec;
}
const stepOf = (pod: Rendered, name: string) =>
  pod.initContainers.find((each: Rendered) => each.name === name);
const levelOf = ({ securityContext }: Rendered) => securityContext?.seLinuxOptions?.level;

test('the agent makes what has no categories; its first step alone is unconfined', () => {
  const pod = agentOf(made());
  expect(levelOf(pod)).toBe('s0');
  expect(
    pod.initContainers.map(({ name, securityContext }: Rendered) => [
      name,
      securityContext.seLinuxOptions,
      securityContext.privileged,
    ]),
  ).toEqual([
    ['prepare-routes', { level: 's0', type: 'spc_t' }, undefined],
    ['mount-routes', undefined, true],
  ]);
  expect(pod.containers[0].securityContext.seLinuxOptions).toBeUndefined();
});

test('what a contract without it renders has nothing of it', () => {
  const without = contract({ memory: [files()] });
  for (const pod of [agentOf(without), clientOf(without)]) {
    expect(JSON.stringify(pod)).not.toMatch(/seLinuxOptions|context=/);
  }
});

test.each([
  ['files', [files()], Access.READ_ONLY, undefined],
  ['files that it writes', [files()], Access.READ_WRITE, 's0'],
  ['descriptors', [descriptors()], Access.READ_ONLY, 's0'],
  ['System V', [SharedMemory.systemV({ size })], Access.READ_ONLY, undefined],
  ['System V that it writes', [SharedMemory.systemV({ size })], Access.READ_WRITE, 's0'],
  ['the /dev/shm', [SharedMemory.posix({ size, backing: Backing.devShm() })], undefined, undefined],
])('the level of a client of %s', (_, memory, access, level) => {
  const of = made({ memory, clients: access });
  expect(levelOf(clientOf(of, access))).toBe(level);
});

test.each([
  ['its pod', { securityContext: { seLinuxOptions: { level: 's0:c1,c2' } } }, {}, 's0:c1,c2'],
  ['a container', {}, { securityContext: { seLinuxOptions: { level: 's0:c3,c4' } } }, 's0:c3,c4'],
  [
    'no level in the options of a container, which',
    {},
    { securityContext: { seLinuxOptions: { type: 'my_t' } } },
    'my_t',
  ],
])(
  'fails for a client that writes, where %s has a level of its own',
  (_, pod, container, given) => {
    const c = chart();
    const labels = { app: 'api' };
    const containers = [{ name: 'api', image: 'api:1', ...container }];
    const workload = new ApiObject(c, 'api', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api' },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...pod, containers } },
      },
    });
    made({ clients: Access.READ_WRITE }).attachTo(workload, { access: Access.READ_WRITE });
    const message = messageOf(() => rendered(c, 'Deployment'));
    expect(message).toContain('seLinuxOptions');
    expect(message).toContain(given);
  },
);

test('fails for a directory, whose label nobody keeps', () => {
  const message = messageOf(() => made({ memory: [files(Backing.directory())] }));
  expect(message).toContain('Backing.directory(), with seLinux: true');
  expect(message).toContain('write backing: Backing.tmpfs(), or leave it out');
});

test('fails for anything but true and false', () => {
  expect(messageOf(() => made({ seLinux: 'yes' as never }))).toContain('seLinux');
});

test('files, POSIX memory and sockets are on a tmpfs that is mounted with its label', () => {
  const pod = agentOf(
    made({
      memory: [
        files(),
        SharedMemory.posix({ name: 'ring', size }),
        SharedMemory.descriptors({ name: 'sockets', mountPath: '/run/sockets', size }),
      ],
    }),
  );
  const mount = stepOf(pod, 'mount-routes');
  expect(mount.env.find(({ name }: Rendered) => name === 'MEMORIES').value).toBe(
    'table:2750:65536 ring:2750:65536 sockets:2750:1024',
  );
  expect(mount.command[2]).toContain('context=system_u:object_r:container_file_t:s0');
  expect(pod.containers[0].volumeMounts.map(({ subPath }: Rendered) => subPath)).toEqual([
    'v1/table/shared',
    'v1/ring/shared',
    'v1/sockets/shared',
  ]);
  expect(stepOf(pod, 'measure-routes')).toBeUndefined();
});

test('so are huge pages', () => {
  const memory = [
    SharedMemory.files({ size, mountPath: '/run/routes', hugePages: HugePages.SIZE_2MI }),
  ];
  const [text, plain] = [made({ memory }), contract({ memory })].map(
    of => stepOf(agentOf(of), 'mount-huge-pages-routes').command[2],
  );
  expect(text).toContain('mode=0755$label"');
  expect(plain).not.toContain('label');
});

test('a sidecar needs none of it: the containers of a pod have one level', () => {
  const c = chart();
  const startup = kplus.Probe.fromCommand(['true']);
  new SidecarAgent({ contract: made(), containers: [{ ...AGENT, startup }] }).attachTo(
    deployment(c),
  );
  const [{ spec }] = rendered(c, 'Deployment');
  expect(JSON.stringify(spec)).not.toContain('seLinuxOptions');
});

test('the tasks of a node look at and remove what confined containers may not', () => {
  const c = chart();
  const of = made();
  const agent = new NodeAgent(c, 'agent', {
    contract: of,
    toolImage: TOOLS,
    containers: [AGENT],
  });
  new NodePreflight(c, 'preflight', { agents: [agent], toolImage: TOOLS });
  new NodeCleanup(c, 'cleanup', { contract: of, toolImage: TOOLS });
  const types = rendered(c, 'DaemonSet').flatMap(({ spec }) =>
    spec.template.spec.initContainers.map(({ name, securityContext }: Rendered) => [
      name,
      securityContext.seLinuxOptions?.type ?? (securityContext.privileged ? 'privileged' : 'none'),
    ]),
  );
  expect(types).toEqual([
    ['prepare-routes', 'spc_t'],
    ['mount-routes', 'privileged'],
    ['preflight', 'spc_t'],
    ['propagation', 'none'],
    ['check', 'spc_t'],
    ['unmount', 'privileged'],
    ['remove', 'spc_t'],
  ]);
  const [, preflight] = rendered(c, 'DaemonSet');
  expect(preflight.spec.template.spec.initContainers[0].env).toContainEqual({
    name: 'SELINUX',
    value: 'expected',
  });
  expect(preflight.spec.template.spec.initContainers[0].env).toContainEqual({
    name: 'MEMORIES',
    value: 'node-agents.routes/v1/table tmpfs 65536 labelled',
  });
});

test('the check of a node judges the label of a contract for SELinux, not that of another', () => {
  const c = chart();
  const agents = [made(), contract({ name: 'other' })].map(
    of => new NodeAgent(c, of.name, { contract: of, toolImage: TOOLS, containers: [AGENT] }),
  );
  new NodePreflight(c, 'preflight', { agents, toolImage: TOOLS, name: 'pool-preflight' });
  const { initContainers } = rendered(c, 'DaemonSet').at(-1).spec.template.spec;
  expect(initContainers[0].env.find(({ name }: Rendered) => name === 'MEMORIES').value).toBe(
    'node-agents.other/v1/table directory 262144\nnode-agents.routes/v1/table tmpfs 65536 labelled',
  );
});

test('the JSON form has it in the second version, and reads it back', () => {
  const json = JSON.parse(made().toJson());
  expect([json.apiVersion, json.seLinux]).toEqual(['cdk8s-shared-memory/v2', true]);
  expect(new Ajv({ strict: false }).validate(CONTRACT_SCHEMA_2, json)).toBe(true);
  const directory = { ...json, memory: [{ ...json.memory[0], backing: 'directory' }] };
  expect(new Ajv({ strict: false }).validate(CONTRACT_SCHEMA_2, directory)).toBe(false);
  expect(AgentContract.fromJson(made().toJson()).toJson()).toBe(made().toJson());
  expect(
    messageOf(() => AgentContract.fromJson(JSON.stringify({ ...json, seLinux: 'on' }))),
  ).toContain('seLinux');
});

test('setting it, and taking it away, breaks clients that were rendered before', () => {
  const [before, after] = [contract({ memory: [files(Backing.tmpfs())] }), made()];
  const change = (from: AgentContract, to: AgentContract) =>
    to.compatibleWith(from).changes.filter(({ field }) => field === 'seLinux');
  expect(change(before, after)).toEqual([
    expect.objectContaining({ breaks: true, from: 'absent', to: 'true' }),
  ]);
  expect(change(after, before)).toEqual([
    expect.objectContaining({ breaks: true, from: 'true', to: 'absent' }),
  ]);
});

test('REVIEW.md gives a reason for each step that SELinux does not confine', () => {
  const c = chart();
  const of = made();
  const agent = new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
  new NodePreflight(c, 'preflight', { agents: [agent], toolImage: TOOLS });
  new NodeCleanup(c, 'cleanup', { contract: of, toolImage: TOOLS });
  const review = page(...Testing.synth(c).map(object => JSON.stringify(object)));
  const rows = review.split('\n').filter(line => line.includes('`SELinux type spc_t`'));
  expect(rows.map(row => row.split(' | ')[0].split(': ')[1])).toEqual([
    'init step `prepare-routes`',
    'init step `check`',
    'init step `remove`',
    'init step `preflight`',
  ]);
  const [prepare, check, remove, preflight] = rows;
  expect(prepare).toContain(
    "the init step makes directories in the node's /run, which SELinux forbids",
  );
  expect(check).toContain('SELinux lets no confined container look at processes of the node');
  expect(remove).toContain('nor at what agents left in its /run');
  expect(preflight).toContain('SELinux lets no confined container look at what agents left');
  expect(review).not.toContain('these manifests give no reason');
});

test('REVIEW.md shows the SELinux level where the other facts of a container are', () => {
  const c = chart();
  const of = made({ clients: Access.READ_WRITE });
  new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
  of.attachTo(deployment(c), { access: Access.READ_WRITE });
  const rows = page(...Testing.synth(c).map(object => JSON.stringify(object)))
    .split('\n')
    .filter(line => line.includes('SELinux level'))
    .map(line => line.split(' | ').slice(1, 4));
  expect(rows.map(row => row.filter(cell => cell.includes('SELinux level')))).toEqual([
    [
      '`privileged`, `mountPropagation Bidirectional at /node`, `user root`, `SELinux level s0, without categories`',
    ],
    [
      '`hostPath /run/cdk8s-shared-memory/node-agents.routes`, `SELinux level s0, without categories`',
    ],
    [
      '`user root`, `capability CHOWN`, `SELinux type spc_t`, `SELinux level s0, without categories`',
    ],
    ['`api`; `SELinux level s0, without categories` |'],
  ]);
});
