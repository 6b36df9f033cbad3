import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { ApiObject, Duration, Size } from 'cdk8s';
import { parse } from 'yaml';
import {
  Access,
  AgentAlerts,
  AgentNodes,
  AgentUpdate,
  Backing,
  ClientVolume,
  ContractGrant,
  NodeAgent,
  ReadyWhen,
  SharedMemory,
  StartupTaint,
  type AgentAlertsProps,
  type AgentContractProps,
} from '../../src';
import { ALERTS } from '../../src/model/agent/alert-rules';
import { messageOf } from '../bad-input/message';
import { syntaxErrors } from '../prometheus/promql';
import { AGENT, chart, contract, deployment, rendered, TOOLS, type Rendered } from '../yaml';

const PROMETHEUS = join(__dirname, '..', 'prometheus');
const size = Size.mebibytes(1);
const tmpfs = (name: string) =>
  SharedMemory.files({ name, size, mountPath: `/run/${name}`, backing: Backing.tmpfs() });

function agent(
  c = chart(),
  props: Partial<AgentContractProps> = {},
  id = 'agent',
  update?: AgentUpdate,
) {
  return new NodeAgent(c, id, {
    contract: contract(props),
    toolImage: TOOLS,
    containers: [AGENT],
    update,
  });
}
function alerts(props: Partial<AgentAlertsProps> = {}, c = chart()) {
  new AgentAlerts(c, 'alerts', { ...props, agents: props.agents ?? [agent(c)] });
  const [rule] = rendered(c, 'PrometheusRule');
  const rules: Rendered[] = rule.spec.groups[0].rules;
  return {
    rule,
    rules,
    names: rules.map(r => r.alert),
    expr: (alert: string): string => rules.find(r => r.alert === alert)?.expr.replace(/\s+/g, ' '),
  };
}
const ALL = () => {
  const c = chart();
  const agents = [
    agent(c, { memory: [tmpfs('table')], readyWhen: ReadyWhen.file('x', { toolImage: TOOLS }) }),
  ];
  return alerts(
    {
      agents,
      startupTaint: new StartupTaint(c, 'startup-taint', {
        agents,
        image: 'registry.example.com/kubectl:1',
      }),
      almostFullPercent: 90,
    },
    c,
  );
};

test('every expression is PromQL, and every alert can be made', () => {
  const { rules, names } = ALL();
  expect([...new Set(names)].sort()).toEqual(Object.keys(ALERTS).sort());
  expect(rules.flatMap(r => syntaxErrors(r.expr))).toEqual([]);
});

test.each(['max by (a (b)', 'a{b="c"', 'a and on (b', '1 +'])('fails to read %s', expression =>
  expect(syntaxErrors(expression)).not.toEqual([]),
);

test('the object passes the strict schema of the Prometheus Operator', () => {
  const validate = new Ajv({ allErrors: true }).compile(
    JSON.parse(readFileSync(join(PROMETHEUS, 'prometheus-rule.schema.json'), 'utf8')),
  );
  for (const { rule } of [
    alerts(),
    ALL(),
    alerts({
      labels: { release: 'prometheus' },
      alertLabels: { team: 'platform' },
      runbookUrl: 'https://example.com/runbook',
      namespace: 'monitoring',
    }),
  ]) {
    expect([validate(rule), validate.errors]).toEqual([true, null]);
  }
  expect(
    validate({
      ...alerts().rule,
      spec: { groups: [{ name: 'x', rules: [{ alert: 'x', expresion: '1', for: '1 minute' }] }] },
    }),
  ).toBe(false);
});

test('every alert has a test that it fires, and one that it does not, for promtool (scripts/alerts.ts)', () => {
  const { tests } = parse(readFileSync(join(PROMETHEUS, 'alerts.yaml'), 'utf8'));
  const cases: { alertname: string; exp_alerts?: unknown[] }[] = tests.flatMap(
    (t: Rendered) => t.alert_rule_test,
  );
  const tested = (fires: boolean) =>
    [
      ...new Set(
        cases.filter(c => (c.exp_alerts ?? []).length > 0 === fires).map(c => c.alertname),
      ),
    ].sort();
  expect([tested(true), tested(false)]).toEqual([
    Object.keys(ALERTS).sort(),
    Object.keys(ALERTS).sort(),
  ]);
});

test('no annotation has a template in it, which Helm would take for its own', () => {
  expect(JSON.stringify(ALL().rule)).not.toContain('{{');
});

