import { Chart, Size } from 'cdk8s';
import { type IConstruct } from 'constructs';
import { AgentNodes, AgentUpdate, NodeAgent, SharedMemory, type ServeFromOptions } from '../../src';
import { AGENT, chart, contract, rendered, TOOLS } from '../yaml';

const OPTIONS: ServeFromOptions = { container: 'agent', toolImage: TOOLS };

describe('an agent in waves', () => {
  const waves = AgentUpdate.waves({
    ...{ label: 'example.com/wave', order: ['canary', 'rest'], through: 'canary' },
    candidate: { agent: { image: 'registry.example.com/agent:2' } },
  });
  const other = () =>
    contract({
      name: 'ring',
      memory: [SharedMemory.files({ size: Size.mebibytes(8), mountPath: '/run/ring' })],
    });
  const agent = (update?: AgentUpdate) =>
    new NodeAgent(chart(), 'agent', {
      ...{ contract: contract(), toolImage: TOOLS, containers: [AGENT], update },
    });

  test.each<[string, (made: NodeAgent) => IConstruct, Partial<ServeFromOptions>]>([
    ['as it is', made => made, {}],
    ['a wave by its name', made => made, { workload: 'DaemonSet/routes-canary' }],
    ['the DaemonSet of the last wave', made => made.daemonSet, {}],
    [
      'a wave on nodes of its own',
      made => made.daemonSets[0],
      { nodes: AgentNodes.labeled('example.com/wave', 'canary') },
    ],
  ])('fails to serve a second contract: %s', (_, target, options) => {
    const made = agent(waves);
    expect(() => other().serveFrom(target(made), { ...OPTIONS, ...options })).toThrow(
      /SHM008 .* target: given DaemonSet\/.*, of an agent in waves; .* fix: update the agent without waves/,
    );
  });

  test('without waves, it serves both', () => {
    const made = agent(AgentUpdate.rolling());
    other().serveFrom(made, OPTIONS);
    const [{ spec }] = rendered(Chart.of(made), 'DaemonSet');
    expect(
      spec.template.spec.containers[0].volumeMounts?.map(
        (mount: { mountPath: string }) => mount.mountPath,
      ),
    ).toContain('/run/ring');
  });
});
