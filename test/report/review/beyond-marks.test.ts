import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { DIST, LEDGER, page, ROUTES, section, SHOP } from './review-examples';
import type { Rendered } from '../../yaml';

const [WEB] = parseAllDocuments(SHOP).map(document => document.toJS() as Rendered);
const DEMO = readFileSync(join(DIST, 'demo', 'demo.k8s.yaml'), 'utf8');
const TABLE = '/run/cdk8s-shared-memory/node-agents.routes/v1/table';

/** A workload without a mark, with the claim of the contract or a directory of the node. */
function outsider(name: string, path?: string): string {
  const copy = structuredClone(WEB);
  delete copy.metadata.annotations;
  copy.metadata.name = name;
  copy.spec.template.spec.initContainers = [];
  if (path !== undefined) {
    copy.spec.template.spec.volumes = [{ name: 'routes-table', hostPath: { path } }];
    delete copy.spec.template.spec.containers[0].volumeMounts[0].readOnly;
  }
  return JSON.stringify(copy);
}
const READS = outsider('reads');
const WRITES = outsider('writes', TABLE);

/** The workload with a mark, and a container that somebody added to it. */
function withPeek(mount: object = {}): string {
  const copy = structuredClone(WEB);
  copy.spec.template.spec.containers.push({
    ...{ name: 'peek', image: 'peek:9' },
    volumeMounts: [{ name: 'routes-table', mountPath: '/p', ...mount }],
  });
  return JSON.stringify(copy);
}
const lines = (words: string, ...files: string[]) =>
  page(...files)
    .split('\n')
    .filter(line => line.includes(words));

describe('who mounts memory without a mark counts where workloads are counted', () => {
  const fact = (...files: string[]) => lines('- Contract `routes`', ROUTES, ...files)[0];

  test.each([
    [
      [SHOP, READS, WRITES],
      '256Mi, 1 workload in 1 namespace, which only reads; **2 more workloads mount it although no mark says so**, 1 of which may **write**.',
    ],
    [
      [SHOP, WRITES],
      'which only reads; **1 more workload mounts it although no mark says so**, and may **write**.',
    ],
    [
      [READS],
      'used by no workload with a mark; **1 workload mounts it although no mark says so**, only to read.',
    ],
    [
      [withPeek()],
      '1 workload in 1 namespace, which only reads according to its mark; **1 workload mounts more of it than its mark says**, only to read.',
    ],
  ])('in the first facts: %#', (files, words) => {
    expect(fact(...files)).toContain(words);
  });

  test('fails to count them if there are none', () => {
    expect(fact(SHOP)).toBe(
      '- Contract `routes` (names no team and no data class): 256Mi, 1 workload in 1 namespace, which only reads.',
    );
    expect(section(page(ROUTES, SHOP), 'What is shared with whom')).not.toContain('without a mark');
  });

  test('in the table, for the memory that they mount', () => {
    const row = (...files: string[]) => lines('| `routes/table` v1 | 256Mi', ROUTES, ...files)[0];
    expect(row(SHOP, READS, WRITES)).toMatch(
      /\| 1 workload in 1 namespace, and \*\*2 without a mark\*\* \|$/,
    );
    expect(row(READS)).toMatch(/\| \*\*1 without a mark\*\* \|$/);
    expect(lines('| `guard/verdicts` v2 | 64Mi', ROUTES, READS)[0]).toMatch(
      /\| no workload in these manifests \|$/,
    );
  });

  test('in the diagram', () => {
    const drawn = section(page(ROUTES, SHOP, READS, WRITES), 'What is shared with whom');
    expect(drawn).toContain('  memory_routes_table -->|no mark: reads| Deployment_shop_reads\n');
    expect(drawn).toContain(
      '  memory_routes_table <-->|no mark: may write| Deployment_shop_writes\n',
    );
    const many = Array.from({ length: 13 }, (_, i) => outsider(`reads-${i}`));
    expect(section(page(ROUTES, SHOP, ...many), 'What is shared with whom')).toContain(
      '["13 workloads<br/>beyond their marks"]',
    );
  });
});

