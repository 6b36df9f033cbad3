import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size, Testing } from 'cdk8s';
import * as Yaml from 'yaml';
import { DIST, LEDGER, page, ROUTES, section, SHOP, rows, yaml } from './review-examples';
import {
  Access,
  ClientNamespace,
  ClientPolicy,
  ContractGrant,
  NodeAgent,
  StartupTaint,
} from '../../../src';
import { AGENT, chart, contract, TOOLS } from '../../yaml';

describe('what is approved', () => {
  test('one row for each container, with its image', () => {
    expect(rows(page(ROUTES, SHOP, LEDGER), 'What you approve').slice(0, 3)).toEqual([
      expect.stringMatching(
        /^\| Deployment \[ledger\/ledger-book\]\(2\.yaml\), DaemonSet \[node-agents\/guard\]\(0\.yaml\) \| `hostIPC` \|/,
      ),
      expect.stringMatching(
        /^\| DaemonSet \[node-agents\/routes\]\(0\.yaml\) \| `hostPath \/run\//,
      ),
      expect.stringMatching(
        /^\| DaemonSet \[node-agents\/routes\]\(0\.yaml\): init step `prepare-routes` \| `user root`, `capability CHOWN` \| contract routes: .* \| `registry\.example\.com\/busybox:1\.36` \|/,
      ),
    ]);
  });

  test('pods with other SELinux levels are other rows', () => {
    const pod = (name: string, more: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { hostIPC: true, containers: [{ name: 'a', image: 'x' }], ...more },
    });
    const level = { securityContext: { seLinuxOptions: { level: 's0' } } };
    const text = page(yaml([pod('a', {}), pod('b', level)]));
    expect(rows(text, 'What you approve').map(row => row.split(' | ')[1])).toEqual([
      '`hostIPC`',
      '`hostIPC`, `SELinux level s0, without categories`',
    ]);
  });

  test('what several contracts give the same reason for is one row, which names all', () => {
    const c = chart();
    for (const name of ['quotes', 'trades']) {
      new NodeAgent(c, name, {
        contract: contract({ name }),
        toolImage: TOOLS,
        containers: [AGENT],
      });
    }
    const text = page(yaml(Testing.synth(c)));
    expect(rows(text, 'What you approve')).toEqual([
      expect.stringMatching(
        /^\| DaemonSet \[node-agents\/quotes\]\(0\.yaml\) \| `hostPath [^`]*\.quotes` \| contract quotes: /,
      ),
      expect.stringMatching(
        /^\| DaemonSet \[node-agents\/trades\]\(0\.yaml\) \| `hostPath [^`]*\.trades` \| contract trades: /,
      ),
      expect.stringMatching(
        /^\| DaemonSet \[node-agents\/quotes\]\(0\.yaml\): init step `prepare-quotes`, DaemonSet \[node-agents\/trades\]\(0\.yaml\): init step `prepare-trades` \| `user root`, `capability CHOWN` \| contract quotes, contract trades: an init step makes /,
      ),
    ]);
    expect(text.split('\n')[2]).toContain('To approve: 6 host privileges of 2 workloads');
  });

  test('fails to hide behind the reason of another: what it does not cover makes a row of its own', () => {
    const added = ROUTES.replace(/- CHOWN\n/, '- CHOWN\n                - SYS_ADMIN\n');
    const other = (text: string) => text.replaceAll('routes', 'quotes');
    expect(
      rows(page(added, other(ROUTES)), 'What you approve').filter(row => row.includes('prepare-')),
    ).toEqual([
      expect.stringContaining('`prepare-routes`'),
      expect.stringMatching(/`prepare-quotes` \| `user root`, `capability CHOWN` \|/),
    ]);
  });

  test('the same privileges for another reason, or with another image, are rows of their own', () => {
    const pod = (name: string, image: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'a', image, securityContext: { privileged: true } }] },
    });
    const text = page(yaml([pod('a', 'x:1'), pod('b', 'x:1'), pod('c', 'x:2')]));
    expect(rows(text, 'What you approve').map(row => row.split(' | ')[0])).toEqual([
      '| Pod [a](0.yaml), Pod [b](0.yaml): `a`',
      '| Pod [c](0.yaml): `a`',
    ]);
  });

  test.each([
    [/- CHOWN\n/, '- CHOWN\n                - SYS_ADMIN\n', 'capability SYS_ADMIN'],
    [/runAsUser: 0\n/, 'runAsUser: 0\n            procMount: Unmasked\n', 'procMount Unmasked'],
  ])(
    'what is added to a step by hand has no reason, and the rest keeps its own: %s',
    (at, more, words) => {
      expect(ROUTES).toMatch(at);
      const text = page(ROUTES.replace(at, more), SHOP, LEDGER);
      const row = rows(text, 'What you approve').find(each => each.includes('prepare-routes'));
      expect(row).toMatch(
        new RegExp(
          `contract routes: an init step makes the directories .*; \\*\\*these manifests give no reason for \`${words}[^\`]*\`\\*\\* \\|`,
        ),
      );
      expect(text.split('\n')[2]).toContain('1 host privilege without a reason');
    },
  );

  test.each([
    [{ a: Access.READ_WRITE }, [['read, or read and **write**', '`a`']]],
    [
      { a: Access.READ_WRITE, b: Access.READ_ONLY },
      [
        ['read', '`a`, `b`'],
        ['read and **write**', '`a`'],
      ],
    ],
  ])('what namespaces may do with one directory: %j', (grants, expected) => {
    const c = chart();
    const of = contract({ clients: Access.READ_WRITE });
    new NodeAgent(c, 'agent', { contract: of, toolImage: TOOLS, containers: [AGENT] });
    for (const [namespace, access] of Object.entries(grants)) {
      new ContractGrant(c, namespace, { contract: of, namespace, access });
    }
    const directories = rows(page(yaml(Testing.synth(c))), 'What you approve').filter(row =>
      row.startsWith('| `/run'),
    );
    expect(directories.map(row => row.split(' | ').slice(1, 3))).toEqual(expected);
  });

  test('a volume of a grant for reading that lets pods write is no grant for writing', () => {
    const text = page(ROUTES.replace(/ {2}mountOptions:\n {4}- ro\n/, ''), SHOP, LEDGER);
    expect(rows(text, 'What you approve').at(-1)).toContain(
      '| read and **write** | `shop` | contract routes: memory table; **the grant is for reading, but `mountOptions` has no `ro`** |',
    );
    expect(section(text, 'Findings')).toContain('SHM318');
    expect(text).not.toContain('SHM106');
  });

  test('tasks of nodes stand apart, as nobody has their privileges until a node has a label', () => {
    const text = section(
      page(readFileSync(join(DIST, 'gray-release/1-agents/platform.k8s.yaml'), 'utf8')),
      'What you approve',
    );
    const [always, idle] = text.split('These run on no node until somebody gives it their label');
    expect(always).not.toContain('routes-cleanup');
    expect(idle).toContain('(`cdk8s-shared-memory/routes-cleanup=yes`, ');
    expect(idle).toContain('init step `check`');
  });

  test('service accounts that may change nodes, and what limits them', () => {
    const c = chart();
    const agent = new NodeAgent(c, 'agent', {
      contract: contract(),
      toolImage: TOOLS,
      containers: [AGENT],
    });
    new StartupTaint(c, 'taint', { agents: [agent], image: 'kubectl:1' });
    const objects = Testing.synth(c);
    const text = page(yaml(objects));
    expect(section(text, 'What you approve')).toMatch(
      /RBAC in these manifests lets somebody change nodes:[^]*\| `node-agents\/\S+` \| .*patch nodes \| ValidatingAdmissionPolicy `/,
    );
    expect(rows(text, 'What limits these pods')).toEqual([
      expect.stringContaining(
        '| what a service account may change of nodes | refuses everywhere |',
      ),
    ]);
    expect(text).toContain('1 service account that may change nodes');
    const bare = objects.filter(({ kind }: { kind: string }) => !kind.startsWith('Validating'));
    expect(section(page(yaml(bare)), 'What you approve')).toContain(
      'patch nodes | **nothing in these manifests** |',
    );
  });
});

describe('what limits these pods', () => {
  const objects = () => {
    const c = chart();
    const of = contract({ namespace: 'agents' });
    new ClientPolicy(c, 'policy', { grants: [{ namespace: 'shop', contract: of }] });
    new ClientNamespace(c, 'shop', {
      name: 'shop',
      contracts: [of],
      quota: { pods: 4, limits: Size.gibibytes(1) },
    });
    return Testing.synth(c);
  };
  const withClient = (all: readonly object[]) =>
    yaml([...all, ...Yaml.parseAllDocuments(SHOP).map(d => d.toJS())]);

  test('a policy, and whether it is in force', () => {
    const [first] = rows(page(withClient(objects())), 'What limits these pods');
    expect(first).toMatch(
      /^\| ValidatingAdmissionPolicy `[^`]+` \| pods may use .* \| refuses in `shop` \|/,
    );
    const unbound = objects().filter(
      ({ kind }: { kind: string }) => kind !== 'ValidatingAdmissionPolicyBinding',
    );
    expect(rows(page(withClient(unbound)), 'What limits these pods')[0]).toContain(
      '**not in force: these manifests have no binding for it**',
    );
    const warning = withClient(objects()).replace(
      /"validationActions":\[[^\]]*\]/,
      '"validationActions":["Warn"]',
    );
    expect(rows(page(warning), 'What limits these pods')[0]).toContain('**only warns** in `shop`');
    const open = withClient(objects()).replace(
      '"failurePolicy":"Fail"',
      '"failurePolicy":"Ignore"',
    );
    expect(rows(page(open), 'What limits these pods')[0]).toContain(
      '**lets everything pass if it cannot be evaluated**',
    );
  });

  test('quotas of the namespaces whose pods are on this page', () => {
    const text = page(withClient(objects()));
    expect(rows(text, 'What limits these pods')[1]).toMatch(
      /^\| ResourceQuota `shop\/[^`]+` \| .*memory: `/,
    );
  });

  test('if there is nothing, it says so', () => {
    expect(section(page(ROUTES), 'What limits these pods')).toContain(
      'These manifests have no policy',
    );
  });
});

