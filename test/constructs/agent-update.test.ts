import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as fc from 'fast-check';
import {
  AgentUpdate,
  NodeAgent,
  Review,
  type AgentWavesOptions,
  type NodeAgentProps,
} from '../../src';
import { messageOf } from '../bad-input/message';
import { AGENT, chart, contract, rendered, TOOLS, type Rendered } from '../yaml';

const LABEL = 'example.com/wave';
const ORDER = ['canary', 'early', 'rest'];
const NEW = 'registry.example.com/routes-agent:1.9.0';

function agents(update?: AgentUpdate, props: Partial<NodeAgentProps> = {}): Rendered[] {
  const c = chart();
  new NodeAgent(c, 'agent', {
    contract: contract(),
    toolImage: TOOLS,
    containers: [AGENT],
    update,
    ...props,
  });
  return rendered(c, 'DaemonSet');
}
const waves = (options: Partial<AgentWavesOptions> = {}) =>
  AgentUpdate.waves({ label: LABEL, order: ORDER, ...options });
const through = (wave: string) =>
  waves({ candidate: { [AGENT.name ?? 'main']: { image: NEW } }, through: wave });
type Terms = { matchExpressions: { key: string; operator: string; values: string[] }[] }[];
const affinityOf = ({ spec }: Rendered) => spec.template.spec.affinity;
const termsOf = (set: Rendered): Terms =>
  affinityOf(set).nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
const imagesOf = (sets: Rendered[]) =>
  sets.map(({ spec }) => spec.template.spec.containers[0].image);

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

