import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { DIST, LEDGER, page, ROOT, ROUTES, rows, section, SHOP } from './review-examples';
import { exampleNames, foldersOf } from '../../../scripts/examples';
import { main } from '../../../src/cli/main';
import { ManifestSet } from '../../../src/read/manifest-set';
import { reviewPage } from '../../../src/report/review/review-page';
import { findingsInSet } from '../../../src/rules/engine';
import { MarkedManifests } from '../../../src/sharing/marked-manifests';
import { manifestsIn, objectsIn, spoiltFrom, WILD } from '../../spoilt';

/** What a command prints. */
async function printed(args: string[], cwd = ROOT): Promise<string> {
  const before = process.cwd();
  let text = '';
  const stream = {
    write: (words: string) => {
      text += words;
      return true;
    },
  } as unknown as NodeJS.WritableStream;
  process.chdir(cwd);
  try {
    await main(args, {
      stdout: stream,
      stderr: { write: () => true } as unknown as NodeJS.WritableStream,
    });
  } finally {
    process.chdir(before);
  }
  return text;
}

describe('what ReviewApp writes is what the commands make of its YAML alone', () => {
  test.each(exampleNames().flatMap(name => foldersOf(name)))('%s', async name => {
    expect(await printed(['review', join('dist', name)])).toBe(
      readFileSync(join(DIST, name, 'REVIEW.md'), 'utf8'),
    );
    const runbook = join(DIST, name, 'RUNBOOK.md');
    expect(await printed(['runbook', join('dist', name)])).toBe(
      existsSync(runbook)
        ? readFileSync(runbook, 'utf8')
        : 'No node, no wave and no workload in these manifests is to be brought over step by step.\n',
    );
    expect(
      await printed(['lint', '.', '--format', 'sarif', '--today', '2000-01-01'], join(DIST, name)),
    ).toBe(readFileSync(join(DIST, name, 'review.sarif'), 'utf8'));
  });
});

describe('the first screen', () => {
  const firstLine = (...files: string[]) => page(...files).split('\n')[2];

  test('what is to be approved, if nothing is wrong with it', () => {
    expect(firstLine(ROUTES, SHOP, LEDGER)).toBe(
      '**To approve: 5 host privileges of 3 workloads; 2 PersistentVolumes of node directories for client namespaces.** Each has its reason below, and no finding is open; whether the reasons are good enough is yours to decide.',
    );
  });

  test('nothing, if no pod has a privilege', () => {
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers: [{ name: a, image: a }]\n';
    expect(firstLine(pod)).toBe(
      '**Nothing to approve:** no pod has a host privilege. No finding is open.',
    );
  });

  test('an error stops', () => {
    expect(
      firstLine(
        ROUTES,
        SHOP.replace(
          'mountPath: /dev/shm\n              name: routes-table\n',
          'mountPath: /shm\n              name: routes-table\n',
        ),
      ),
    ).toMatch(/^\*\*Stop: \d+ errors?/);
  });

  test('a privilege without a reason is to be looked at', () => {
    const pods =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  hostPID: true\n  containers:\n    - name: a\n      image: a\n      resources: { limits: { memory: 1Gi }, requests: { memory: 1Gi } }\n      volumeMounts: [{ name: m, mountPath: /m }]\n  volumes: [{ name: m, emptyDir: { medium: Memory, sizeLimit: 1Mi } }]\n';
    expect(firstLine(pods)).toBe(
      '**Look at this: 1 host privilege without a reason in pods that share memory.**',
    );
    expect(section(page(pods), 'What you approve')).toContain(
      '| Pod [a](0.yaml) | `hostPID` | **these manifests give no reason** | `a` |',
    );
  });

  test('two versions of a contract at once', () => {
    expect(page(ROUTES, SHOP.replace('"version":"v1"', '"version":"v2"'))).toContain(
      'in versions v1 and v2 (not all sides have followed yet)',
    );
  });

  test('the first day on which an acknowledgement ends', () => {
    const until = (day: string) =>
      LEDGER.replace(/(acknowledge\.SHM301\.guard: )the/, `$1"until ${day}: the`).replace(
        'of the node shares\n',
        'of the node shares"\n',
      );
    expect(
      page(ROUTES.replace('acknowledge.SHM301', 'acknowledge.SHM301'), until('2027-06-30')),
    ).toContain('2 findings acknowledged, the first until 2027-06-30.');
  });
});

