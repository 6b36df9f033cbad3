import { App, Chart, Size } from 'cdk8s';
import { type IConstruct } from 'constructs';
import {
  AgentNodes,
  AgentUpdate,
  NodeAgent,
  SharedMemory,
  type AgentContract,
  type ServeFromOptions,
} from '../../src';
import { AGENT, chart, contract, rendered, TOOLS } from '../yaml';

const OPTIONS: ServeFromOptions = { container: 'agent', toolImage: TOOLS };

const waves = AgentUpdate.waves({
  ...{ label: 'example.com/wave', order: ['canary', 'early', 'rest'], through: 'canary' },
  candidate: { agent: { image: 'registry.example.com/agent:2' } },
});

const ring = () =>
  contract({
    name: 'ring',
    memory: [SharedMemory.files({ name: 'ring', size: Size.mebibytes(8), mountPath: '/run/ring' })],
  });

const agent = (update?: AgentUpdate, of: AgentContract = contract(), scope = chart()) =>
  new NodeAgent(scope, 'agent', {
    ...{ contract: of, toolImage: TOOLS, containers: [AGENT], update },
  });

/** What the DaemonSets of an agent have of a contract, by their names. */
function served(made: NodeAgent, name: string): Record<string, unknown> {
  return Object.fromEntries(
    rendered(Chart.of(made), 'DaemonSet').map(({ metadata, spec }) => {
      const { containers, initContainers, ...pod } = spec.template.spec;
      const prepare = initContainers.find(
        (each: { name: string }) => each.name === `prepare-${name}`,
      );
      return [
        metadata.name,
        {
          mounted: containers[0].volumeMounts.map(
            (mount: { mountPath: string }) => mount.mountPath,
          ),
          owner: prepare?.env.find((each: { name: string }) => each.name === 'AGENT')?.value,
          affinity: pod.affinity?.nodeAffinity,
          nodeSelector: pod.nodeSelector,
        },
      ];
    }),
  );
}

