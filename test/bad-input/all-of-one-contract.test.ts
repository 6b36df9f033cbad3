import {} from 'cdk8s';
import { files, given, messageOf } from './message';
import { agent, any } from './untyped';
import { vineyard } from './vineyard';
import {
  Acknowledgements,
  AgentUpdate,
  Backing,
  NodeMemory,
  PodSharedMemory,
  ReadyWhen,
  SharedMemory,
  SidecarAgent,
} from '../../src';
import { AGENT, chart, contract, TOOLS } from '../yaml';

test.each<[string, () => unknown, string[]]>([
  [
    'a contract, also with values of another kind',
    () =>
      contract(
        any({
          clinets: 'all',
          env: { A: 5, B: 6 },
          memory: [files('run/x'), 7],
          namespace: 'Agents',
          nodes: 8,
          ownerId: -1,
          readyWhen: 9,
        }),
      ),
    [
      'SHM007 [contract routes] options: given ["clinets"]',
      'SHM007 [contract routes] memory: given 7',
      'SHM007 [contract routes] nodes: given 8',
      'SHM007 [contract routes] readyWhen: given 9',
      'SHM007 [contract routes] env A: given 5',
      'SHM007 [contract routes] env B: given 6',
      'SHM001 [contract routes] namespace: given "Agents"',
      'SHM006 [contract routes] mountPath of memory data: given "run/x"',
      'SHM004 [contract routes] ownerId: given -1',
      'SHM012 [contract routes] clients: given "all"',
    ],
  ],
  [
    'a contract, and what its readable parts ask of each other',
    () =>
      contract({
        acknowledgements: [{ rule: 'SHM1', reason: '', until: 'soon' }],
        clients: any('all'),
        readyWhen: ReadyWhen.socket('/x', { memory: 'ring', toolImage: '' }),
      }),
    [
      'SHM021 [contract routes] rule: given "SHM1"',
      'SHM021 [contract routes] reason: given ""',
      'SHM021 [contract routes] until: given "soon"',
      'SHM012 [contract routes] clients: given "all"',
      'SHM015 [contract routes] readyWhen toolImage: given ""',
      'SHM006 [contract routes] readyWhen socket: given "/x"',
      'SHM007 [contract routes] readyWhen memory: given "ring"',
    ],
  ],
  [
    'a memory',
    () => SharedMemory.files(any({ backing: 1, mountpath: '/run/x', size: 2, sticky: 3 })),
    [
      'SHM007 [SharedMemory.files()] options: given ["mountpath"]',
      'SHM003 [SharedMemory.files()] size: given 2',
      'SHM007 [SharedMemory.files()] backing: given 1',
      'SHM007 [SharedMemory.files()] sticky: given 3',
    ],
  ],
  [
    'a backing',
    () => Backing.existing('/run/x', any({ contain: 'files', clientsWait: 3 })),
    [
      'SHM007 [Backing.existing()] options: given ["contain"]',
      'SHM007 [Backing.existing()] clientsWait: given 3',
    ],
  ],
  [
    'a tmpfs',
    () => Backing.tmpfs(any({ executeable: 3 })),
    [
      'SHM007 [Backing.tmpfs()] options: given ["executeable"]',
      'SHM007 [Backing.tmpfs()] executable: given 3',
    ],
  ],
  [
    'an acknowledgement',
    () =>
      Acknowledgements.of(chart()).add(
        any({ rule: 'SHM101', reason: '', untill: 'soon', exportTo: ['trivy'] }),
      ),
    [
      'SHM007 [test] options: given ["untill"]',
      'SHM021 [test] reason: given ""',
      'SHM021 [test] until: given "soon"',
      'SHM021 [test] exportTo: given ["trivy"]',
    ],
  ],
  [
    'a NodeAgent',
    () =>
      agent({
        capabilities: ['CAP_IPC_LOCK'],
        containers: [
          { name: 'agent', image: 'i' },
          { ...AGENT, name: 'agent' },
        ],
        container: 'main',
        devices: { gpu: 1 },
        leftovers: 1,
        metadata: { name: 'x' },
        name: 'Agent',
        podMetadata: { namespace: 'y' },
        priority: 2,
        selectorLabels: {},
        tolerations: 'all',
        toolImgae: 'a b',
        toolImage: undefined,
        update: 3,
      }),
    [
      'SHM007 [test/agent] options: given ["toolImgae"]',
      'SHM007 [test/agent] update: given 3',
      'SHM009 [test/agent] containers: given two containers named agent',
      'SHM013 [test/agent] containers[0].resources.memory.limit: given no memory limit for container agent',
      'SHM009 [test/agent] container: given "main"',
      'SHM001 [test/agent] name: given "Agent"',
      'SHM007 [test/agent] metadata: given {"name":"x"}',
      'SHM007 [test/agent] podMetadata: given {"namespace":"y"}',
      'SHM002 [test/agent] selectorLabels: given {}',
      'SHM007 [test/agent] priority: given 2',
      'SHM007 [test/agent] tolerations: given "all"',
      'SHM007 [test/agent] capabilities: given ["CAP_IPC_LOCK"]',
      'SHM007 [test/agent] devices: given {"gpu":1}',
      'SHM015 [test/agent] toolImage: given nothing',
      'SHM007 [test/agent] leftovers: given 1',
    ],
  ],
  [
    'a NodeAgent with waves, and a candidate without a limit',
    () =>
      agent({
        container: 'main',
        update: AgentUpdate.waves({
          label: 'a b',
          order: ['A', 'rest', 'rest', 'base', 'last'],
          candidate: any({ agent: { resources: {}, ports: [] }, other: 1 }),
          through: 'first',
        }),
      }),
    [
      'SHM009 [test/agent] container: given "main"',
      'SHM002 [test/agent] update.label: given "a b"',
      'SHM001 [test/agent] update.order: given "A"',
      'SHM007 [test/agent] update.order: given "rest"',
      'SHM007 [test/agent] update.order: given "base"',
      'SHM007 [test/agent] update.through: given "first"',
      'SHM007 [test/agent] update.candidate.agent: given ["ports"]',
      'SHM009 [test/agent] update.candidate: given "other"',
      'SHM007 [test/agent] update.candidate.other: given ["1"]',
    ],
  ],
  [
    'a NodeAgent without a contract',
    () => agent({ contract: undefined, container: 'main', priority: 2 }),
    [
      'SHM018 [test/agent] contract: given nothing',
      'SHM009 [test/agent] container: given "main"',
      'SHM007 [test/agent] priority: given 2',
    ],
  ],
  [
    'a NodeMemory',
    () =>
      new NodeMemory(chart(), 'peers', {
        contract: contract({
          umask: '007',
          readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }),
        }),
        name: 'Peers',
        toolImage: '',
      }),
    [
      'SHM007 [test/peers] contract: given contract routes, whose clients only read',
      'SHM007 [test/peers] contract: given contract routes with readyWhen',
      'SHM007 [test/peers] contract: given contract routes with umask',
      'SHM001 [test/peers] name: given "Peers"',
      'SHM015 [test/peers] toolImage: given ""',
    ],
  ],
  [
    'a SidecarAgent',
    () =>
      new SidecarAgent(
        any({
          contract: vineyard({ guardImage: TOOLS }),
          container: 'x',
          containers: [{ ...AGENT, resources: {} }],
          size: 1,
        }),
      ),
    [
      'SHM007 [SidecarAgent of contract routes] options: given ["size"]',
      'SHM013 [SidecarAgent of contract routes] containers[0].resources.memory.limit: given no memory limit for container agent',
      'SHM009 [SidecarAgent of contract routes] container: given "x"',
      'SHM003 [SidecarAgent of contract routes] size of memory objects: given nothing',
    ],
  ],
  [
    'a PodSharedMemory',
    () => new PodSharedMemory(any({ sise: 5 })),
    ['SHM007 [PodSharedMemory] options: given ["sise"]', 'SHM003 [PodSharedMemory] size: given 5'],
  ],
])('fails with all that is wrong in %s', (_, make, lines) => {
  expect(given(messageOf(make))).toEqual(lines);
});