test('the annotations have a runbook only if there is one', () => {
  const keysOf = (props: object) => [
    ...new Set(alerts(props).rules.flatMap((rule: Rendered) => Object.keys(rule.annotations))),
  ];
  expect(keysOf({})).toEqual(['description', 'summary']);
  expect(keysOf({ runbookUrl: 'https://example.com/runbook' })).toEqual([
    'description',
    'runbook_url',
    'summary',
  ]);
});

test('times, severities and labels are those that are asked for', () => {
  const { rule, rules } = alerts({
    agentNotReadyFor: Duration.minutes(3),
    clientWaitingFor: Duration.seconds(90),
    severities: { SharedMemoryClientWaiting: 'page' },
    alertLabels: { team: 'platform' },
    labels: { release: 'prometheus' },
    runbookUrl: 'https://example.com/runbook',
    name: 'shm',
    namespace: 'monitoring',
  });
  expect(rule.metadata).toEqual({
    name: 'shm',
    namespace: 'monitoring',
    labels: { release: 'prometheus' },
  });
  const shown = (alert: string) =>
    rules.filter(r => r.alert === alert).flatMap(r => [r.for, r.labels, r.annotations.runbook_url]);
  expect(shown('SharedMemoryAgentNotReady')).toEqual([
    '180s',
    { severity: 'critical', team: 'platform' },
    'https://example.com/runbook',
  ]);
  expect(shown('SharedMemoryClientWaiting')).toEqual([
    '90s',
    { severity: 'page', team: 'platform' },
    'https://example.com/runbook',
  ]);
});

test('the DaemonSets of all waves are meant', () => {
  const c = chart();
  const update = AgentUpdate.waves({ label: 'example.com/wave', order: ['canary', 'rest'] });
  const { expr } = alerts({ agents: [agent(c, {}, 'agent', update)] }, c);
  expect(expr('SharedMemoryAgentNotReady')).toContain(
    '{namespace="node-agents", daemonset=~"routes|routes-canary"}',
  );
  expect(expr('SharedMemoryAgentMissing')).toContain(
    'absent(kube_daemonset_created{namespace="node-agents", daemonset="routes-canary"})',
  );
});

test('pods are clients by the claims of the contract, and nothing is said of clients without claims', () => {
  const { expr } = alerts();
  expect(expr('SharedMemoryClientWaiting')).toContain(
    'kube_persistentvolumeclaim_info{volumename=~"node-agents-routes-table-v1-.+-(ro|rw)"}',
  );
  expect(expr('SharedMemoryClientWaiting')).not.toContain('wait-for-');
  expect(ALL().expr('SharedMemoryClientWaiting')).toContain('container=~"wait-for-routes"');
  const systemV = {
    memory: [SharedMemory.systemV({ size })],
    ownerId: undefined,
    groupId: undefined,
  };
  for (const props of [{ clientVolume: ClientVolume.hostPath() }, systemV]) {
    const c = chart();
    expect(alerts({ agents: [agent(c, props)] }, c).names).toEqual([
      'SharedMemoryAgentMissing',
      'SharedMemoryAgentNotReady',
      'SharedMemoryAgentOutOfMemory',
    ]);
  }
});

test('clients without claims are told by the step in which they wait', () => {
  const c = chart();
  const props = {
    memory: [SharedMemory.systemV({ size })],
    readyWhen: ReadyWhen.systemVKey(0x4644, { toolImage: TOOLS }),
  };
  const { expr } = alerts({ agents: [agent(c, props)] }, c);
  expect(expr('SharedMemoryClientWaiting')).toBe(
    'max by (cluster, namespace, pod) (kube_pod_init_container_status_running{container=~"wait-for-routes"}) > 0',
  );
});

test('how full a memory is, of a tmpfs alone', () => {
  expect(ALL().expr('SharedMemoryAlmostFull')).toContain(
    'mountpoint=~"/run/cdk8s-shared-memory/node-agents[.]routes/v1/table"',
  );
  // Backing.directory()
  expect(alerts({ almostFullPercent: 90 }).names).not.toContain('SharedMemoryAlmostFull');
});

