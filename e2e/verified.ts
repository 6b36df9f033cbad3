import type { Environment } from './environment';
import { ALL_PROMISES } from './observation';
import { headOf, type RecordedTest, type RunRecord } from './record';
import { PROMISE_NAMES } from '../src/model/contract/promises';

/** What one kind of cluster cannot show; said as long as the run was on that kind. */
const LIMITS: readonly { readonly open: (e: Environment) => boolean; readonly text: string }[] = [
  { open: e => e.nodes === 1, text: 'Several nodes: the cluster has one.' },
  {
    open: e => !e.cgroup.includes('v2'),
    text: 'cgroup v2: who is charged for shared pages, and what the OOM killer takes, may differ.',
  },
  { open: e => !e.cgroup.includes('v1'), text: 'cgroup v1.' },
  {
    open: e => e.hugetlb.includes('none'),
    text: 'The hugetlb controller: limits of huge pages are not enforced.',
  },
  { open: e => !e.runtime.includes('cri-o'), text: 'CRI-O.' },
  { open: e => !/containerd 2/.test(e.runtime), text: 'containerd 2.' },
  {
    open: e => e.selinux !== 'enforcing',
    text: 'SELinux in enforcing mode, which relabels volumes.',
  },
  {
    open: e => !/[12]/.test(e.protectedRegular),
    text: '`fs.protected_regular` 1 or 2, which most distributions set.',
  },
  {
    open: () => true,
    text: 'User namespaces (`hostUsers: false`), sandboxed runtimes (gVisor, Kata), Windows nodes.',
  },
];

/** What the tests do to the YAML, for the page of a run. */
const HOW = [
  'The YAML is what the library renders. The tests change four things on it and nothing else: `image`, `command` (and with it `args`), `imagePullPolicy` and',
  '`replicas`; on a cluster with several nodes also the `nodeSelector` of workloads, so that agent and clients of a test are on one node. Agent and clients run',
  '[shm-probe](../../e2e/probe/main.c): the agent writes a token of this run and keeps counting beside it; a client has read the memory when it reported that',
  'token. Strangers and clients with changed YAML are pods of the test itself.',
  'The examples of real software (aeron, iceoryx2, nscd, postgresql, python-shared-memory, pytorch, varnish, vineyard) run that software, with the command that is',
  'rendered; e2e/images builds their images of packages of Debian, PyPI and Maven.',
];

