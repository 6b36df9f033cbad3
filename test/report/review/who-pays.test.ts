import { Size, Testing } from 'cdk8s';
import { page, ROUTES, section, SHOP, rows, yaml } from './review-examples';
import { Access, AgentNodes, AgentUpdate, NodeAgent, SharedMemory } from '../../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../../yaml';

describe('who pays', () => {
  test('clients that write can be charged, although the agent pays', () => {
    const c = chart();
    const of = contract({ clients: Access.READ_WRITE });
    new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
    of.attachTo(deployment(c), { access: Access.READ_WRITE });
    of.attachTo(deployment(c, 'reader'));
    const text = page(yaml(Testing.synth(c)));
    expect(rows(text, 'Memory: who pays')).toContain(
      '| Deployment test-api, `api` | `routes/table`, if it touches pages before the agent does | at most 256Mi | 128Mi |  |',
    );
    expect(section(page(ROUTES, SHOP), 'Memory: who pays')).not.toContain('if it touches');
  });

  test('a node of a wave holds what the whole pool holds, too', () => {
    const c = chart();
    const nodes = AgentNodes.labeled('example.com/pool', 'yes');
    const files = (name: string) => [
      SharedMemory.files({ name, size: Size.mebibytes(64), mountPath: `/run/${name}` }),
    ];
    new NodeAgent(c, 'a', {
      contract: contract({ name: 'waved', nodes, memory: files('waved') }),
      toolImage: TOOLS,
      containers: [AGENT],
      update: AgentUpdate.waves({ label: 'example.com/wave', order: ['canary', 'rest'] }),
    });
    new NodeAgent(c, 'b', {
      contract: contract({ name: 'plain', nodes, memory: files('plain') }),
      toolImage: TOOLS,
      containers: [AGENT],
    });
    const text = section(page(yaml(Testing.synth(c))), 'Memory: who pays');
    expect(text).toContain(
      '| `example.com/pool=yes, example.com/wave=canary` | `plain/plain` 64Mi, `waved/waved` 64Mi | **128Mi** |',
    );
    expect(text).toContain('| on each node with | shared memory | total |'); // rows that include others
  });

  test.each([
    ['of which a node can have both labels', 'example.com/fast', ' (several rows can apply)'],
    ['of which a node can have only one', 'example.com/pool', ''],
  ])('pools %s', (_, key, note) => {
    const c = chart();
    for (const [name, nodes] of [
      ['one', AgentNodes.labeled('example.com/pool', 'one')],
      ['two', AgentNodes.labeled(key, 'two')],
    ] as const) {
      new NodeAgent(c, name, {
        contract: contract({ name, nodes }),
        toolImage: TOOLS,
        containers: [AGENT],
      });
    }
    expect(section(page(yaml(Testing.synth(c))), 'Memory: who pays')).toContain(
      `| on each node with${note} | shared memory | total |`,
    );
  });
});
