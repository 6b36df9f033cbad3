import { Size, Testing } from 'cdk8s';
import { parseAllDocuments } from 'yaml';
import { LEDGER, page, ROUTES, section, SHOP } from './review-examples';
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
import { AGENT, chart, contract, deployment, TOOLS, type Rendered } from '../../yaml';

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
    objects,
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

test('alerts in a rule with others are named, by group where nothing else is in it', () => {
  const rule = {
    ...{ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule' },
    metadata: { name: 'all-alerts', namespace: 'monitoring' },
    spec: {
      groups: [
        { name: 'agents', rules: [{ alert: 'SharedMemoryAgentMissing', expr: '1' }] },
        { name: 'disks', rules: [{ alert: 'DiskFull', expr: '1' }] },
        {
          name: 'nodes',
          rules: [
            { record: 'up:sum', expr: 'sum(up)' },
            { alert: 'SharedMemoryClaimLost', expr: '1' },
            { alert: 'SharedMemoryClientWaiting', expr: '1' },
          ],
        },
      ],
    },
  };
  const objects = [...text.objects, rule].map(each => JSON.stringify(each));
  const undo = section(page(objects.join('\n---\n')), 'How to undo it');
  expect(undo).toContain(
    'Take the alerts out of the rules that have others, too, in the manifests, and apply:',
  );
  expect(undo).toContain(
    '   kubectl get -n monitoring prometheusrule/all-alerts -o yaml   # group agents; in group nodes: SharedMemoryClaimLost, SharedMemoryClientWaiting\n',
  );
  expect(undo).not.toContain('kubectl delete -n monitoring');
  expect(undo.indexOf('Take the alerts out')).toBeLessThan(undo.indexOf('Delete the agents'));
  expect(text.page).not.toContain('Take the alerts out');
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
    'kubectl label nodes -l cdk8s-shared-memory/routes-preflight=yes cdk8s-shared-memory/routes-preflight-',
  );
});

test('quotas of clients are looked at, and namespaces of agents go last', () => {
  expect(stepOf('Look at the quotas')).toMatch(/kubectl get -n shop resourcequota\/\S+ -o yaml/);
  expect(placeOf('Delete the namespaces of the agents')).toBe(steps.length - 1);
});