test.each<[string, Partial<AgentAlertsProps>, string]>([
  [
    'no agents',
    { agents: [] },
    'SHM007 [test/alerts] agents: given []; allowed a list of one or more agents;',
  ],
  [
    'an agent that serves nothing',
    { agents: [deployment(chart())] },
    'SHM029 [test/alerts] agents[0]: given test/api, which serves no contract;',
  ],
  [
    'an unknown alert',
    { severities: { Nobody: 'page' } },
    'SHM007 [test/alerts] severities: given "Nobody"; allowed SharedMemoryAgentMissing, SharedMemoryAgentNotReady,',
  ],
  [
    'more than all',
    { almostFullPercent: 101 },
    'SHM007 [test/alerts] almostFullPercent: given 101; allowed more than 0 and less than 100;',
  ],
  [
    'no time',
    { clientWaitingFor: Duration.seconds(0) },
    'SHM030 [test/alerts] clientWaitingFor: given 0 ms;',
  ],
  [
    'half a second',
    { agentNotReadyFor: Duration.millis(500) },
    'SHM030 [test/alerts] agentNotReadyFor: given 500 ms;',
  ],
  [
    'a label that Prometheus refuses',
    { alertLabels: { 'a-b': 'x' } },
    'SHM002 [test/alerts] alertLabels: given "a-b";',
  ],
  [
    'a severity for all',
    { alertLabels: { severity: 'page' } },
    'SHM002 [test/alerts] alertLabels: given "severity";',
  ],
  [
    'a label that Kubernetes refuses',
    { labels: { a: 'b c' } },
    'SHM002 [test/alerts] labels: given {"a":"b c"};',
  ],
  [
    'a name that Kubernetes refuses',
    { name: 'A b' },
    'SHM001 [test/alerts] name: given "A b"; allowed a name that Kubernetes accepts;',
  ],
  [
    'a namespace that Kubernetes refuses',
    { namespace: 'a.b' },
    'SHM001 [test/alerts] namespace: given "a.b";',
  ],
  [
    'what is no startup taint',
    { startupTaint: 'x' as never },
    'SHM007 [test/alerts] startupTaint: given "x"; allowed a StartupTaint;',
  ],
  [
    'an option that is not there',
    { rules: [] } as never,
    'SHM007 [test/alerts] options: given ["rules"];',
  ],
])('fails with %s', (_, props, message) => {
  expect(messageOf(() => alerts(props))).toContain(message);
});

test('fails with agents of several contracts and no name, and with a name twice', () => {
  const c = chart();
  const agents = [agent(c), agent(c, { name: 'flags', nodes: AgentNodes.all() }, 'flags')];
  expect(messageOf(() => new AgentAlerts(c, 'alerts', { agents }))).toContain(
    'SHM001 [test/alerts] name: given nothing; allowed a name, because the agents serve several contracts: flags, routes;',
  );
  new AgentAlerts(c, 'one', { agents, name: 'x' });
  expect(messageOf(() => new AgentAlerts(c, 'two', { agents, name: 'x' }))).toContain(
    'SHM011 [test/two] PrometheusRule: given node-agents/x, which test/one already makes;',
  );
});

test('fails with an agent that is no DaemonSet of apps/v1', () => {
  const c = chart();
  const object = new ApiObject(c, 'vendor', {
    apiVersion: 'apps.kruise.io/v1alpha1',
    kind: 'DaemonSet',
    metadata: { name: 'vendor', namespace: 'node-agents' },
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: [{ name: 'agent', image: 'i:1', resources: { limits: { memory: '384Mi' } } }],
        },
      },
    },
  });
  contract().serveFrom(object, { toolImage: TOOLS });
  expect(messageOf(() => alerts({ agents: [object] }, c))).toContain(
    'SHM008 [test/alerts] agents: given "apps.kruise.io/v1alpha1 DaemonSet"; allowed DaemonSets: kube-state-metrics has no such metrics',
  );
});

test('the alert for lost claims and volumes has the names that grants make', () => {
  const c = chart();
  const routes = { contract: contract({ clients: Access.READ_WRITE }), namespace: 'shop' };
  new ContractGrant(c, 'grant', { ...routes, access: Access.READ_WRITE });
  const lost = alerts({ agents: [agent(c, { clients: Access.READ_WRITE })] }, c).rules.find(
    ({ expr }) => expr.includes('Lost'),
  ).expr;
  const [, claims, volumes] =
    /persistentvolumeclaim=~"([^"]*)"[^]*volumename=~"([^"]*)"/.exec(lost) ?? [];
  const matched = (kind: string, names: string) =>
    rendered(c, kind).map(({ metadata }) => new RegExp(`^(?:${names})$`).test(metadata.name));
  expect(matched('PersistentVolumeClaim', claims)).toEqual([true, true]);
  expect(matched('PersistentVolume', volumes)).toEqual([true, true]);
});
