import { Testing } from 'cdk8s';
import {
  AgentNodes,
  ContractGrant,
  NodeAgent,
  StartupTaint,
  type StartupTaintProps,
} from '../../../src';
import { isObject, type Json } from '../../../src/kube/json';
import { manifestsOf } from '../../../src/kube/manifest';
import { ManifestSet } from '../../../src/read/manifest-set';
import { runbookPage } from '../../../src/report/runbook/runbook-page';
import { findingsInManifests } from '../../../src/rules/engine';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';
import { AGENT, chart, contract, deployment, TOOLS } from '../../yaml';

const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/routes-agent-not-ready';

function manifests(
  nodes: AgentNodes,
  props?: Partial<StartupTaintProps>,
  change: (objects: Json[]) => void = () => undefined,
) {
  const c = chart('test', 'node-agents');
  const agent = new NodeAgent(c, 'agent', {
    contract: contract({ nodes }),
    toolImage: TOOLS,
    containers: [AGENT],
  });
  if (props) {
    new StartupTaint(c, 'startup-taint', {
      agents: [agent],
      image: 'registry.example.com/kubectl:1.33',
      ...props,
    });
  }
  new ContractGrant(c, 'grant', { contract: contract({ nodes }), namespace: 'node-agents' });
  const client = deployment(c);
  contract({ nodes }).attachTo(client);
  const objects = Testing.synth(c) as Json[];
  change(objects);
  return objects.flatMap(object => (isObject(object) ? manifestsOf(object) : []));
}
const page = (...of: Parameters<typeof manifests>) =>
  runbookPage(new MarkedManifests(new ManifestSet(manifests(...of))));
const rows = (text = '') =>
  text.split('\n').filter(line => /^\| (Karpenter|the cluster autoscaler|a managed)/.test(line));

test('a startup taint is said in the words of each kind of pool', () => {
  const text = page(AgentNodes.all(), {});
  expect(text).toContain(
    `- **A new node comes with the startup taint** \`${KEY}=true:NoSchedule\`, which is removed when its agents are ready`,
  );
  expect(rows(text)).toEqual([
    `| Karpenter | NodePool: \`spec.template.spec.startupTaints: [{ key: ${KEY}, value: "true", effect: NoSchedule }]\` |`,
    `| the cluster autoscaler, from zero nodes | the prefix of \`${KEY}\` makes it a startup taint, so no flag is needed |`,
    `| a managed node group | \`${KEY}=true:NoSchedule\` as a taint that nodes get when they are made and that is not put back later (AKS: \`--node-init-taints\`, not \`--node-taints\`) |`,
  ]);
});

test("a key of one's own needs the flag of the cluster autoscaler; label and taint of the pool stand beside it", () => {
  const [karpenter, autoscaler, managed] = rows(
    page(AgentNodes.dedicated('example.com/routes-agent', 'yes'), { key: 'example.com/not-ready' }),
  );
  expect(karpenter).toMatch(
    /labels\["example.com\/routes-agent"\].* and `spec.template.spec.taints: .*; `spec.template.spec.startupTaints: \[\{ key: example.com\/not-ready,/,
  );
  expect(autoscaler).toContain('; its flag `--startup-taint=example.com/not-ready`; without it');
  expect(managed).toContain(
    'the labels and taints of the group itself, so that a node that replaces another has them too; `example.com/not-ready=true:NoSchedule` as a taint',
  );
});

test('a taint of the Node Readiness Controller is known by its prefix, in YAML of anybody', () => {
  const key = 'readiness.k8s.io/routes-agent';
  const text = page(AgentNodes.all(), undefined, objects =>
    objects.forEach(object => {
      if (isObject(object) && object.kind === 'DaemonSet') {
        Object.assign((object as any).spec.template.spec, {
          tolerations: [{ key, operator: 'Exists' }],
        });
      }
    }),
  );
  expect(text).toContain(`the startup taint** \`${key}=true:NoSchedule\``);
});

describe('an agent that is left out of the startup taint', () => {
  const other = (nodes: AgentNodes) => {
    const c = chart('other', 'node-agents');
    const flags = contract({ name: 'flags', nodes });
    new NodeAgent(c, 'agent', { contract: flags, toolImage: TOOLS, containers: [AGENT] });
    return (objects: Json[]) => objects.push(...(Testing.synth(c) as Json[]));
  };
  const labeled = AgentNodes.labeled('example.com/agents', 'yes');
  const dedicated = AgentNodes.dedicated('example.com/agents', 'yes');

  test.each([
    ['of the same nodes', labeled, labeled],
    ['of the same nodes with a taint', dedicated, dedicated],
    ['of all nodes', labeled, AgentNodes.all()],
  ])('%s is named', (_, nodes, others) => {
    expect(page(nodes, {}, other(others))).toContain(
      `- **No new node waits for DaemonSet \`node-agents/flags\`**: without a toleration of \`${KEY}\`, its pod starts when the taint is removed, at the same time as the first clients.`,
    );
  });

  test.each([
    ['of other nodes', labeled, AgentNodes.labeled('example.com/agents', 'no')],
    ['of nodes with another label', labeled, AgentNodes.labeled('example.com/flags', 'yes')],
    ['that the taint of the pool keeps away', dedicated, AgentNodes.all()],
  ])('%s is none', (_, nodes, others) => {
    expect(page(nodes, {}, other(others))).not.toContain('No new node waits for');
  });
});

test('without a startup taint nothing is said of one', () => {
  expect(page(AgentNodes.all())).toBeUndefined();
  expect(page(AgentNodes.labeled('example.com/routes-agent', 'yes'))).not.toContain('startup');
});

test('neither the Deployment that takes the taint away nor the agents that tolerate it make a rule find anything', () => {
  const found = findingsInManifests(
    manifests(AgentNodes.dedicated('example.com/routes-agent', 'yes'), {}),
    {
      pack: 'strict',
    },
  );
  expect(
    found
      // the clients of these fixtures read more than their limits hold: SHM206
      .filter(({ acknowledged, rule }) => !acknowledged && rule.id !== 'SHM206')
      .map(({ rule, message }) => [rule.id, message]),
  ).toEqual([]);
});