/** The page of one kind of environment: the same record gives the same bytes. */
export function verifiedPage({ environment, tests }: RunRecord): string {
  const entries = Object.entries(tests);
  return `${[
    `# Verified on Kubernetes ${headOf(environment)}`,
    '',
    'Written by `npm run docs` from the record of `npm run e2e`; do not edit. What each promise means, and why it is kept or not: [concepts.md](../concepts.md).',
    '',
    '## Where',
    '',
    ...table(['', ''], facts(environment)),
    '',
    '## How',
    '',
    ...HOW,
    restartWords(environment),
    '',
    ...techniques(tests),
    '## Beside the table: the examples of dist/, and bad days',
    '',
    ...table(
      ['Test', 'Observed'],
      entries.flatMap(([name, { seen }]) => seen.map(({ observed }) => [name, observed])),
    ),
    '',
    ...failed(tests),
    '## Not verified',
    '',
    ...[
      ...LIMITS.filter(({ open }) => open(environment)).map(({ text }) => text),
      ...new Set(entries.flatMap(([, { skipped }]) => skipped ?? [])),
    ].map(text => `- ${text}`),
  ].join('\n')}\n`;
}

/** What was not as it must be. */
function failed(tests: Readonly<Record<string, RecordedTest>>): string[] {
  const lines = Object.values(tests).flatMap(({ failures }) => failures ?? []);
  return lines.length === 0
    ? []
    : ['## Not as promised', '', ...lines.map(line => `- ${line.replaceAll('\n', ' ')}`), ''];
}

/** Where the test of that name restarted the node: how. */
function restartWords({ cgroup }: Environment): string {
  return cgroup.includes('v1')
    ? "Where the node restarts, kubelet and runtime stop, every container ends, what was mounted for pods goes, and the contracts' folder in /run is emptied: no machine was rebooted."
    : 'Where the node restarts, a virtual machine is shut down and boots again.';
}

/**
 * The matrix of docs/verified.md: tests by kinds of environment, each row with its command.
 *
 * @param names the names of all tests, in their order
 */
export function matrix(
  records: readonly (RunRecord & { readonly id: string })[],
  names: readonly string[],
): string {
  const notes: string[] = [];
  const noteOf = (text: string) => {
    const index = notes.includes(text) ? notes.indexOf(text) : notes.push(text) - 1;
    return `– [${index + 1}](#not-seen)`;
  };
  const cell = (record: RunRecord, name: string) => {
    const test = record.tests[name];
    if (test === undefined) {
      return noteOf('not run in this environment yet');
    }
    if (test.failures !== undefined) {
      return `**no: ${test.failures.length} not as promised**`;
    }
    const count = test.observations.length + test.seen.length;
    return test.skipped === undefined ? `yes, ${count}` : noteOf(withoutName(test.skipped, name));
  };
  const head = (what: string) => [
    what,
    ...records.map(r => `[${headOf(r.environment)}](verified/${r.id}.md)`),
  ];
  const row = (title: string, name: string) => [
    `${title}<br>\`npm run e2e -- --only ${/ /.test(name) ? `'${name}'` : name}\``,
    ...records.map(record => cell(record, name)),
  ];
  const isTechnique = (name: string) => ALL_PROMISES.some(({ technique }) => technique === name);
  const [promised, others] = [names.filter(isTechnique), names.filter(n => !isTechnique(n))];
  const titleOf = (name: string) => ALL_PROMISES.find(p => p.technique === name)?.title ?? name;
  return `${[
    ...table(
      head('Technique: all promises of its row in concepts.md'),
      promised.map(n => row(titleOf(n), n)),
    ),
    '',
    ...table(
      head('Beside the techniques'),
      others.map(name => row(name, name)),
    ),
    '',
    '### Where environments differ',
    '',
    ...differences(records),
    '',
    '### Not seen',
    '',
    ...notes.map((text, index) => `${index + 1}. ${text}`),
    '',
    ...LIMITS.filter(({ open }) => records.every(r => open(r.environment))).map(
      ({ text }) => `- ${text}`,
    ),
  ].join('\n')}\n`;
}

/** The reason for which a test was skipped, the same for all tests that it applies to. */
function withoutName(skipped: string, name: string): string {
  return skipped
    .replace(`${name}: `, '')
    .replace(/the allocatable \S+ of node \S+ is \S+, (and )?/g, '');
}

/** The promises of which not the same was seen everywhere, with what was seen. */
function differences(records: readonly RunRecord[]): string[] {
  const rows = ALL_PROMISES.flatMap(({ technique, title }) =>
    Object.keys(PROMISE_NAMES).flatMap(promise => {
      const observed = records.map(
        ({ tests }) =>
          tests[technique]?.observations.find(o => o.promise === promise)?.observed ?? '–',
      );
      const distinct = new Set(observed.filter(text => text !== '–').map(withoutNumbers));
      return distinct.size > 1 ? [[`${title}: ${promise}`, ...observed]] : [];
    }),
  );
  return rows.length === 0
    ? ['Nowhere so far: where a promise was tested, the same was seen.']
    : table(['Promise', ...records.map(r => headOf(r.environment))], rows);
}

function withoutNumbers(text: string): string {
  return text.replace(/\d+/g, 'N');
}

function facts(e: Environment): string[][] {
  return [
    ['Kubernetes', e.kubernetes],
    ['Nodes', String(e.nodes)],
    ['Container runtime', e.runtime],
    ['Kernel', e.kernel],
    ['Operating system', e.operatingSystem],
    ['cgroup', e.cgroup],
    ["File system of the contracts' folder in /run", e.run],
    ['SELinux', e.selinux],
    ['`fs.protected_regular`', e.protectedRegular],
    ['`kernel.shmmni`', e.shmmni],
    ['hugetlb controller', e.hugetlb],
    ['umask in a container', e.umask],
  ];
}

function techniques(tests: Readonly<Record<string, RecordedTest>>): string[] {
  return ALL_PROMISES.filter(({ technique }) => tests[technique]?.observations.length > 0).flatMap(
    ({ technique, title }) => [
      `## ${title}`,
      '',
      ...table(
        ['Promise', 'Expected', 'Observed'],
        Object.keys(PROMISE_NAMES).flatMap(promise =>
          tests[technique].observations
            .filter(o => o.promise === promise)
            .map(({ expected, observed }) => [promise, expected, observed]),
        ),
      ),
      '',
    ],
  );
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)];
}