test('SELinux types, users and roles that Pod Security refuses are approved, and others are not', () => {
  const pod = (options: object) =>
    yaml([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a' },
        spec: {
          containers: [{ name: 'a', image: 'x:1', securityContext: { seLinuxOptions: options } }],
        },
      },
    ]);
  const gets = (options: object) =>
    rows(page(pod(options)), 'What you approve').map(row => row.split(' | ')[1]);
  expect(gets({ type: 'unconfined_t' })).toEqual(['`SELinux type unconfined_t`']);
  expect(gets({ user: 'system_u', role: 'system_r' })).toEqual([
    '`SELinux user system_u`, `SELinux role system_r`',
  ]);
  expect(gets({ type: 'container_t', level: 's0' })).toEqual([]);
});

describe('the digest', () => {
  const digestOf = (...files: string[]) => /sha256:[0-9a-f]{64}/.exec(page(...files))?.[0];
  const digest = digestOf(ROUTES, SHOP, LEDGER);

  test('stays with a new image of an app, and beside what is not of this page', () => {
    expect(digest).toBeDefined();
    const release = SHOP.replace(/image: registry.example.com\/shop\S*/, 'image: other:2');
    expect(release).not.toBe(SHOP);
    expect(digestOf(ROUTES, release, LEDGER)).toBe(digest);
    const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: {}\n';
    expect(digestOf(ROUTES, SHOP, LEDGER, other)).toBe(digest);
  });

  test.each([
    ['the image of a privileged step', ROUTES.replace(/busybox:1\.36/g, 'busybox:1.37'), SHOP],
    [
      'a command in a pod with a privilege',
      ROUTES.replace('command:\n', 'command:\n                - evil\n'),
      SHOP,
    ],
    ['another privilege', ROUTES, SHOP.replace('    spec:\n', '    spec:\n      hostPID: true\n')],
  ])('changes with %s', (_, routes, shop) => {
    expect([routes, shop]).not.toEqual([ROUTES, SHOP]);
    expect(digestOf(routes, shop, LEDGER)).not.toBe(digest);
  });
});

