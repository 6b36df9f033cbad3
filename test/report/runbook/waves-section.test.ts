import { Size, type Chart } from 'cdk8s';
import { agent, app, section } from './runbook-app';
import { Access, AgentUpdate, ContractGrant, NodeAgent, SharedMemory } from '../../../src';
import { AGENT, contract, deployment, TOOLS } from '../../yaml';

const WRITING = { clients: Access.READ_WRITE };
const MOVE =
  'A node belongs to the wave that its label names; without the label, it belongs to the last wave. You can move a node at any time: the agent of the other wave takes over the memory, and clients keep reading.';
const BACK =
  '**Pause** between waves by applying nothing more. A rollout that has begun goes on to the last node of its wave, because nothing pauses a DaemonSet: to stop it, go back. **Go back** by naming the previous wave, or by leaving out `candidate` and `through`; agents are replaced one node after the other, and clients keep reading.';
const MEANWHILE = ' Until the agent that follows is ready, no agent reads what clients write.';

/** What the waves of a contract say of clients. */
function said(build: (chart: Chart) => void): string[] {
  return section(app(build), 'Agent of contract `routes`')
    .split('\n')
    .filter(line => line.includes('clients keep reading'));
}

describe('while an agent is replaced, clients that only read do not notice, and no agent reads what others write', () => {
  test.each([
    ['nobody is known to use it', {}, () => undefined, ''],
    ['a client reads', {}, (c: Chart) => contract().attachTo(deployment(c)), ''],
    [
      'a client reads, and could write',
      WRITING,
      (c: Chart) => contract(WRITING).attachTo(deployment(c), { access: Access.READ_ONLY }),
      '',
    ],
    [
      'a client writes',
      WRITING,
      (c: Chart) => contract(WRITING).attachTo(deployment(c), { access: Access.READ_WRITE }),
      MEANWHILE,
    ],
    [
      'a namespace may read',
      WRITING,
      (c: Chart) =>
        new ContractGrant(c, 'grant', {
          ...{ contract: contract(WRITING), namespace: 'shop', access: Access.READ_ONLY },
        }),
      '',
    ],
    [
      'a namespace may write, from another repository',
      WRITING,
      (c: Chart) =>
        new ContractGrant(c, 'grant', {
          ...{ contract: contract(WRITING), namespace: 'shop', access: Access.READ_WRITE },
        }),
      MEANWHILE,
    ],
    [
      'a client of another contract writes',
      {},
      (c: Chart) =>
        contract({ ...WRITING, name: 'ring' }).attachTo(deployment(c), {
          access: Access.READ_WRITE,
        }),
      '',
    ],
    [
      'a namespace may write another contract',
      {},
      (c: Chart) =>
        new ContractGrant(c, 'grant', {
          ...{ contract: contract({ ...WRITING, name: 'ring' }), namespace: 'shop' },
        }),
      '',
    ],
  ])('%s', (_, props, build, more) => {
    const found = said(chart => {
      agent(chart, props);
      build(chart);
    });
    expect(found).toEqual([`${MOVE}${more}`, `${BACK}${more}`]);
  });
});

describe('contracts with waves', () => {
  const titles = (text: string) => text.split('\n').filter(line => line.endsWith('wave by wave'));
  const routes = (c: Chart) => agent(c, WRITING, { image: 'registry.example.com/agent:2' });
  const ring = (c: Chart, order = ['canary', 'early', 'rest']) => {
    const of = contract({ ...WRITING, name: 'ring' });
    of.attachTo(deployment(c), { access: Access.READ_WRITE });
    return new NodeAgent(c, 'ring', {
      ...{ contract: of, toolImage: TOOLS, containers: [AGENT] },
      update: AgentUpdate.waves({ label: 'example.com/wave', order }),
    });
  };

  test('share a section if their waves are the same, and each has its own stage', () => {
    const text = app(c => {
      routes(c);
      ring(c);
    });
    expect(titles(text)).toEqual(['## Agents of contracts `ring`, `routes`, wave by wave']);
    const own = section(text, 'Agents of contracts');
    expect(own.match(/^\| (canary|early|rest) \|/gm)).toHaveLength(6);
    expect(own).toContain('Contract `ring`: All waves run the same containers.');
    expect(own).toContain(
      'Contract `routes`: The candidate runs in the waves up to and including `canary`.',
    );
    expect(own).toContain(' no agent reads what clients write to `ring`.');
    expect(own.match(/# into wave canary/g)).toHaveLength(1);
  });

  test('have their own sections if not', () => {
    const text = app(c => {
      routes(c);
      ring(c, ['canary', 'rest']);
    });
    expect(titles(text)).toEqual([
      '## Agent of contract `ring`, wave by wave',
      '## Agent of contract `routes`, wave by wave',
    ]);
  });

  test('clients that get descriptors connect to the agent that follows', () => {
    const reconnects = (memory: SharedMemory[]) =>
      section(
        app(c => agent(c, { memory })),
        'Agent of contract',
      ).match(/must connect to the new one/g);
    const size = Size.mebibytes(1);
    expect(reconnects([SharedMemory.descriptors({ size, mountPath: '/run/m' })])).toHaveLength(2);
    expect(reconnects([SharedMemory.files({ size, mountPath: '/run/m' })])).toBeNull();
  });
});
