import { Size, Testing } from 'cdk8s';
import { page, section } from './review-examples';
import {
  AgentAlerts,
  AgentNamespace,
  ClientNamespace,
  ClientPolicy,
  ContractGrant,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  StartupTaint,
} from '../../../src';
import { AGENT, chart, contract, deployment, TOOLS } from '../../yaml';

/** Everything that this library renders for one contract, and how to undo it. */
const text = (() => {
  const c = chart();
  const of = contract({ namespace: 'agents' });
  new AgentNamespace(c, 'namespace', { name: 'agents' });
  const agent = new NodeAgent(c, 'agent', {
    contract: of,
    toolImage: TOOLS,
    containers: [AGENT],
  });
  const taint = new StartupTaint(c, 'taint', { agents: [agent], image: 'kubectl:1' });
  new AgentAlerts(c, 'alerts', { agents: [agent], startupTaint: taint });
  new NodePreflight(c, 'preflight', { agents: [agent], toolImage: TOOLS });
  new NodeCleanup(c, 'cleanup', { contract: of, toolImage: TOOLS });
  new ClientPolicy(c, 'policy', {
    grants: [{ namespace: 'shop', contract: of }],
    persistentVolumes: true,
  });
  new ClientNamespace(c, 'shop', {
    name: 'shop',
    contracts: [of],
    quota: { pods: 4, limits: Size.gibibytes(1) },
  });
  new ContractGrant(c, 'grant', { contract: of, namespace: 'shop' });
  of.attachTo(deployment(c));
  const objects: { kind: string }[] = Testing.synth(c);
  return {
    page: section(
      page(objects.map(each => JSON.stringify(each)).join('\n---\n')),
      'How to undo it',
    ),
    kinds: new Set(objects.map(({ kind }) => kind.toLowerCase())),
  };
})();
const steps = text.page.split(/\n(?=\d+\. )/).slice(1);
const stepOf = (words: string) => steps.find(each => each.includes(words)) ?? '';
const placeOf = (words: string) => steps.findIndex(each => each.includes(words));

test('every kind of object that is rendered is named', () => {
  const named = [...text.kinds].filter(
    kind =>
      !new RegExp(`\\b(delete|get|rollout status)\\b.* (namespace )?${kind}[/ ]`).test(text.page),
  );
  expect(named).toEqual([]);
  expect(text.page).toContain('kubectl delete namespace agents');
  expect(text.page).not.toContain('kubectl delete namespace shop');
});

test('alerts go before the agents, which they would miss', () => {
  expect(stepOf('Delete the alerts')).toMatch(/kubectl delete.* prometheusrule\//);
  expect(placeOf('Delete the alerts')).toBeLessThan(placeOf('Delete the agents'));
});

test('the startup taint goes before the agents, and first from where new nodes get it', () => {
  const first = placeOf('Take the startup taint');
  expect(first).toBeGreaterThan(0);
  expect(steps[first]).toMatch(/kubectl taint nodes --all \S+:NoSchedule- /);
  expect(placeOf('Delete what removes the startup taint')).toBe(first + 1);
  expect(placeOf('Delete the agents')).toBeGreaterThan(first + 1);
  const kinds = [...steps[first + 1].matchAll(/kubectl delete(?: -n agents)? (\w+)\//g)].map(
    ([, kind]) => kind,
  );
  expect(kinds).toEqual([
    'deployment',
    'clusterrolebinding',
    'clusterrole',
    'rolebinding',
    'role',
    'serviceaccount',
    'validatingadmissionpolicybinding',
    'validatingadmissionpolicy',
  ]);
});

test('the policies of clients go after the grants, both of them with their bindings', () => {
  const step = stepOf('Delete the policies that limit');
  expect(step.match(/validatingadmissionpolicybinding\//g)).toHaveLength(2);
  expect(step.match(/validatingadmissionpolicy\//g)).toHaveLength(2);
  expect(placeOf('Delete the policies that limit')).toBeGreaterThan(placeOf('Delete the grants'));
});

test('labels of tasks leave the nodes', () => {
  expect(stepOf('Remove the taints and labels')).toContain(
    'kubectl label nodes -l cdk8s-shared-memory/routes-preflight cdk8s-shared-memory/routes-preflight-',
  );
});

test('quotas of clients are looked at, and namespaces of agents go last', () => {
  expect(stepOf('Look at the quotas')).toMatch(/kubectl get -n shop resourcequota\/\S+ -o yaml/);
  expect(placeOf('Delete the namespaces of the agents')).toBe(steps.length - 1);
});
