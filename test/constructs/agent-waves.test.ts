import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as fc from 'fast-check';
import { agents, LABEL, NEW, ORDER, waves } from './updated-agents';
import { Review } from '../../src';
import { AGENT, type Rendered } from '../yaml';

const through = (wave: string) =>
  waves({ candidate: { [AGENT.name ?? 'main']: { image: NEW } }, through: wave });
type Terms = { matchExpressions: { key: string; operator: string; values: string[] }[] }[];
const affinityOf = ({ spec }: Rendered) => spec.template.spec.affinity;
const termsOf = (set: Rendered): Terms =>
  affinityOf(set).nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
const imagesOf = (sets: Rendered[]) =>
  sets.map(({ spec }) => spec.template.spec.containers[0].image);

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
    expect(agents()[0].spec.template.spec.initContainers[0].env).toContainEqual({
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

  test('variables are in the order of their names in Java, whose maps can have none', () => {
    const envVariables = { B: kplus.EnvValue.fromValue('1'), A: kplus.EnvValue.fromValue('$(B)') };
    const names = () => {
      const candidate = { [AGENT.name ?? 'main']: { envVariables } };
      const [canary] = agents(waves({ candidate, through: 'canary' }));
      return canary.spec.template.spec.containers[0].env.map((each: Rendered) => each.name);
    };
    expect(names()).toEqual(['B', 'A']);
    process.env.JSII_AGENT = 'Java/17.0.15';
    try {
      expect(names()).toEqual(['A', 'B']);
    } finally {
      delete process.env.JSII_AGENT;
    }
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
        envVariables: Object.fromEntries(
          ['NEW', 'LAST', 'CHANGE'].map(name => [name, kplus.EnvValue.fromValue('c')]),
        ),
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
      { name: 'NEW', value: 'c' }, // in the order of the user: $(NAME) refers to what is above
      { name: 'LAST', value: 'c' },
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
