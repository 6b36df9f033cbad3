import { Size } from 'cdk8s';
import {
  Access,
  Backing,
  HugePages,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
} from '../../src';
import { manifestsOf } from '../../src/kube/manifest';
import { ManifestSet } from '../../src/read/manifest-set';
import { agentStepOf, stepContradictions } from '../../src/sharing/agent-steps';
import { MarkedManifests } from '../../src/sharing/marked-manifests';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const memory = [
  SharedMemory.files({ name: 'table', size: Size.kibibytes(5), mountPath: '/run/t' }),
  SharedMemory.files({ name: 'log', size: Size.mebibytes(8), mountPath: '/run/l' }),
  ...['ring', 'code'].map((name, i) =>
    SharedMemory.files({
      name,
      size: Size.kibibytes(5),
      mountPath: `/run/${name}`,
      backing: Backing.tmpfs({ executable: i === 1 }),
    }),
  ),
  SharedMemory.descriptors({ name: 'fds', mountPath: '/run/fds' }),
  SharedMemory.files({
    name: 'huge',
    size: Size.mebibytes(4),
    mountPath: '/run/huge',
    hugePages: HugePages.SIZE_2MI,
  }),
];

function agent(props: Partial<AgentContractProps> = {}): Rendered {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract({ memory, ...props }),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  return rendered(c, 'DaemonSet')[0];
}

/** The steps of an agent with what they contradict of its mark. */
function contradictions(object: Rendered) {
  const marked = new MarkedManifests(new ManifestSet(manifestsOf(object)));
  const [{ pod, marks }] = marked.pods;
  return pod.containers.flatMap(container => {
    const step = agentStepOf(pod, container, marks[0]);
    return step ? [{ step: step.step, found: stepContradictions(step, marks[0]) }] : [];
  });
}

const ALL = ['prepareStep', 'mountStep', 'mountHugePagesStep'];

test.each<[string, Partial<AgentContractProps>]>([
  ['clients that read', {}],
  ['clients that write', { clients: Access.READ_WRITE }],
  [
    'clients that write, and remove only their own',
    {
      clients: Access.READ_WRITE,
      memory: [
        SharedMemory.files({
          ...{ name: 'table', size: Size.mebibytes(1), mountPath: '/run/t', sticky: true },
        }),
        ...memory.slice(1),
      ],
    },
  ],
  ['nodes with SELinux', { seLinux: true }],
  ['an agent that is root', { ownerId: 0 }],
])('the steps of an agent say what its mark says: %s', (_, props) => {
  expect(contradictions(agent(props))).toEqual(ALL.map(step => ({ step, found: [] })));
});

test.each<[string, number, string, string | undefined, object]>([
  [
    'another directory',
    0,
    'DIRECTORY',
    '/run/cdk8s-shared-memory/other.routes',
    { allowed: ['/run/cdk8s-shared-memory/node-agents.routes'] },
  ],
  ['another version', 0, 'VERSION', 'v2', { allowed: ['v1'] }],
  ['no version', 1, 'VERSION', undefined, { allowed: ['v1'] }],
  ['root', 1, 'OWNER', '0:2000', { allowed: ['USER:2000'] }],
  ['another group', 2, 'OWNER', '10001:2001', { allowed: ['USER:2000'] }],
  [
    'a directory open to all, and one that is missing',
    0,
    'MEMORIES',
    'table:0777',
    { given: 'table:0777', allowed: ['table:2750', 'table:2770'] },
  ],
  [
    'another size',
    1,
    'MEMORIES',
    'ring:2750:8 code:2750:12',
    { given: 'code:2750:12', allowed: ['code:2750:8', 'code:2770:8'] },
  ],
  [
    'a memory that is not in the contract',
    2,
    'MEMORIES',
    'huge.hugepages-2Mi:2750:2M:4194304 more:2770:2M:4194304',
    { given: 'more:2770:2M:4194304', allowed: [] },
  ],
])('fails to agree: %s', (_, step, variable, value, first) => {
  const object = agent();
  const inits = object.spec.template.spec.initContainers.filter((each: Rendered) =>
    /^(prepare|mount)/.test(each.name),
  );
  const { env } = inits[step];
  const at = env.findIndex((each: Rendered) => each.name === variable);
  env.splice(at, 1, ...(value === undefined ? [] : [{ name: variable, value }]));
  const found = contradictions(object).map(each => each.found);
  expect(found[step][0]).toEqual({
    variable,
    ...(value === undefined ? {} : { given: value }),
    ...first,
  });
  expect(found.filter((_each, i) => i !== step)).toEqual([[], []]);
});

test('fails to agree: a memory that the step leaves out', () => {
  const object = agent();
  const [{ env }] = object.spec.template.spec.initContainers;
  env.find((each: Rendered) => each.name === 'MEMORIES').value = 'log:2750 fds:2750';
  expect(contradictions(object)[0].found).toEqual([
    { variable: 'MEMORIES', allowed: ['table:2750', 'table:2770'] },
  ]);
});