describe('an agent in waves that serves a second contract', () => {
  test('serves it from each wave, on the nodes of that wave, as one owner', () => {
    const alone = served(agent(waves), 'ring') as Record<string, { mounted: string[] }>;
    const made = agent(waves);
    ring().serveFrom(made, OPTIONS);
    const both = served(made, 'ring');
    expect(Object.keys(both).sort()).toEqual(['routes', 'routes-canary', 'routes-early']);
    for (const [name, { mounted, ...nodes }] of Object.entries(alone)) {
      expect(both[name]).toEqual({
        ...nodes,
        mounted: ['/run/ring', ...mounted],
        owner: 'node-agents/routes',
      });
    }
  });

  test('serves it as a NodeAgent of its own would in each wave', () => {
    const own = served(agent(waves, ring()), 'ring') as Record<string, object>;
    const made = agent(waves);
    ring().serveFrom(made, OPTIONS);
    const both = served(made, 'ring') as Record<string, object>;
    expect(own.ring).toMatchObject({ owner: 'node-agents/ring' });
    expect(both.routes).toMatchObject({ owner: 'node-agents/routes' });
  });

  test('is the same if a construct that holds it is named', () => {
    const made = agent(waves);
    ring().serveFrom(made, OPTIONS);
    const named = agent(waves);
    ring().serveFrom(Chart.of(named), OPTIONS);
    expect(served(named, 'ring')).toEqual(served(made, 'ring'));
  });

  test('gets each option in each wave', () => {
    const made = agent(waves);
    ring().serveFrom(made, { ...OPTIONS, sizes: { ring: Size.mebibytes(4) } });
    const sizes = rendered(Chart.of(made), 'DaemonSet').map(
      ({ metadata }) =>
        /"name":"ring",.*?"size":"(\w+)"/.exec(
          metadata.annotations['cdk8s-shared-memory/contract.ring'] ?? '',
        )?.[1] ?? metadata.annotations,
    );
    expect(sizes).toEqual(['4Mi', '4Mi', '4Mi']);
  });

  test.each<[string, (made: NodeAgent) => IConstruct, Partial<ServeFromOptions>, string]>([
    ['a wave by its name', made => made, { workload: 'DaemonSet/routes-canary' }, 'workload'],
    ['the last wave by its name', made => made, { workload: 'DaemonSet/routes' }, 'workload'],
    ['the DaemonSet of the last wave', made => made.daemonSet, {}, 'target'],
    [
      'a wave on nodes of its own',
      made => made.daemonSets[0],
      { nodes: AgentNodes.labeled('example.com/wave', 'canary') },
      'target',
    ],
  ])('fails for one wave: %s', (_, target, options, field) => {
    const made = agent(waves);
    expect(() => ring().serveFrom(target(made), { ...OPTIONS, ...options })).toThrow(
      new RegExp(
        `SHM008 .* ${field}: given DaemonSet/routes(-canary)?, one of the 3 waves of agent routes; allowed an agent in waves as a whole: each wave has nodes of its own; fix: give the NodeAgent test/agent itself, without workload$`,
      ),
    );
  });

  test('fails for a workload that it does not have, and names no wave', () => {
    const wrong = { ...OPTIONS, workload: 'DaemonSet/nope' };
    expect(() => ring().serveFrom(agent(waves), wrong)).toThrow(
      /^SHM008 \[test\/agent\] workload: given "DaemonSet\/nope", for agent routes; allowed an agent in waves as a whole: .*; fix: give the NodeAgent test\/agent itself, without workload$/,
    );
  });

  test.each([
    ['nodes with example.com/ring=yes', AgentNodes.labeled('example.com/ring', 'yes')],
    ['all nodes', AgentNodes.all()],
  ])('fails for a contract on other nodes: %s', (words, nodes) => {
    expect(() => contract({ name: 'other', nodes }).serveFrom(agent(waves), OPTIONS)).toThrow(
      `nodes: given contract other on ${words}, for an agent that serves contract routes on nodes with example.com/routes-agent=yes; allowed contracts on the same nodes: the agent would run only on nodes with all these labels, and clients on all others would wait forever; fix: give both contracts the same nodes, or serve each from an agent of its own`,
    );
  });

  const size = (value: string) => AgentNodes.labeled('example.com/size', value);
  const own = (nodes?: AgentNodes, of = contract()) =>
    new NodeAgent(new Chart(new App(), 'test'), 'agent', {
      ...{ contract: of, toolImage: TOOLS, containers: [AGENT], nodes },
    });

  test.each<[string, AgentNodes | undefined, AgentNodes | undefined]>([
    ['the first serves a part of its nodes', size('big'), undefined],
    ['the second serves a part of its nodes', undefined, size('big')],
    ['their parts have different keys', size('big'), AgentNodes.labeled('example.com/disk', 'ssd')],
  ])('fails for a contract on the same nodes of which %s', (_, first, second) => {
    expect(() => ring().serveFrom(own(first), { ...OPTIONS, nodes: second })).toThrow(
      /SHM007 .* nodes: given contract ring on nodes with .*, for an agent that serves contract routes on nodes with /,
    );
  });

  test('is right if the same nodes come of it, by a contract or by a part of one', () => {
    const all = contract({ nodes: undefined });
    const memory = [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/big' })];
    const big = contract({ name: 'big', memory, nodes: size('big') });
    expect(() => big.serveFrom(own(size('big'), all), OPTIONS)).not.toThrow();
    expect(() =>
      ring().serveFrom(own(size('big')), { ...OPTIONS, nodes: size('big') }),
    ).not.toThrow();
  });

  test.each([
    ['another workload', undefined, 4, 'test/agent'],
    ['another agent in waves', waves, 6, 'test/agent or test/other'],
  ])('fails for a construct with %s, and names no wave', (_, update, templates, agents) => {
    const scope = new Chart(new App(), 'test');
    agent(waves, contract(), scope);
    new NodeAgent(scope, 'other', {
      ...{ contract: ring(), toolImage: TOOLS, containers: [AGENT], update },
    });
    expect(() => contract({ name: 'third' }).serveFrom(scope, OPTIONS)).toThrow(
      `SHM008 [test] target: given a construct with ${templates} pod templates; allowed one workload, or one agent in waves as a whole; fix: give the NodeAgent ${agents} itself`,
    );
  });

  const canaries = AgentNodes.labeled('example.com/wave', 'canary');
  test.each<[string, AgentContract, Partial<ServeFromOptions>]>([
    ['of the contract', contract({ name: 'ring', nodes: canaries }), {}],
    ['of the agent', ring(), { nodes: canaries }],
  ])('fails for nodes %s that are chosen by the label of the waves', (_, of, options) => {
    expect(() => of.serveFrom(agent(waves), { ...OPTIONS, ...options })).toThrow(
      'SHM007 [test/agent] nodes: given example.com/wave=canary, for agent routes, whose waves have the label example.com/wave; allowed a label key other than that of the waves: all nodes would be in one of them; fix: choose the nodes by another label',
    );
  });

  test('fails twice for one contract on the same nodes', () => {
    const scope = new Chart(new App(), 'test');
    const made = agent(waves, contract(), scope);
    ring().serveFrom(made, OPTIONS);
    expect(
      () =>
        new NodeAgent(scope, 'other', {
          ...{ contract: ring(), toolImage: TOOLS, containers: [AGENT] },
        }),
    ).toThrow(
      /SHM007 .* nodes: given a second agent of contract ring, on all nodes of the contract; test\/agent serves it/,
    );
  });
});

test('an agent without waves serves both', () => {
  const made = agent(AgentUpdate.rolling());
  ring().serveFrom(made, OPTIONS);
  expect(served(made, 'ring')).toMatchObject({
    routes: { mounted: expect.arrayContaining(['/run/ring']) as string[] },
  });
});