describe('who reaches memory without a mark, and what stays on nodes', () => {
  const undo = (...files: string[]) => section(page(...files), 'How to undo it');
  const outsider = JSON.stringify(
    parseAllDocuments(SHOP)
      .map(document => document.toJS() as Rendered)
      .map(({ metadata: { annotations: _, ...metadata }, ...object }) => ({
        ...object,
        metadata: { ...metadata, name: 'outsider' },
      }))[0],
  );

  test('it is in the first step, which is for YAML written by hand, too', () => {
    expect(undo(ROUTES, SHOP, outsider)).toContain(`
1. Take the memory out of these workloads (with cdk8s: leave out \`attachTo\`; in other YAML: remove the volume, its mounts, the wait step and the mark), apply, and wait. A workload whose image had the agent inside before needs that image again:

   \`\`\`sh
   kubectl rollout status -n shop deployment/shop-web --timeout=10m
   kubectl rollout status -n shop deployment/outsider --timeout=10m   # mounts it although no mark says so
   \`\`\`
`);
  });

  test('agents are gone with their pods before anything is unmounted', () => {
    expect(undo(ROUTES, SHOP)).toContain(
      'kubectl delete -n node-agents daemonset/routes --cascade=foreground\n',
    );
  });

  test('fails to touch nodes with another value of the label', () => {
    expect(undo(ROUTES, SHOP)).toContain(
      '   kubectl taint nodes -l example.com/node-agents=yes example.com/node-agents-   # "not found" means that a node does not have the taint\n   kubectl label nodes -l example.com/node-agents=yes example.com/node-agents-\n',
    );
  });

  test('segments are found by their user and the key for which clients wait', () => {
    const found = (...files: string[]) =>
      undo(...files)
        .split('\n')
        .find(line => line.includes('shmid is the ID') || line.includes('ipcs -m'))
        ?.trim();
    expect(found(ROUTES, LEDGER)).toBe(
      "awk 'NR == 1 || $8 == 10002 || $1 == 21320' /proc/sysvipc/shm   # those of user 10002 or with key 21320; shmid is the ID",
    );
    expect(found(ROUTES)).toContain("awk 'NR == 1 || $8 == 10002' /proc/sysvipc/shm   # those of");
    const userless = ROUTES.replace(/runAsUser: 10002/g, 'runAsNonRoot: true');
    expect(found(userless)).toMatch(/^awk 'NR == 1 \|\| \$9 == \d+' .* # those of group \d+; /);
    expect(found(userless.replace(/"group":\d+,/g, ''))).toBe(
      "ipcs -m   # the segments of the agent's user",
    );
  });
});

describe('agents of plain YAML', () => {
  const workload = (
    kind: string,
    name: string,
    path = '/run/agents/geo',
    pod = '',
    memory: object = {
      ...{ name: 'geo', api: 'files', mountPath: '/run/geo' },
      ...{ path, contains: 'files', backing: 'existing' },
    },
  ) => {
    const isAgent = kind === 'DaemonSet';
    const mark = {
      apiVersion: 'cdk8s-shared-memory/v2',
      namespace: 'geo',
      version: 'v1',
      side: isAgent ? 'agent' : 'client',
      access: isAgent ? 'readWrite' : 'readOnly',
      payer: 'agent',
      memory: [memory],
      containers: ['app'],
    };
    return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: ${name}
  namespace: geo
  annotations: { cdk8s-shared-memory/contract.geo: '${JSON.stringify(mark)}' }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
${pod}      containers:
        - name: app
          image: registry.example.com/${name}:1
          volumeMounts: [{ name: geo, mountPath: /run/geo, readOnly: ${!isAgent} }]
      volumes: [{ name: geo, hostPath: { path: ${path}, type: Directory } }]
`;
  };
  const undo = (pod = '', path?: string, memory?: object) =>
    section(
      page(
        workload('DaemonSet', 'agent', path, pod, memory),
        workload('Deployment', 'web', path, '', memory),
      ),
      'How to undo it',
    );
  const SELECTOR = '      nodeSelector: { pool: business, kubernetes.io/os: linux }\n';

  test('fails to remove a label that other things may use, and says that it stays', () => {
    const shown = undo(SELECTOR);
    expect(shown).not.toContain('kubectl label nodes');
    expect(shown).toContain(
      'Label `pool=business` stays on the nodes, and so do taints of the same name: an agent selects them by it, but nothing here shows that it is there for the agent alone, so other things may use it.\n',
    );
    const two = undo('      nodeSelector: { pool: business, zone: b }\n');
    expect(two).toContain(
      'Labels `pool=business`, `zone=b` stay on the nodes, and so do taints of the same name: an agent selects them by them',
    );
  });

  test('a label stays, too, if the agent tolerates a taint of the same name: a pool has both', () => {
    const tainted = undo(
      `${SELECTOR}      tolerations: [{ key: pool, operator: Equal, value: business }]\n`,
    );
    expect(tainted).not.toMatch(/kubectl (taint|label) nodes/);
    expect(tainted).toContain(
      'Label `pool=business` stays on the nodes, and so do taints of the same name: an agent selects them by it, but nothing here shows that it is there for the agent alone',
    );
  });

  test('nothing is said of labels where there is none', () => {
    expect(undo()).not.toMatch(/Labels? /);
    expect(undo('      nodeSelector: { kubernetes.io/os: linux }\n')).not.toMatch(/Labels? /);
  });

  test('a directory that the contract does not make stays, and can be removed by hand', () => {
    expect(undo()).toContain(`
3. \`/run/agents/geo\` of contract \`geo\` stays on the nodes, with what is in it: the contract does not make it. If nothing else uses it, and nobody makes it again, remove it by hand. Run this there as root:

   \`\`\`sh
   ls -la /run/agents/geo   # look first
   grep -lsF -e '/agents/geo ' -e /agents/geo/ /proc/[0-9]*/mountinfo   # if it prints a process, something may still mount it: stop
   find /run/agents/geo -xdev -delete
   \`\`\`
`);
    expect(undo('', '/dev/shm/ring')).toContain("grep -lsF -e '/ring ' -e /ring/ /proc");
  });

  test.each(['/var/lib/geo', '/run', '/run/../etc', '/run/systemd/geo', '/'])(
    'fails to remove %s, which need not be memory',
    path => {
      const shown = undo('', path);
      expect(shown).toContain('Render the agents that do not come from this library');
      expect(shown).not.toContain('-delete');
    },
  );

  test('what a contract left is removed on each node, or on those that the agent selects', () => {
    const segments = (pod = '') =>
      undo(pod, undefined, { name: 'geo', api: 'systemV', backing: 'hostIpc' });
    expect(segments()).toContain('Remove what contract `geo` left on each node. Run this there');
    expect(segments(SELECTOR)).toContain(
      'left on each node with `kubernetes.io/os=linux, pool=business`. Run this there',
    );
  });
});
