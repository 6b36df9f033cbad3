import { Size, type Chart } from 'cdk8s';
import { Probe } from 'cdk8s-plus-27';
import { agent, app, commands, section } from './runbook-app';
import {
  Access,
  AgentNodes,
  AgentUpdate,
  ContractGrant,
  NodeAgent,
  SharedMemory,
  type AgentCandidate,
} from '../../../src';
import { AGENT, contract, deployment, TOOLS } from '../../yaml';

const WRITING = { clients: Access.READ_WRITE };
const MOVE =
  'A node belongs to the wave that its label names; without the label, it belongs to the last wave. You can move a node at any time: the agent of the other wave takes over the memory, and clients keep reading.';
const BACK =
  '**Go back** by naming the previous wave, or by leaving out `candidate` and `through`, or by applying the manifests of the stage before, from Git: any stage can follow any other. Agents are replaced one node after the other, and clients keep reading.';
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
    expect(own).toContain('Agent `ring`: All waves run the same containers.');
    expect(own).toContain(
      'Agent `routes`: The candidate runs in the waves up to and including `canary`.',
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

  test('are described once if one agent serves them all', () => {
    const text = app(c => {
      const made = routes(c);
      contract({
        name: 'ring',
        memory: [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/ring' })],
      }).serveFrom(made, { toolImage: TOOLS });
    });
    expect(titles(text)).toEqual(['## Agent of contracts `ring`, `routes`, wave by wave']);
    const own = section(text, 'Agent of contracts');
    expect(own.match(/^\| \w+ \|/gm)?.slice(1)).toEqual(['| canary |', '| early |', '| rest |']);
    expect(own.match(/The candidate runs/g)).toHaveLength(1);
    expect(own.match(/rollout status .*/g)).toHaveLength(3);
  });
});

test('agents that divide the nodes of a contract have their own stages', () => {
  const text = app(c => {
    for (const size of ['big', 'small']) {
      new NodeAgent(c, size, {
        ...{ name: `routes-${size}`, contract: contract(), toolImage: TOOLS },
        nodes: AgentNodes.labeled('example.com/size', size),
        containers: [{ ...AGENT, name: 'agent', image: `registry.example.com/${size}:1` }],
        update: AgentUpdate.waves({
          ...{ label: 'example.com/wave', order: ['canary', 'early', 'rest'] },
          candidate: { agent: { image: `registry.example.com/${size}:2` } },
          through: size === 'big' ? 'early' : 'canary',
        }),
      });
    }
  });
  const own = section(text, 'Agents of contract `routes`, wave by wave');
  expect(own).toContain(
    'Agent `routes-big`: The candidate runs in the waves up to and including `early`. To promote it, name the next wave in `through`; to roll it back, name the previous one.\n',
  );
  expect(own).toContain(
    'Agent `routes-small`: The candidate runs in the waves up to and including `canary`. To promote it, name the next wave in `through`; to roll it back, leave out `candidate` and `through`.\n',
  );
  expect(commands(own)[1].trim().split('\n')).toEqual(
    ['big', 'small'].map(
      size =>
        `kubectl get nodes -l example.com/routes-agent=yes,example.com/size=${size} -L example.com/wave`,
    ),
  );
  expect(commands(own)[3].trim().split('\n')).toEqual(
    ['big-canary', 'big-early', 'small-canary'].map(
      name => `kubectl rollout undo -n node-agents daemonset/routes-${name}`,
    ),
  );
});

describe('what an operator checks in a rollout', () => {
  const waves = (candidate?: AgentCandidate) =>
    section(
      app(c => agent(c, {}, candidate)),
      'Agent of contract',
    );
  const next = { image: 'registry.example.com/agent:2' };

  test('how many nodes a wave has', () => {
    expect(commands(waves(next))[1]).toBe(
      'kubectl get nodes -l example.com/routes-agent=yes -L example.com/wave\n',
    );
  });

  test('each rollout, for ten minutes at most, and the pods with their wave', () => {
    expect(commands(waves(next))[2].trim().split('\n')).toEqual([
      'kubectl rollout status -n node-agents daemonset/routes-canary --timeout=10m',
      'kubectl rollout status -n node-agents daemonset/routes-early --timeout=10m',
      'kubectl rollout status -n node-agents daemonset/routes --timeout=10m',
      'kubectl get pods -n node-agents -l cdk8s-shared-memory/agent=routes -L cdk8s-shared-memory/wave',
    ]);
  });

  test('the way back without the code, for the waves that run the candidate', () => {
    expect(commands(waves(next))[3]).toBe(
      'kubectl rollout undo -n node-agents daemonset/routes-canary\n',
    );
    expect(waves()).not.toContain('rollout undo');
  });

  test('that nothing says when an agent is ready', () => {
    const warning = 'No container of these agents has a `readinessProbe`';
    expect(waves()).toContain(warning);
  });

  test.each(['readiness', 'startup'])('fails to warn of an agent with a %s probe', kind => {
    const probed = app(
      c =>
        new NodeAgent(c, 'agent', {
          contract: contract(),
          toolImage: TOOLS,
          containers: [{ ...AGENT, [kind]: Probe.fromCommand(['/ready']) }],
          update: AgentUpdate.waves({ label: 'example.com/wave', order: ['canary', 'rest'] }),
        }),
    );
    expect(section(probed, 'Agent of contract')).toContain('wave by wave');
    expect(probed).not.toContain('`readinessProbe`');
  });
});

test('a label with which nodes come is neither set nor removed', () => {
  const label = 'karpenter.sh/nodepool';
  const text = app(
    c =>
      new NodeAgent(c, 'agent', {
        contract: contract(),
        toolImage: TOOLS,
        containers: [AGENT],
        update: AgentUpdate.waves({ label, order: ['canary', 'rest'] }),
      }),
  );
  expect(section(text, 'Agent of contract')).toContain(
    'Nodes come with the label `karpenter.sh/nodepool`: the cloud, the node pool or the kubelet sets it. So leave it as it is, and change `order` to have other nodes in a wave',
  );
  expect(text).not.toMatch(/kubectl label .*karpenter/);
  expect(text).toContain(
    '- **A new node belongs to the wave** that its label `karpenter.sh/nodepool` names, or else to the last one, `rest`.',
  );
});