describe('waves', () => {
  test('each has a DaemonSet with a selector of its own; the last one keeps what the agent has without waves', () => {
    const sets = agents(waves());
    expect(sets.map(({ metadata }) => metadata.name)).toEqual([
      'routes-canary',
      'routes-early',
      'routes',
    ]);
    expect(sets.map(({ spec }) => spec.selector.matchLabels)).toEqual(
      ['canary', 'early', 'base'].map(wave => ({
        'cdk8s-shared-memory/agent': 'routes',
        'cdk8s-shared-memory/wave': wave,
      })),
    );
    expect(sets[2].spec.selector).toEqual(agents()[0].spec.selector);
    expect(
      sets.map(({ spec }) => spec.template.metadata.labels['cdk8s-shared-memory/wave']),
    ).toEqual(['canary', 'early', 'base']);
  });

  test('their nodes are disjoint, and the last one has all others', () => {
    expect(agents(waves()).map(termsOf)).toEqual([
      [{ matchExpressions: [{ key: LABEL, operator: 'In', values: ['canary'] }] }],
      [{ matchExpressions: [{ key: LABEL, operator: 'In', values: ['early'] }] }],
      [{ matchExpressions: [{ key: LABEL, operator: 'NotIn', values: ['canary', 'early'] }] }],
    ]);
  });

  test('whatever labels nodes have, each node of the pool has exactly one agent', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/).filter(wave => wave !== 'base');
    const labels = fc.array(fc.option(name, { nil: undefined }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), labels, (order, nodes) => {
        const expressions = agents(waves({ order })).map(
          each => termsOf(each)[0].matchExpressions[0],
        );
        for (const value of [...nodes, ...order, undefined]) {
          const takes = expressions.map(
            ({ operator, values }) =>
              (operator === 'In') === (value !== undefined && values.includes(value)),
          );
          expect([order, value, takes.filter(Boolean).length]).toEqual([order, value, 1]);
          expect(takes.indexOf(true)).toBe(
            value !== undefined && order.includes(value) ? order.indexOf(value) : order.length - 1,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a wave keeps off a node until the agent of another has left it', () => {
    const [canary] = agents(waves());
    expect(
      canary.spec.template.spec.affinity.podAntiAffinity
        .requiredDuringSchedulingIgnoredDuringExecution,
    ).toEqual([
      {
        topologyKey: 'kubernetes.io/hostname',
        labelSelector: {
          matchExpressions: [
            { key: 'cdk8s-shared-memory/agent', operator: 'In', values: ['routes'] },
            { key: 'cdk8s-shared-memory/wave', operator: 'NotIn', values: ['canary'] },
          ],
        },
      },
    ]);
  });

  test('all waves are one owner of the directory on the node, which changes hands without a word', () => {
    const owners = agents(waves()).map(
      ({ spec }) =>
        spec.template.spec.initContainers[0].env.find(
          ({ name }: { name: string }) => name === 'AGENT',
        ).value,
    );
    expect(new Set(owners)).toEqual(new Set(['node-agents/routes']));
    expect(agents()[0].spec.template.spec.initContainers[0].env[1]).toEqual({
      name: 'AGENT',
      value: 'node-agents/routes',
    });
  });

  test('label, order and wave are stamped, and no pod restarts for them', () => {
    expect(
      agents(waves()).map(({ metadata }) =>
        JSON.parse(metadata.annotations['cdk8s-shared-memory/wave']),
      ),
    ).toEqual(
      ORDER.map(wave => ({
        apiVersion: 'cdk8s-shared-memory/v1',
        label: LABEL,
        order: ORDER,
        wave,
      })),
    );
  });

  test('the rules find nothing wrong with them', () => {
    expect(Review.of(agents(through('canary'))).findings).toEqual([]);
  });
});

describe('the candidate', () => {
  test('runs on the waves up to `through`; to promote it or to take it back changes one line of one DaemonSet', () => {
    expect(imagesOf(agents(through('canary')))).toEqual([NEW, AGENT.image, AGENT.image]);
    expect(imagesOf(agents(through('early')))).toEqual([NEW, NEW, AGENT.image]);
    const lines = (sets: Rendered[]) => JSON.stringify(sets, undefined, 1).split('\n');
    const [before, after] = [lines(agents(through('canary'))), lines(agents(through('early')))];
    expect(before.length).toBe(after.length);
    expect(after.filter((line, i) => line !== before[i]).map(line => line.trim())).toEqual([
      `"image": "${NEW}",`,
    ]);
  });

  test('with the last wave reached, writing it into the containers renders the same', () => {
    expect(agents(through('rest'))).toEqual(
      agents(waves(), { containers: [{ ...AGENT, image: NEW }] }),
    );
  });

  test('image, arguments, environment and resources may be new; the rest stays', () => {
    const base = {
      ...AGENT,
      args: ['--old'],
      envVariables: { KEEP: kplus.EnvValue.fromValue('a'), CHANGE: kplus.EnvValue.fromValue('b') },
    };
    const memory = { request: Size.gibibytes(1), limit: Size.gibibytes(1) };
    const candidate = {
      [AGENT.name ?? 'main']: {
        args: ['--new'],
        envVariables: { CHANGE: kplus.EnvValue.fromValue('c'), NEW: kplus.EnvValue.fromValue('d') },
        resources: { memory },
      },
    };
    const [canary, , rest] = agents(waves({ candidate, through: 'canary' }), {
      containers: [base],
    }).map(({ spec }) => spec.template.spec.containers[0]);
    expect([canary.image, canary.args]).toEqual([AGENT.image, ['--new']]);
    expect(canary.env).toEqual([
      { name: 'KEEP', value: 'a' },
      { name: 'CHANGE', value: 'c' },
      { name: 'NEW', value: 'd' },
    ]);
    expect([canary.resources.limits.memory, canary.resources.requests.cpu]).toEqual([
      '1024Mi',
      rest.resources.requests.cpu,
    ]);
    expect([rest.args, rest.env.length]).toEqual([['--old'], 2]);
  });

  test('a DaemonSet that was taken over keeps its selector, and no other wave selects its pods', () => {
    const [canary, , rest] = agents(waves(), { selectorLabels: { app: 'routes-agent' } });
    expect(rest.spec.selector.matchLabels).toEqual({ app: 'routes-agent' });
    expect(canary.spec.template.metadata.labels.app).toBeUndefined();
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
      'SHM007 [test/agent] update.order: given "a"; allowed each wave once; fix: remove it, or give it another name',
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
      'SHM007 [test/agent] update.order: given "base"; allowed another name: the last wave has this one in its selector; fix: choose another name',
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
      'SHM007 [test/agent] update.label: given "example.com/routes-agent"; allowed a label key other than that of the nodes of contract routes, which has one value for all of them; fix: divide the nodes by a second label: example.com/wave',
    ],
  ])('fails for %s', (_, options, message) => {
    expect(of(options)).toBe(message);
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
