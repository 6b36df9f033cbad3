import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { agents, NEW, waves } from './updated-agents';
import {
  AgentNodes,
  AgentUpdate,
  NodeAgent,
  type AgentWavesOptions,
  type NodeAgentProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { AGENT, chart, contract, TOOLS } from '../yaml';

describe('one DaemonSet', () => {
  const strategyOf = (update?: AgentUpdate) => {
    const [{ spec }] = agents(update);
    return [spec.updateStrategy, spec.minReadySeconds];
  };

  test('one node after the other, by default', () => {
    const expected = [
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      10,
    ];
    expect(strategyOf()).toEqual(expected);
    expect(strategyOf(AgentUpdate.rolling())).toEqual(expected);
  });

  test('several nodes at once, and how long each must be ready', () => {
    expect(
      strategyOf(
        AgentUpdate.rolling({
          maxUnavailable: kplus.PercentOrAbsolute.percent(10),
          minReady: Duration.minutes(2),
        }),
      ),
    ).toEqual([
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '10%' } },
      120,
    ]);
  });

  test('when somebody deletes the pod', () => {
    expect(strategyOf(AgentUpdate.onDelete())).toEqual([{ type: 'OnDelete' }, 10]);
  });

  test('without waves, nothing of them is in the YAML', () => {
    const [{ metadata, spec }] = agents();
    expect([spec.template.spec.affinity, metadata.annotations['cdk8s-shared-memory/wave']]).toEqual(
      [undefined, undefined],
    );
  });
});

describe('bad input', () => {
  const of = (options: Partial<AgentWavesOptions>, props: Partial<NodeAgentProps> = {}) =>
    messageOf(() => agents(waves(options), props));
  const candidate = { [AGENT.name ?? 'main']: { image: NEW } };

  test.each([
    [
      'a wave that is there twice',
      { order: ['a', 'b', 'a'] },
      'SHM007 [test/agent] update.order: given "a"; allowed each wave once; fix: remove the second one, or give it another name',
    ],
    [
      'a single wave',
      { order: ['a'] },
      "SHM007 [test/agent] update.order: given [\"a\"]; allowed two waves or more; fix: write order: ['canary', 'rest'], or AgentUpdate.rolling()",
    ],
    [
      'a wave with a name that is none',
      { order: ['Canary', 'rest'] },
      'SHM001 [test/agent] update.order: given "Canary"; allowed lowercase letters, digits and "-" (a DNS label), because it becomes part of a name; fix: choose such a name',
    ],
    [
      'a first wave that is called base',
      { order: ['base', 'rest'] },
      'SHM007 [test/agent] update.order: given "base"; allowed another name, because the last wave has this one in its selector; fix: choose another name',
    ],
    [
      'through without a candidate',
      { through: 'canary' },
      'SHM007 [test/agent] update.through: given "canary"; allowed nothing, because there is no candidate; fix: write candidate: { agent: { image: \'...\' } }, or leave through out',
    ],
    [
      'a candidate without through',
      { candidate },
      'SHM007 [test/agent] update.through: given nothing; allowed a wave: canary, early, rest; fix: name the last wave that runs the candidate',
    ],
    [
      'an unknown wave',
      { candidate, through: 'cannary' },
      'SHM007 [test/agent] update.through: given "cannary"; allowed a wave: canary, early, rest; fix: name the last wave that runs the candidate',
    ],
    [
      'an unknown container',
      { candidate: { other: {} }, through: 'canary' },
      `SHM009 [test/agent] update.candidate: given "other"; allowed a container of the agent: ${AGENT.name}; fix: correct the name`,
    ],
    [
      'a candidate of nothing',
      { candidate: {}, through: 'canary' },
      "SHM007 [test/agent] update.candidate: given {}; allowed what is new, by the name of a container; fix: write candidate: { agent: { image: '...' } }",
    ],
    [
      'a label that is none',
      { label: 'a b' },
      'SHM002 [test/agent] update.label: given "a b"; allowed a label key; fix: write a key like example.com/wave',
    ],
    [
      'the label of the pool',
      { label: 'example.com/routes-agent' },
      'SHM007 [test/agent] update.label: given "example.com/routes-agent"; allowed a label key other than that of the nodes of contract routes, which has one value for all of them; fix: divide the nodes into waves by another label',
    ],
  ])('fails for %s', (_, options, message) => {
    expect(of(options)).toBe(message);
  });

  test('fails for the label by which the agent divides the nodes with others', () => {
    expect(of({}, { nodes: AgentNodes.labeled('example.com/wave', 'canary') })).toBe(
      'SHM007 [test/agent] update.label: given "example.com/wave"; allowed a label key other than that of the nodes of this agent, which has one value for all of them; fix: divide the nodes into waves by another label',
    );
  });

  test('fails for a candidate that changes more than it may', () => {
    expect(
      of({
        candidate: { [AGENT.name ?? 'main']: { command: ['x'] } as object },
        through: 'canary',
      }),
    ).toContain('given ["command"]; allowed args, envVariables, image, resources');
  });

  test('fails for a candidate without a memory limit, or whose limit cannot hold the memory', () => {
    const memory = (limit: Size | undefined) => ({
      candidate: {
        [AGENT.name ?? 'main']: { resources: { memory: { request: Size.mebibytes(1), limit } } },
      },
      through: 'canary',
    });
    expect(of(memory(undefined))).toContain(
      'SHM013 [test/agent] containers[0].resources.memory.limit: given no memory limit',
    );
    expect(of(memory(Size.mebibytes(64)))).toContain('SHM013');
  });

  test('fails for a name to which the waves leave no room', () => {
    expect(
      of({ order: ['a-rather-long-name-of-a-wave', 'rest'] }, { name: 'n'.repeat(40) }),
    ).toContain('a DNS label of at most 34 characters, to which the names of waves are appended');
  });

  test('fails for an update that is none, and for one that would never go on', () => {
    expect(messageOf(() => agents('waves' as never))).toBe(
      'SHM007 [test/agent] update: given "waves"; allowed AgentUpdate.rolling(), .onDelete() or .waves(); fix: write one of them, or leave it out',
    );
    expect(
      messageOf(() =>
        agents(AgentUpdate.rolling({ maxUnavailable: kplus.PercentOrAbsolute.absolute(0) })),
      ),
    ).toContain('SHM007 [test/agent] update.maxUnavailable: ');
  });

  test('fails for a second agent of the contract beside the waves', () => {
    const c = chart();
    new NodeAgent(c, 'agent', {
      contract: contract(),
      toolImage: TOOLS,
      containers: [AGENT],
      update: waves(),
    });
    expect(
      messageOf(
        () =>
          new NodeAgent(c, 'other', {
            contract: contract(),
            toolImage: TOOLS,
            containers: [AGENT],
            name: 'other',
          }),
      ),
    ).toContain('SHM007 [test/other] nodes');
  });
});