describe('the first line names what has no reason, and the totals stay', () => {
  const first = (...files: string[]) =>
    page(...files)
      .split('\n')
      .slice(2, 6);
  const UNREASONED = ROUTES.replace('hostIPC: true\n', 'hostIPC: true\n      hostNetwork: true\n');

  test('containers that reach memory of a contract although no mark says so', () => {
    expect(first(ROUTES, READS, withPeek()).slice(0, 3)).toEqual([
      '**Look at this: 1 warning; 2 containers reach memory of contracts although no mark says so.**',
      '',
      '- To approve: 4 host privileges of 2 workloads; 2 PersistentVolumes of node directories for client namespaces.',
    ]);
    expect(first(ROUTES, SHOP, READS, WRITES)[0]).toMatch(
      /; 2 containers reach .*, 1 of which may write\.\*\*$/,
    );
  });

  test('privileges without a reason', () => {
    const [worry, , totals] = first(UNREASONED, SHOP);
    expect(worry).toMatch(/1 host privilege without a reason in pods that share memory/);
    expect(totals).toMatch(/^- To approve: 5 host privileges of 2 workloads; 2 Persist/);
  });

  test('fails to sound like an approval where nothing is found', () => {
    const verdictOf = (...files: string[]) => section(page(...files), 'Findings').split('\n')[2];
    const acknowledged =
      'The rules found nothing that is not acknowledged; what has no reason stands above. These are acknowledged: somebody accepts the risk, for the reason given, and until the day given, if there is one.';
    expect(verdictOf(DEMO)).toBe(acknowledged);
    expect(verdictOf(DEMO, ROUTES, LEDGER)).toBe(acknowledged);
    expect(verdictOf(ROUTES, SHOP)).toMatch(/^No finding is open\. These are acknowledged/);
  });
});

test('a namespace must admit pods that mount memory by a claim and have no mark, too', () => {
  const elsewhere = JSON.parse(READS) as Rendered;
  elsewhere.metadata.namespace = 'elsewhere';
  const rows = (object: Rendered) =>
    section(page(ROUTES, SHOP, JSON.stringify(object)), 'What each namespace must allow')
      .split('\n')
      .filter(line => line.startsWith('| `elsewhere`'));
  expect(rows(elsewhere)).toEqual([
    '| `elsewhere` | restricted |  | not in these manifests: see the next section |',
  ]);
  elsewhere.spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation = true;
  expect(rows(elsewhere)).toEqual([
    '| `elsewhere` | baseline | reads `containers.securityContext.allowPrivilegeEscalation` | not in these manifests: see the next section |',
  ]);
  elsewhere.spec.template.spec.volumes = [];
  elsewhere.spec.template.spec.containers[0].volumeMounts = [];
  expect(rows(elsewhere)).toEqual([]);
});

describe('who may write without a mark may pay', () => {
  const rows = (...files: string[]) =>
    section(page(ROUTES, ...files), 'Memory: who pays')
      .split('\n')
      .filter(line => line.includes('(no mark says so)'));

  test('a workload without a mark', () => {
    expect(rows(SHOP, WRITES)).toEqual([
      '| Deployment shop/writes, `web` (no mark says so) | `routes/table`, if it touches pages before the agent does | at most 256Mi | 384Mi |  |',
    ]);
  });

  test('a container that somebody added, whose limit nobody has set', () => {
    const object = JSON.parse(withPeek()) as Rendered;
    const { volumes, containers } = object.spec.template.spec;
    volumes.push({ name: 'mine', hostPath: { path: TABLE } });
    containers[1].volumeMounts[0].name = 'mine';
    expect(rows(JSON.stringify(object))).toEqual([
      '| Deployment shop/shop-web, `peek` (no mark says so) | `routes/table`, if it touches pages before the agent does | at most 256Mi | **none** |  |',
    ]);
  });

  test('fails to list who only reads', () => {
    expect(rows(SHOP, READS, withPeek({ readOnly: true }))).toEqual([]);
  });
});
