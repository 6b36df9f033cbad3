import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as fc from 'fast-check';
import { agent, app, commands, page, section } from './runbook-app';
import { exampleNames, foldersOf } from '../../../scripts/examples';
import {
  AgentNodes,
  ClientPolicy,
  ContractGrant,
  NodeAgent,
  NodeCleanup,
  NodePreflight,
  SharedMemory,
  WorkloadShift,
  type AgentCandidate,
} from '../../../src';
import { readFiles } from '../../../src/read/input-files';
import { ManifestSet } from '../../../src/read/manifest-set';
import { runbookPage } from '../../../src/report/runbook/runbook-page';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';
import { AGENT, contract, TOOLS } from '../../yaml';

const DIST = join(__dirname, '..', '..', '..', 'dist');

describe('nodes', () => {
  test('label before taint, and back: clients, label, taint', () => {
    const text = section(
      app(chart => {
        agent(chart);
        const api = new kplus.Deployment(chart, 'api', {
          metadata: { namespace: 'shop' },
          containers: [{ image: 'registry.example.com/api:1' }],
        });
        contract().attachTo(api);
        new ContractGrant(chart, 'grant', { contract: contract(), namespace: 'shop' });
      }),
      'Nodes with `example.com/routes-agent=yes`',
    );
    const [first, make, look, back] = commands(text);
    expect(first).toBe(
      'NODE=...\nkubectl get node "$NODE" -o \'jsonpath={.status.nodeInfo.kubeletVersion}{"\\n"}\'   # v1.27 or newer\n',
    );
    expect(make).toBe(
      'kubectl get nodes -l \'example.com/routes-agent!=yes\'   # those that are left\nNODE=...\nkubectl label node "$NODE" example.com/routes-agent=yes\nkubectl taint node "$NODE" example.com/routes-agent=yes:NoSchedule\n',
    );
    expect(look).toContain(
      'kubectl get pods -n node-agents -l cdk8s-shared-memory/agent=routes --field-selector spec.nodeName="$NODE"   # 1 pod, READY 1/1, STATUS Running\n',
    );
    expect(look.match(/# 1 pod/g)).toHaveLength(1); // a node has one of the waves
    expect(look.split('\n')[2]).toBe(
      'kubectl get events -n node-agents --field-selector involvedObject.kind=Pod,type=Warning   # must list none of these pods; "Unhealthy" before a pod is ready does not count',
    );
    expect(back.split('\n').map(line => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'NODE=...',
      'kubectl drain "$NODE"',
      'uses=$(kubectl get pods',
      'kubectl label node',
      'kubectl taint node',
      'kubectl uncordon "$NODE"',
      '',
    ]);
    expect(back).toMatch(/--pod-selector=cdk8s.io\/metadata.addr=test-api-\w+\n/);
    expect(back).toContain(
      `{{.claimName}}{{"\\n"}}{{end}}{{end}}{{end}}') && { echo "$uses" | grep -E ' (routes-(table)-.+-(ro|rw))$' || `,
    );
    expect(text).not.toContain('may not have all of them');
  });

  const NODE_INFO = 'kubectl get node "$NODE" -o \'jsonpath={.status.nodeInfo.';

  test('the kubelet may be older than the API server, which a policy needs', () => {
    const text = app(chart => {
      agent(chart);
      new ClientPolicy(chart, 'policy', { grants: [{ contract: contract(), namespace: 'shop' }] });
    });
    expect(text.indexOf('## Nodes with')).toBeGreaterThan(text.indexOf('## ClientPolicy')); // which reports first
    expect(commands(section(text, 'Nodes with'))[0]).toBe(
      `NODE=...\n${NODE_INFO}kubeletVersion}{"\\n"}'   # v1.27 or newer; the API server: v1.30 or newer, for ValidatingAdmissionPolicy\n`,
    );
  });

  test('the container runtime is looked at if the contract is for SELinux', () => {
    const runtime = `${NODE_INFO}containerRuntimeVersion}{"\\n"}'   # containerd 2 or CRI-O, if SELinux is enforcing and clients write through a claim\n`;
    const text = app(chart => agent(chart, { seLinux: true }));
    expect(commands(text)[0]).toBe(
      `NODE=...\n${NODE_INFO}kubeletVersion}{"\\n"}'   # v1.27 or newer\n${runtime}`,
    );
    const checked = app(chart => {
      const agents = [agent(chart, { seLinux: true })];
      new NodePreflight(chart, 'preflight', { agents, toolImage: TOOLS });
    });
    expect(commands(checked)[0].endsWith(runtime)).toBe(true);
    expect(app(chart => agent(chart))).not.toContain('containerRuntimeVersion');
    const segment = SharedMemory.systemV({ size: Size.mebibytes(1) });
    const systemV = { seLinux: true, memory: [segment], groupId: undefined };
    expect(app(chart => agent(chart, systemV))).not.toContain('containerRuntimeVersion');
  });

  test('what looks at a node comes first, and what cleans it last', () => {
    const text = app(chart => {
      new NodePreflight(chart, 'preflight', { agents: [agent(chart)], toolImage: TOOLS });
      new NodeCleanup(chart, 'cleanup', { contract: contract(), toolImage: TOOLS });
    });
    const onOne = (name: string) => [
      'NODE=...',
      `pod() { kubectl get pods -n node-agents -l app.kubernetes.io/name=${name} --field-selector spec.nodeName="$NODE" -o name; }`,
      `kubectl label node "$NODE" cdk8s-shared-memory/${name}=yes`,
      `i=0; until [ -n "$(pod)" ]; do [ $((i+=1)) -lt 60 ] || { echo 'no pod after a minute: is daemonset/${name} applied?'; break; }; sleep 1; done`,
      'kubectl wait -n node-agents "$(pod)" --for=condition=Ready --timeout=120s || echo \'not ready: the logs say why\'',
      'kubectl logs -n node-agents "$(pod)" --all-containers --ignore-errors',
      `kubectl label node "$NODE" cdk8s-shared-memory/${name}-`,
    ];
    const blocks = commands(section(text, 'Nodes with')).map(block => block.trim().split('\n'));
    expect(blocks[0].slice(0, -1)).toEqual(onOne('routes-preflight'));
    expect(blocks.at(-1)).toEqual(onOne('routes-cleanup'));
    const undo = section(text, 'How to undo it');
    expect(undo).toContain('kubectl delete -n node-agents daemonset/routes-preflight --cascade');
    expect(undo).not.toContain('umount');
    expect(commands(undo).at(-2)?.trim().split(/\n */)).toEqual([
      // the nodes of its waves are among them
      'kubectl label nodes -l example.com/routes-agent=yes --overwrite cdk8s-shared-memory/routes-cleanup=yes',
      "ready() { kubectl get -n node-agents daemonset/routes-cleanup -o 'jsonpath={.status.numberReady}'; }",
      `i=0; until [ "$(ready)" -eq "$(kubectl get nodes -l cdk8s-shared-memory/routes-cleanup=yes -o name | wc -l)" ]; do [ $((i+=1)) -lt 300 ] || { echo 'not done on all nodes after 10 minutes: the next lines say where, and why'; break; }; sleep 2; done`,
      'kubectl get pods -n node-agents -l app.kubernetes.io/name=routes-cleanup -o wide   # a node is done if its pod is 1/1; if it is not, its logs say why',
      'kubectl logs -n node-agents -l app.kubernetes.io/name=routes-cleanup --all-containers --prefix',
      'kubectl label nodes -l cdk8s-shared-memory/routes-cleanup=yes cdk8s-shared-memory/routes-cleanup-',
      'kubectl delete -n node-agents daemonset/routes-cleanup',
    ]);
  });

  test('what looks at nodes of a contract that is on all of them, and what cleans them when its agents are gone, stands by itself', () => {
    const everywhere = app(chart => {
      const all = contract({ nodes: AgentNodes.all() });
      const of = new NodeAgent(chart, 'agent', {
        contract: all,
        toolImage: TOOLS,
        containers: [{ ...AGENT, name: 'agent' }],
      });
      new NodePreflight(chart, 'preflight', { agents: [of], toolImage: TOOLS });
    });
    expect(
      commands(section(everywhere, 'Nodes, one by one')).map(block => block.split('\n')[2]),
    ).toEqual(['kubectl label node "$NODE" cdk8s-shared-memory/routes-preflight=yes']);
    const gone = app(chart => {
      new NodeCleanup(chart, 'cleanup', { contract: contract(), toolImage: TOOLS });
    });
    expect(commands(section(gone, 'Nodes, one by one')).map(block => block.split('\n')[2])).toEqual(
      ['kubectl label node "$NODE" cdk8s-shared-memory/routes-cleanup=yes'],
    );
  });

  test('nodes that are not dedicated have no taint, and those of all nodes no batches', () => {
    expect(
      section(
        app(chart => agent(chart, { nodes: AgentNodes.labeled('example.com/size', 'big') })),
        'Nodes with',
      ),
    ).not.toContain('taint');
    expect(app(chart => agent(chart, { nodes: AgentNodes.all() }))).not.toContain('## Nodes with');
  });
});

describe('waves', () => {
  const waves = (candidate?: AgentCandidate) =>
    section(
      app(chart => agent(chart, {}, candidate)),
      'Agent of contract `routes`',
    );

  test('a candidate is seen by whatever is new in it', () => {
    expect(waves()).toContain('All waves run the same containers.');
    expect(waves({ image: 'registry.example.com/agent:2' })).toContain(
      '| canary | `example.com/wave=canary` | DaemonSet node-agents/routes-canary | `registry.example.com/agent:2` |',
    );
    const args = waves({ args: ['--fast'] });
    expect(args).toMatch(/\| canary \| .* with its own `args` \|/);
    expect(args).toContain(
      'The candidate runs in the waves up to and including `canary`. To promote it, name the next wave in `through`; to roll it back, leave out `candidate` and `through`.',
    );
    expect(args).toMatch(
      /\| early \| `example.com\/wave=early` \| DaemonSet node-agents\/routes-early \| `[^`]+` \|/,
    );
  });
});

describe('pools that grow by themselves', () => {
  const rows = (text: string) =>
    section(text, 'What happens by itself')
      .split('\n')
      .filter(line => line.startsWith('| Karpenter'));
  const two = (key: string, ...values: string[]) =>
    app(chart => {
      for (const value of values) {
        new NodeAgent(chart, value, {
          contract: contract(),
          toolImage: TOOLS,
          containers: [{ ...AGENT, name: 'agent' }],
          name: `routes-${value}`,
          nodes: AgentNodes.labeled(key, value),
        });
      }
    });

  test('never give new nodes the label of a wave, and say which wave they belong to', () => {
    const text = section(
      app(chart => agent(chart)),
      'What happens by itself',
    );
    expect(rows(`\n${text}`)).toEqual([
      '| Karpenter | NodePool: `spec.template.metadata.labels["example.com/routes-agent"]: "yes"` and `spec.template.spec.taints: [{ key: example.com/routes-agent, value: "yes", effect: NoSchedule }]` |',
    ]);
    expect(text).not.toContain('canary');
    expect(text).toContain(
      '- **A new node belongs to the last wave**, `rest`, because it has no label `example.com/wave`.',
    );
    expect(text.match(/last wave/g)).toHaveLength(1);
  });

  test('agents that share out the nodes of a contract have a table each, with the value of their own', () => {
    const text = two('example.com/size', 'big', 'small');
    expect(section(text, 'What happens by itself')).toContain(
      'For the nodes with `example.com/routes-agent=yes, example.com/size=small`:',
    );
    expect(rows(text).map(row => /size"\]: "(\w+)"/.exec(row)?.[1])).toEqual(['big', 'small']);
    expect(text).not.toContain('last wave');
  });

  test('agents on the same nodes have one table', () => {
    const text = app(chart => {
      agent(chart);
      new NodeAgent(chart, 'other', {
        contract: contract({ name: 'verdicts' }),
        toolImage: TOOLS,
        containers: [{ ...AGENT, name: 'agent' }],
      });
    });
    expect(rows(text)).toHaveLength(1);
  });
});

describe('shifts', () => {
  const shift = (shifted: number) =>
    section(
      app(chart => {
        agent(chart);
        new ContractGrant(chart, 'grant', { contract: contract(), namespace: 'shop' });
        const web = (id: string) =>
          new kplus.Deployment(chart, id, {
            metadata: { namespace: 'shop' },
            podMetadata: { labels: { app: 'web' } },
            containers: [
              {
                image: 'registry.example.com/web:1',
                resources: { memory: { limit: Size.mebibytes(64) } },
              },
            ],
          });
        const service = new kplus.Service(chart, 'web', {
          metadata: { name: 'web', namespace: 'shop' },
          ports: [{ port: 80 }],
        });
        service.selectLabel('app', 'web');
        new WorkloadShift(chart, 'shift', {
          contract: contract(),
          from: web('old'),
          to: web('new'),
          replicas: 8,
          shifted,
        });
      }),
      'Workload shop/test-new',
    );

  test('the table has every step, and where it stands', () => {
    expect(shift(33)).toContain('| 25 | 6 | 2 |\n| **33** | 5 | 3 |\n| 50 | 4 | 4 |\n');
    expect(shift(33)).toContain(
      'kubectl scale -n shop deployment/test-new --replicas=...   # on the way back: deployment/test-old\n',
    );
    expect(shift(33)).toContain('-l kubernetes.io/service-name=web -o jsonpath=');
  });

  test('what is left out at the end must be deleted', () => {
    expect(shift(99)).not.toContain('kubectl delete');
    const done = shift(100);
    expect(done).toContain('kubectl delete -n shop deployment/test-old\n');
    // while the old pods run, there are more endpoints than replicas
    expect(done.indexOf('kubectl delete')).toBeLessThan(done.indexOf('kubectl get endpointslices'));
    expect(done).not.toContain('on the way back: deployment/test-old');
  });
});

test('nothing to bring over is no page', () => {
  expect(page('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n')).toBe('');
});

test.each(exampleNames().flatMap(name => foldersOf(name)))(
  'the commands of %s are ones that a shell can read',
  folder => {
    const text =
      runbookPage(
        new MarkedManifests(new ManifestSet(readFiles([join(DIST, folder)]).manifests)),
      ) ?? '';
    for (const block of commands(text)) {
      execFileSync('sh', ['-n', '-c', block.replaceAll('...', 'x')]);
    }
  },
);

test('names of any kind are words of a shell, never commands', () => {
  const platform = readFileSync(
    join(DIST, 'gray-release', '3-next-agent', 'platform.k8s.yaml'),
    'utf8',
  );
  const shop = readFileSync(join(DIST, 'gray-release', '3-next-agent', 'shop.k8s.yaml'), 'utf8');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), name => {
      const evil = JSON.stringify(`$(touch x)\`;'"${name}`);
      const text = page(
        `${platform}\n---\n${shop}`
          .replace(
            /^( *name: )(routes|shop-old|shop-new|web)$/gm,
            `$1${evil.replaceAll('$', '$$$$')}`,
          )
          .replace(/^( *namespace: ).*$/gm, `$1${evil.replaceAll('$', '$$$$')}`),
      );
      expect(commands(text).join('')).toContain('touch x');
      for (const block of commands(text)) {
        const words = execFileSync(
          'sh',
          [
            '-c',
            `kubectl() { printf '%s\\n' "$@" >&2; echo 1; }; touch() { echo TOUCHED; }; ${block.replaceAll('...', 'x')}`.replace(
              /^ *at=.*$|^ *awk .*$/gm,
              '',
            ),
          ],
          { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 },
        );
        expect(words).not.toContain('TOUCHED');
      }
    }),
    { numRuns: 30 },
  );
});
