import { Chart, Size } from 'cdk8s';
import { agent, app, commands, section } from './runbook-app';
import { AgentNodes, ContractGrant, SharedMemory } from '../../../src';
import { contract, deployment } from '../../yaml';

describe('nodes, batch by batch', () => {
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

  test.each([['node-role.kubernetes.io/agents'], ['cloud.google.com/gke-nodepool']])(
    'no page takes a label or a taint of the cluster from a node: %s',
    key => {
      const nodes = AgentNodes.dedicated(key, 'yes');
      expect(app(chart => agent(chart, { nodes }))).not.toContain(`${key}-`);
    },
  );
});