test('what it says of the example is what a reviewer asks', () => {
  const text = page(ROUTES, SHOP, LEDGER);
  expect(section(text, 'What you approve')).toContain(
    '| Deployment [ledger/ledger-book](2.yaml), DaemonSet [node-agents/guard](0.yaml) | `hostIPC` | contract guard: memory verdicts is System V memory, in the IPC namespace that both sides must share; SHM301: ',
  );
  expect(section(text, 'Memory: who pays')).toContain(
    '| DaemonSet node-agents/routes, `agent` | `routes/table` | 256Mi | 384Mi | 128Mi |',
  );
  expect(section(text, 'Memory: who pays')).toContain(
    '| `example.com/node-agents=yes` | `guard/verdicts` 64Mi, `routes/table` 256Mi | **320Mi** |',
  );
  expect(section(text, 'How memory is shared, and why not with fewer privileges')).toContain(
    '- When the agent is gone: the segments stay until they are removed or the node restarts',
  );
  expect(section(text, 'What each namespace must allow')).toContain(
    '| `ledger` | **privileged** | ledger-book `hostIPC` | not in these manifests: see the next section |',
  );
  expect(section(text, 'What each namespace must allow')).toContain('| `shop` | restricted |');
  expect(section(text, 'How to undo it')).toContain(
    'kubectl delete -n node-agents daemonset/routes',
  );
});

test('a namespace that has a grant, and no pods here, is there with what it enforces', () => {
  const shop = (labels = '') =>
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: shop${labels} }\n`;
  const level = (namespace: string) =>
    rows(page(ROUTES, namespace), 'What each namespace must allow').filter(row =>
      row.startsWith('| `shop`'),
    );
  const none = '| `shop` | none of its pods is in these manifests |  |';
  expect(level(shop(', labels: { pod-security.kubernetes.io/enforce: restricted }'))).toEqual([
    `${none} \`restricted\` |`,
  ]);
  expect(level(shop())).toEqual([`${none} nothing: the default of the cluster applies |`]);
  expect(level(shop().replace('shop', 'billing'))).toEqual([]); // not granted, or not here
});

test('a namespace that is not in the manifests: the page says once how to see what it enforces', () => {
  const command = /kubectl get namespaces -L pod-security.kubernetes.io\/enforce/g;
  const levels = (...files: string[]) =>
    section(page(...files), 'What each namespace must allow')
      .trimEnd()
      .split('\n')
      .slice(4);
  expect(levels(SHOP, LEDGER)).toEqual([
    expect.stringMatching(/^\| `ledger` .*\| not in these manifests: see the next section \|$/),
    expect.stringMatching(/^\| `shop` .*\| not in these manifests: see the next section \|$/),
  ]);
  expect(section(page(SHOP, LEDGER), 'What the nodes and the cluster must have')).toContain(
    '| Pod Security as in the table above, in the namespaces that are not in these manifests | the API server refuses pods that their namespace does not admit; if the column is empty, the default of the cluster applies | `kubectl get namespaces -L pod-security.kubernetes.io/enforce` |',
  );
  const namespace = (name: string) =>
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`;
  expect(levels(SHOP, namespace('shop'))).toEqual([
    '| `shop` | restricted |  | nothing: the default of the cluster applies |',
  ]);
  expect(page(SHOP, LEDGER, namespace('shop')).match(command)).toHaveLength(1);
  expect(page(SHOP, LEDGER, namespace('shop'), namespace('ledger')).match(command)).toBeNull();
});

test('what has nothing to do with shared memory or the node does not change it', () => {
  const other = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: other, namespace: shop }
spec:
  selector: { matchLabels: { app: other } }
  template:
    metadata: { labels: { app: other } }
    spec: { containers: [{ name: other, image: other }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }], selector: { app: web } }
`;
  const before = page(ROUTES, SHOP, LEDGER);
  expect(page(ROUTES, `${SHOP}---${other}`, LEDGER)).toBe(before);
  expect(
    page(
      ROUTES,
      SHOP.replace('replicas: 2', 'replicas: 20').replace('shop:3.1.0', 'shop:3.2.0'),
      LEDGER,
    ),
  ).toBe(before);
});

test('the least version of Kubernetes is one, the newest of what is needed', () => {
  const versions = (...files: string[]) =>
    [...section(page(...files), 'What the nodes').matchAll(/Kubernetes (\d\.\d+) or newer/g)].map(
      ([, version]) => version,
    );
  expect(versions(ROUTES, SHOP)).toEqual(['1.27']);
  expect(
    versions(
      ROUTES,
      SHOP,
      'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: { name: a }\n',
    ),
  ).toEqual(['1.30']);
});