test('a contract whose clients wait in a step does not say that they do not wait', () => {
  const text = section(
    page(ROUTES, SHOP, LEDGER),
    'How memory is shared, and why not with fewer privileges',
  );
  expect(text).toContain('- Each client waits for the agent in an init step: `wait-for-guard`.');
  expect(text).not.toContain('does not make a client wait');
  const without = LEDGER.replace(/name: wait-for-guard/g, 'name: other');
  expect(
    section(page(ROUTES, SHOP, without), 'How memory is shared, and why not with fewer privileges'),
  ).toContain('does not make a client wait');
});

test('memory of a sidecar is of its pods, and memory of an agent of its clients', () => {
  const text = page(
    ...['agents', 'team'].map(name => readFileSync(join(DIST, `aeron/${name}.k8s.yaml`), 'utf8')),
  );
  const memories = rows(text, 'What is shared with whom').filter(row =>
    row.includes('aeron/driver'),
  );
  expect(memories.map(row => row.split(' | ').slice(4, 6))).toEqual([
    [
      expect.stringContaining('DaemonSet aeron-agents/aeron'),
      expect.stringMatching(/^2 workloads/),
    ],
    ['a sidecar in each pod', expect.stringMatching(/^1 workload /)],
  ]);
  expect(text).toContain('- Contract `aeron` (names no team and no data class): 64Mi, ');
  expect(text).not.toMatch(/memory_aeron_driver <?-->\|[^|]*\| Deployment_aeron_sidecar/);
});
