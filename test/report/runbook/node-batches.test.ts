import { ApiObject, Chart, JsonPatch, Size } from 'cdk8s';
import { agent, app, commands, section } from './runbook-app';
import { AgentNodes, Backing, ContractGrant, NodeAgent, SharedMemory } from '../../../src';
import { AGENT, contract, deployment, TOOLS } from '../../yaml';

describe('nodes, batch by batch', () => {
  test('as many containers must be ready as the agent has, without its init steps', () => {
    const text = app(
      chart =>
        new NodeAgent(chart, 'agent', {
          ...{ contract: contract(), toolImage: TOOLS, container: 'agent' },
          containers: [
            { ...AGENT, name: 'agent' },
            { ...AGENT, name: 'exporter' },
          ],
        }),
    );
    expect(text).toContain('   # 1 pod, READY 2/2, STATUS Running\n');
    expect(text).not.toContain('1/1');
  });

  test.each([
    ['a namespace with a grant has no client here', {}, ['shop', 'bank']],
    ['nobody has a grant', {}, []],
    [
      'the memory needs no grant',
      { memory: [SharedMemory.systemV({ size: Size.mebibytes(1) })], groupId: undefined },
      [],
    ],
  ])('the whole node is drained if %s: clients may be elsewhere', (_, props, namespaces) => {
    const text = section(
      app(chart => {
        agent(chart, props);
        const of = contract(props);
        of.attachTo(deployment(new Chart(chart, 'client', { namespace: 'shop' })));
        namespaces.forEach(
          each => new ContractGrant(chart, each, { contract: of, namespace: each }),
        );
      }),
      'Nodes with `example.com/routes-agent=yes`',
    );
    expect(text).toContain(
      'These manifests may not have all of them, so the whole node is drained.',
    );
    expect(commands(text)[3]).toContain(
      'kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data\n',
    );
  });

  test.each([
    ['one drain for each client, so that nobody else leaves', 2, 2],
    ['the whole node, if that would be many drains', 5, 1],
  ])('%s', (_, clients, drains) => {
    const text = app(chart => {
      agent(chart);
      const shop = new Chart(chart, 'shop', { namespace: 'shop' });
      new ContractGrant(chart, 'grant', { contract: contract(), namespace: 'shop' });
      for (let i = 0; i < clients; i++) {
        contract().attachTo(deployment(shop, `client-${i}`));
      }
    });
    const found = text.match(/^kubectl drain "\$NODE" .*$/gm) ?? [];
    expect(found).toHaveLength(drains);
    expect(found.filter(each => each.includes('--pod-selector='))).toHaveLength(
      drains === 1 ? 0 : drains,
    );
  });

  test('an agent and a client of two contracts are there once', () => {
    const text = app(chart => {
      const memory = [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/ring' })];
      const [routes, ring] = [contract(), contract({ name: 'ring', memory })];
      const tools = { toolImage: TOOLS };
      const made = new NodeAgent(chart, 'agent', {
        contract: routes,
        containers: [AGENT],
        ...tools,
      });
      ring.serveFrom(made, tools);
      const web = deployment(new Chart(chart, 'client', { namespace: 'shop' }));
      [routes, ring].forEach(each => each.attachTo(web));
    });
    expect(text).toContain('Each node of this pool runs this agent: DaemonSet node-agents/routes.');
    const rollouts = section(text, 'Nodes with').match(/kubectl rollout status .*/g) ?? [];
    expect(rollouts.filter(line => line.includes('daemonset/routes'))).toHaveLength(1);
    expect(new Set(rollouts).size).toBe(rollouts.length);
  });

  test('who still uses a contract is looked for in each way that there is', () => {
    const size = Size.mebibytes(1);
    const looks = (memory: SharedMemory[]) =>
      app(chart => agent(chart, { memory }))
        .split('\n')
        .filter(line => line.includes('get pods -A --field-selector spec.nodeName="$NODE"'))
        .map(line => /hostIPC|hostPath|persistentVolumeClaim/.exec(line)?.[0]);
    const keys = SharedMemory.systemV({ name: 'keys', size });
    const raw = SharedMemory.posix({ name: 'raw', size, backing: Backing.devShm() });
    const files = SharedMemory.files({ name: 'files', size, mountPath: '/run/files' });
    expect(looks([keys])).toEqual(['hostIPC']);
    expect(looks([raw])).toEqual(['hostPath']);
    expect(looks([files])).toEqual(['persistentVolumeClaim']);
    expect(looks([keys, files])).toEqual(['persistentVolumeClaim', 'hostIPC']);
  });

  test('the label of a node pool is not taken away', () => {
    const warning = 'If `example.com/pool=business` is the label of a node pool';
    const nodes = AgentNodes.labeled('example.com/pool', 'business');
    const text = app(chart => agent(chart, { nodes }));
    expect(text).toContain(warning);
    expect(text).toContain(
      'example.com/pool-   # the agents leave; not if a node pool or other pods need this label\n',
    );
    expect(app(chart => agent(chart))).not.toContain('is the label of a node pool');
  });

  test('a pool that brings its label has checks and no label commands', () => {
    const nodes = AgentNodes.labeled('cloud.google.com/gke-nodepool', 'agents');
    const text = app(chart => agent(chart, { nodes }));
    const pool = section(text, 'Nodes with `cloud.google.com/gke-nodepool=agents`');
    expect(pool.match(/^\*\*[^*]+\*\*/gm)).toEqual([
      '**Before**',
      '**Look at**',
      '**Pause**',
      '**Back**',
    ]);
    expect(pool).toContain(
      'Nodes come with this label: the cloud, the node pool or the kubelet sets it. So the agents start on all of these nodes as soon as you apply them. Waves only bring a later version in steps. To go in steps from the start, select the nodes by a label of your own.',
    );
    expect(pool).toContain(
      'Do not remove the label to stop them: other pods may rely on it, and whatever set it can set it again.',
    );
    expect(pool).not.toContain('kubectl label');
    expect(text).not.toContain('The cluster grows');
    expect(text).not.toContain('spec.template.metadata.labels');
  });

  test('a pool that brings its label must set the taint', () => {
    const nodes = AgentNodes.dedicated('karpenter.sh/nodepool', 'agents');
    const text = app(chart => agent(chart, { nodes }));
    expect(section(text, 'Nodes with `karpenter.sh/nodepool=agents`')).toContain(
      'sets it, and the pool must set the taint. So',
    );
    expect(text).toContain('a new node needs the taint of its pool from its first second');
    expect(text).toContain(
      '| Karpenter | NodePool: `spec.template.spec.taints: [{ key: karpenter.sh/nodepool, value: "agents", effect: NoSchedule }]` |',
    );
    expect(text).not.toContain('kubectl taint');
  });

  test('a label with which nodes come is named beside that of the agent, and never set or taken away', () => {
    const text = app(chart => {
      for (const zone of ['a', 'b']) {
        new NodeAgent(chart, zone, {
          ...{ name: zone, contract: contract(), toolImage: TOOLS, containers: [AGENT] },
          nodes: AgentNodes.labeled('topology.kubernetes.io/zone', zone),
        });
      }
    });
    const a = section(
      text,
      'Nodes with `example.com/routes-agent=yes` and `topology.kubernetes.io/zone=a`, batch by batch',
    );
    expect(a).toContain(
      'runs this agent: DaemonSet node-agents/a. Choose nodes that have `topology.kubernetes.io/zone=a` already. Begin',
    );
    expect(a.match(/^kubectl label .*$/gm)).toEqual([
      'kubectl label node "$NODE" example.com/routes-agent=yes',
      'kubectl label node "$NODE" example.com/routes-agent-   # the agents leave',
    ]);
  });

  test('agents of other contracts that leave with the label are named, and their clients leave first', () => {
    const text = app(chart => {
      const memory = [SharedMemory.files({ size: Size.mebibytes(1), mountPath: '/run/ring' })];
      const ring = contract({ name: 'ring', memory });
      const shop = new Chart(chart, 'shop', { namespace: 'shop' });
      for (const [of, nodes] of [
        [contract(), AgentNodes.labeled('example.com/size', 'small')],
        [ring, undefined],
      ] as const) {
        const name = `${of.name}-agent`;
        new NodeAgent(chart, name, {
          ...{ name, contract: of, toolImage: TOOLS, containers: [AGENT], nodes },
        });
        new ContractGrant(chart, `${name}-grant`, { contract: of, namespace: 'shop' });
        of.attachTo(deployment(shop, `${of.name}-client`));
      }
    });
    const back = section(text, 'Nodes with `example.com/routes-agent=yes`, batch by batch');
    expect(back).toContain(
      'If the node has them, these agents leave with the label, too: DaemonSet node-agents/routes-agent.',
    );
    expect(back.match(/^kubectl drain .*$/gm)).toHaveLength(2);
    expect(back).toContain('ring-(data)-.+-(ro|rw)|routes-(table)-');
  });

  test('nobody is drained if no client can be there', () => {
    const text = app(chart => {
      for (const name of ['small', 'big']) {
        new NodeAgent(chart, name, {
          ...{ name, contract: contract(), toolImage: TOOLS, containers: [AGENT] },
          nodes: AgentNodes.labeled('example.com/size', name),
        });
      }
      const shop = new Chart(chart, 'shop', { namespace: 'shop' });
      new ContractGrant(shop, 'grant', { contract: contract(), namespace: 'shop' });
      const web = deployment(shop);
      contract().attachTo(web);
      ApiObject.of(web).addJsonPatch(
        JsonPatch.add('/spec/template/spec/nodeSelector', { 'example.com/size': 'big' }),
      );
    });
    const pool = (size: string) =>
      section(text, `Nodes with \`example.com/routes-agent=yes\` and \`example.com/size=${size}\``);
    expect(pool('small')).not.toMatch(/kubectl (drain|uncordon)/);
    expect(pool('big')).toMatch(/^kubectl drain .* --pod-selector=.+$/m);
  });

  test('agents that divide the nodes of a contract have a pool each', () => {
    const text = app(chart => {
      for (const name of ['small', 'big']) {
        new NodeAgent(chart, name, {
          ...{ name, contract: contract(), toolImage: TOOLS, containers: [AGENT] },
          nodes: AgentNodes.dedicated('example.com/size', name),
        });
      }
      new ContractGrant(chart, 'grant', { contract: contract(), namespace: 'shop' });
      contract().attachTo(deployment(new Chart(chart, 'client', { namespace: 'shop' })));
    });
    const both = '`example.com/routes-agent=yes` and `example.com/size';
    expect(text.match(/^## Nodes with .*/gm)).toEqual([
      `## Nodes with ${both}=big\`, batch by batch`,
      `## Nodes with ${both}=small\`, batch by batch`,
    ]);
    const small = section(text, `Nodes with ${both}=small`);
    expect(small).toContain(
      'Each node of this pool runs this agent: DaemonSet node-agents/small. Begin with one node',
    );
    expect(small).not.toContain('daemonset/big');
    expect(small).toContain(
      'kubectl label node "$NODE" example.com/routes-agent=yes example.com/size=small\n',
    );
    // the client does not tolerate a taint of the size: it could run on no node
    expect(small.match(/^kubectl taint .*$/gm)).toEqual([
      'kubectl taint node "$NODE" example.com/routes-agent=yes:NoSchedule',
      'kubectl taint node "$NODE" example.com/routes-agent-',
    ]);
    // with one label left, clients would come back to a node without an agent
    expect(small).toContain(
      'kubectl label node "$NODE" example.com/routes-agent- example.com/size-   # the agents leave\n',
    );
    expect(small).not.toContain('these agents leave with the labels, too');
    // a client that names no size can be on these nodes, and leaves them
    expect(small).toMatch(/^kubectl drain "\$NODE" .* --pod-selector=.+$/m);
  });

  test('labels of every node are no pool', () => {
    for (const key of ['kubernetes.io/arch', 'kubernetes.io/hostname']) {
      const nodes = AgentNodes.labeled(key, 'x');
      expect(app(chart => agent(chart, { nodes }))).not.toContain('## Nodes with');
    }
  });

  test.each([['node-role.kubernetes.io/agents'], ['cloud.google.com/gke-nodepool']])(
    'no page takes a label or a taint of the cluster from a node: %s',
    key => {
      const nodes = AgentNodes.dedicated(key, 'yes');
      expect(app(chart => agent(chart, { nodes }))).not.toContain(`${key}-`);
    },
  );
});