test('what is to be deleted is named, however much it is; of other commands there are some', () => {
  const grants = Array.from({ length: 9 }, (_, i) =>
    ROUTES.split('---\n')
      .filter(text => /kind: PersistentVolume/.test(text))
      .join('---\n')
      .replaceAll('shop', `shop-${i}`)
      .replaceAll('ledger', `ledger-${i}`),
  );
  const shops = Array.from({ length: 15 }, (_, i) => SHOP.replaceAll('shop-web', `shop-web-${i}`));
  const undo = section(page(ROUTES, ...shops, ...grants), 'How to undo it');
  expect(undo.match(/kubectl delete .*persistentvolumeclaim\//g)).toHaveLength(20);
  expect(undo.match(/kubectl delete persistentvolume\//g)).toHaveLength(20);
  expect(undo.match(/kubectl rollout status -n shop/g)).toHaveLength(10);
  expect(undo).toContain('# and 5 more like these: the tables above have their names\n');
});

test("a vendor's agent is not deleted to undo a contract: it is rendered without it", () => {
  const vendor = readFileSync(join(DIST, 'vendor-agent', 'REVIEW.md'), 'utf8');
  const undo = section(vendor, 'How to undo it');
  expect(undo).toContain('rollout status -n vendor-agents daemonset/mesh-agent');
  expect(undo).not.toContain('delete -n vendor-agents daemonset/mesh-agent');
  expect(section(page(ROUTES, SHOP), 'How to undo it')).toContain(
    'kubectl delete -n node-agents daemonset/routes',
  );
});

test('names of strangers stay names, in Markdown, Mermaid and the shell', () => {
  const name = 'x|`"]<script>$(id)\';rm';
  const text = page(ROUTES, SHOP.replace('name: shop-web', `name: ${JSON.stringify(name)}`));
  expect(text.replace(/```[^]*?```/g, '')).not.toContain('<script>$');
  expect(text).toContain('["Deployment shop/x?????script???id???rm"]');
  expect(text).toContain("kubectl rollout status -n shop 'deployment/x|`\"]<script>$(id)'\\'';rm'");
});

test('any manifests have a page, whose tables have as many cells as heads', () => {
  const several = fc.array(spoiltFrom(WILD.map(objectsIn)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(several, files => {
      const marked = new MarkedManifests(
        new ManifestSet(files.flatMap(({ after }) => manifestsIn(after))),
      );
      const lines = reviewPage(marked, findingsInSet(marked)).split('\n');
      let cells = 0;
      for (const line of lines) {
        if (!line.startsWith('| ')) {
          cells = 0;
          continue;
        }
        const here = line.split(/(?<!\\)\|/).length;
        expect([line, cells === 0 || here === cells]).toEqual([line, true]);
        cells = here;
      }
    }),
    { numRuns: 300 },
  );
});

describe('priority', () => {
  const agents = (name: string, ...more: string[]) =>
    section(
      page(ROUTES.replaceAll('priorityClassName: system-node-critical', name), ...more),
      'What you approve',
    );
  const own = (policy: string) =>
    `apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: agents\nvalue: 1000\n${policy}`;

  test('what agents may preempt is said, by class', () => {
    expect(agents('priorityClassName: system-node-critical')).toContain(
      'any pod on its node that is not of this class; if there is no other, even a pod that a PodDisruptionBudget protects',
    );
    expect(agents('priorityClassName: agents', own(''))).toMatch(
      /of priority class `agents`: if the agent has no room, any pod on its node with a priority below `1000`\./,
    );
    expect(agents('priorityClassName: agents', own('preemptionPolicy: Never'))).toContain(
      'nothing: it waits for room, ahead of pods with a priority below `1000`',
    );
    expect(agents('priorityClassName: agents')).toContain(
      'which is not in these manifests: `kubectl get priorityclass agents`',
    );
    expect(agents('enableServiceLinks: false')).toContain(
      'of no priority class: what the default class',
    );
  });

  test('without an agent there is nothing to say', () => {
    expect(page(SHOP)).not.toContain('may preempt');
  });
});

test('what is acknowledged until the nearest day comes first, and what has no end last', () => {
  const pod = (name: string, acknowledgement: string) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  annotations: { cdk8s-shared-memory/acknowledge.SHM301: '${acknowledgement}' }
spec:
  hostIPC: true
  containers: [{ name: web, image: i, resources: { limits: { memory: 64Mi } } }]
`;
  const text = page(
    pod('a', 'has no end'),
    pod('b', 'until 2031-01-01: ends late'),
    pod('c', 'until 2030-12-31: ends first'),
  );
  const acknowledged = text
    .slice(text.indexOf('These are acknowledged: somebody accepts the risk'))
    .split('\n')
    .filter(line => /SHM301.*(has no end|ends late|ends first)/.test(line));
  expect(acknowledged.map(row => /has no end|ends late|ends first/.exec(row)?.[0])).toEqual([
    'ends first',
    'ends late',
    'has no end',
  ]);
});

test('a directory of the node whose name says read-only is not taken for a read-only one', () => {
  const text = page(`apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  hostIPC: true
  containers:
    - name: web
      image: i
      volumeMounts: [{ name: a, mountPath: /a }, { name: b, mountPath: /b, readOnly: true }]
  volumes:
    - { name: a, hostPath: { path: '/etc, read-only' } }
    - { name: b, hostPath: { path: /etc } }
`);
  const gets = section(text, 'What you approve').match(/`hostPath [^`]*`/g);
  expect(gets).toEqual(['`hostPath "/etc, read-only"`', '`hostPath /etc, read-only`']);
});
