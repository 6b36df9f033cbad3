import { Size } from 'cdk8s';
import { agent, app, commands, section } from './runbook-app';
import {
  AgentUpdate,
  Backing,
  ContractGrant,
  NodeAgent,
  SharedMemory,
  type AgentContractProps,
} from '../../../src';
import { AGENT, contract, deployment, TOOLS } from '../../yaml';

const moving = (served = 'v2', props: Partial<AgentContractProps> = {}) =>
  app(chart => {
    agent(chart, { ...props, version: served });
    for (const version of ['v2', 'v3']) {
      new ContractGrant(chart, version, {
        contract: contract({ ...props, version }),
        namespace: 'shop',
      });
    }
    contract({ ...props, version: 'v2' }).attachTo(deployment(chart, 'web'));
  });
const of = (text: string) => section(text, 'Versions of contract `routes`: `v2`, `v3`');

test('who serves, has and uses which version', () => {
  const rows = of(moving())
    .split('\n')
    .filter(line => line.startsWith('| `'));
  expect(rows).toEqual([
    '| `v2` | `routes`, `routes-canary`, `routes-early` | `shop` | 1 workload |',
    '| `v3` | nobody here | `shop` | 0 workloads |',
  ]);
});

test('what to do with the version that nobody serves, in both directions', () => {
  const text = of(moving('v3'));
  expect(text.match(/^\*\*[^*]+\*\*/gm)).toEqual([
    '**If `v2` comes next**',
    '**If `v2` is the old one**',
  ]);
  const [rollout, uses, grants, memory] = commands(text).map(block => block.trim().split('\n'));
  expect(rollout[0]).toBe('kubectl rollout status -n node-agents daemonset/routes --timeout=10m');
  expect(uses).toEqual([
    expect.stringMatching(/grep -E '\^\(shop\/\[\^ \]\+ routes-table-v2-ro\)\$' \|\| echo 'no pod/),
    expect.stringMatching(
      / \/run\/cdk8s-shared-memory\/node-agents\\\.routes\/v2\(\/\|\$\)' \|\| echo 'no pod/,
    ),
  ]);
  expect(grants).toEqual([
    'kubectl delete -n shop persistentvolumeclaim/routes-table-v2-ro',
    expect.stringMatching(/^kubectl delete persistentvolume\/.*v2/),
  ]);
  expect(memory[0]).toBe('at=/run/cdk8s-shared-memory/node-agents.routes/v2');
});

test('with onDelete(), the operator deletes the pod of a node, and sees how far it is', () => {
  const text = app(chart => {
    new NodeAgent(chart, 'agent', {
      contract: contract({ version: 'v2' }),
      toolImage: TOOLS,
      containers: [AGENT],
      update: AgentUpdate.onDelete(),
    });
    new ContractGrant(chart, 'next', { contract: contract({ version: 'v3' }), namespace: 'shop' });
  });
  expect(of(text)).toContain('Its pod on a node changes when you delete it. Then render');
  const pod =
    'pod -n node-agents -l cdk8s-shared-memory/agent=routes,cdk8s-shared-memory/wave=base --field-selector spec.nodeName="$NODE"';
  expect(commands(of(text))[0].trim().split('\n')).toEqual([
    'NODE=...',
    `kubectl delete ${pod}`,
    `i=0; until kubectl wait ${pod} --for=condition=Ready --timeout=10s; do [ $((i+=1)) -lt 60 ] || { echo 'the new pod is not ready: replace no other before it is'; break; }; sleep 1; done`,
    `kubectl get -n node-agents daemonset/routes -o jsonpath='{.status.updatedNumberScheduled} of {.status.desiredNumberScheduled} pods are new, {.status.numberReady} are ready{"\\n"}'`,
  ]);
  expect(text).not.toContain('rollout status'); // kubectl refuses it for OnDelete
});

test('memory without a directory has none to remove, and hostPath clients no grants', () => {
  const devShm = app(chart => {
    const props = (version: string) => ({
      version,
      memory: [
        SharedMemory.posix({ name: 'ring', size: Size.mebibytes(64), backing: Backing.devShm() }),
      ],
    });
    agent(chart, props('v3'));
    contract(props('v2')).attachTo(deployment(chart, 'web'));
  });
  expect(of(devShm)).toContain('**If `v2` is the old one**');
  expect(of(devShm)).not.toContain('at=');
  expect(of(devShm)).not.toContain('its grants');
});

test.each(['v2', 'v3'])('one version (%s) has no such section', version => {
  const text = app(chart => {
    agent(chart, { version });
    contract({ version }).attachTo(deployment(chart, 'web'));
  });
  expect(text).not.toContain('Versions of contract');
});
