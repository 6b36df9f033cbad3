import { Chart, Size } from 'cdk8s';
import { agent, app, commands, section } from './runbook-app';
import {
  ClientPolicy,
  NodeAgent,
  PolicyAction,
  SharedMemory,
  type ClientPolicyProps,
} from '../../../src';
import { AGENT, contract, deployment, TOOLS } from '../../yaml';

const runbook = (props: Partial<ClientPolicyProps> = {}) =>
  app(chart => {
    agent(chart);
    const grants = ['shop', 'bank'].map(namespace => ({ contract: contract(), namespace }));
    new ClientPolicy(chart, 'policy', { grants, ...props });
  });
const TITLE = 'ClientPolicy `shared-memory-clients`: report, then refuse';
const tableOf = (text: string) =>
  section(text, TITLE)
    .split('\n')
    .filter(line => line.startsWith('| `'));
const BINDINGS = ['bank', 'shop'].map(each => `shared-memory-clients-${each}`);

test.each([
  [undefined, 'refuses'],
  [PolicyAction.DENY, 'refuses'],
  [PolicyAction.WARN, 'only warns and audits'],
  [PolicyAction.AUDIT, 'only audits'],
])('with action %s, each binding %s', (action, stage) => {
  expect(tableOf(runbook({ action }))).toEqual([
    `| \`${BINDINGS[0]}\` | ${stage} in \`bank\` |`,
    `| \`${BINDINGS[1]}\` | ${stage} in \`shop\` |`,
  ]);
});

test('it reports, is looked at, refuses, and goes back', () => {
  const text = section(runbook(), TITLE);
  expect(text.match(/^\*\*[^*]+\*\*/gm)).toEqual([
    '**Report**',
    '**Look at**',
    '**Refuse**',
    '**Go back**',
  ]);
  const [copies, log, events, back] = commands(text).map(block => block.trim().split('\n'));
  expect(copies.map(line => line.split(' | ')[0])).toEqual([
    'kubectl get pods -n bank -o json',
    'kubectl get pods -n shop -o json',
  ]);
  expect(
    copies.every(line =>
      line.endsWith(
        `| kubectl create --dry-run=server -o name -f -   # must print neither "Warning: Validation failed" nor an error`,
      ),
    ),
  ).toBe(true);
  expect(log[1]).toContain(
    'select((.requestURI | contains("dryRun=") | not) and (.annotations["validation.policy.admission.k8s.io/validation_failure"] // "" | contains("shared-memory-clients")))',
  );
  expect(events).toEqual([
    'kubectl get events -A --field-selector reason=FailedCreate | grep shared-memory-clients   # must print nothing',
  ]);
  expect(back).toEqual(
    BINDINGS.map(
      each =>
        `kubectl patch validatingadmissionpolicybinding ${each} --type=merge -p '{"spec":{"validationActions":["Warn","Audit"]}}'`,
    ),
  );
});

test('the policy of PersistentVolumes goes the same way', () => {
  const text = runbook({ persistentVolumes: true });
  expect(tableOf(text)[2]).toBe('| `shared-memory-clients.volumes` | refuses everywhere |');
  expect(commands(section(text, TITLE))[3].split('\n')).toHaveLength(4);
});

test('an app without a ClientPolicy has no such section', () => {
  expect(app(chart => agent(chart))).not.toContain('ClientPolicy');
});

test('a namespace whose pods are privileged is open until the policy refuses', () => {
  const OPEN =
    '**Until it refuses**, whoever may create pods in `shop` controls the nodes: Pod Security must admit everything there.';
  const text = (memory: SharedMemory) =>
    app(chart => {
      const of = contract({ memory: [memory] });
      new NodeAgent(chart, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
      of.attachTo(deployment(new Chart(chart, 'client', { namespace: 'shop' })));
      new ClientPolicy(chart, 'policy', { grants: [{ contract: of, namespace: 'shop' }] });
    });
  const size = Size.mebibytes(1);
  expect(section(text(SharedMemory.systemV({ size })), TITLE)).toContain(OPEN);
  expect(text(SharedMemory.files({ size, mountPath: '/run/m' }))).not.toContain('Until it refuses');
});
