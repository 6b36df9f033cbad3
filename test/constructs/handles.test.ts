import { Duration } from 'cdk8s';
import { Access, AgentAlerts, ClientPolicy, ContractGrant, NodeAgent } from '../../src';
import { AGENT, chart, contract, rendered, TOOLS } from '../yaml';

test('a grant names the claim and the volume for each access', () => {
  const c = chart();
  const routes = contract({ clients: Access.READ_WRITE });
  const grant = new ContractGrant(c, 'grant', {
    contract: routes,
    namespace: 'shop',
    access: Access.READ_WRITE,
  });
  expect(grant.contract).toBe(routes);
  expect(grant.namespace).toBe('shop');
  const names = (kind: string) => rendered(c, kind).map(each => each.metadata.name);
  expect([
    grant.claimName('table', Access.READ_ONLY),
    grant.claimName(undefined, Access.READ_WRITE),
  ]).toEqual(names('PersistentVolumeClaim').sort());
  expect([
    grant.persistentVolumeName(),
    grant.persistentVolumeName('table', Access.READ_WRITE),
  ]).toEqual(names('PersistentVolume').sort());
});

test('fails for the claim of a memory or an access that is not granted', () => {
  const grant = new ContractGrant(chart(), 'grant', { contract: contract(), namespace: 'shop' });
  const failure = (ask: () => string) => {
    try {
      return ask();
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(failure(() => grant.claimName('tables'))).toMatch(/SHM007[^]*"tables"[^]*table readOnly/);
  expect(failure(() => grant.claimName('table', Access.READ_WRITE))).toMatch(
    /SHM007[^]*"readWrite"[^]*table readOnly/,
  );
});

test('an agent, a policy and alerts hand out what they made', () => {
  const c = chart('test', 'node-agents');
  const routes = contract();
  const agent = new NodeAgent(c, 'agent', {
    contract: routes,
    containers: [AGENT],
    toolImage: TOOLS,
  });
  const policy = new ClientPolicy(c, 'policy', {
    grants: [
      { namespace: 'shop', contract: routes },
      { namespace: 'bar', contract: routes },
    ],
  });
  const alerts = new AgentAlerts(c, 'alerts', {
    agents: [agent],
    clientWaitingFor: Duration.minutes(10),
  });
  expect(agent.contract).toBe(routes);
  expect([agent.name]).toEqual(rendered(c, 'DaemonSet').map(each => each.metadata.name));
  expect(agent.daemonSet.name).toBe(agent.name);
  expect([policy.policy.kind, alerts.rule.kind]).toEqual([
    'ValidatingAdmissionPolicy',
    'PrometheusRule',
  ]);
  expect(policy.bindings.map(each => each.name)).toEqual(
    rendered(c, 'ValidatingAdmissionPolicyBinding').map(each => each.metadata.name),
  );
  expect(policy.bindings).toHaveLength(2);
});
