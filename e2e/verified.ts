import type { Environment } from './environment';
import { ALL_PROMISES, type Seen, type Observation } from './observation';
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
  { open: e => e.selinux === 'none', text: 'SELinux in enforcing mode, which relabels volumes.' },
  {
    open: e => !/[12]/.test(e.protectedRegular),
    text: '`fs.protected_regular` 1 or 2, which most distributions set.',
  },
  {
    open: () => true,
    text: 'User namespaces (`hostUsers: false`), sandboxed runtimes (gVisor, Kata), Windows nodes.',
  },
];

/** docs/verified-<minor>.md: the same results give the same bytes. */
export function verified(
  environment: Environment,
  observations: readonly Observation[],
  more: readonly (Seen & { test: string })[],
  skipped: readonly string[],
): string {
  return `${[
    `# Verified on Kubernetes ${minorOf(environment)}`,
    '',
    'Written by `npm run e2e`; do not edit. What each promise means, and why it is kept or not: [concepts.md](concepts.md).',
    '',
    '## Where',
    '',
    ...table(['', ''], facts(environment)),
    '',
    '## How',
    '',
    'The YAML is what the library renders. The tests change four things on it and nothing else: `image`, `command` (and with it `args`), `imagePullPolicy` and',
    '`replicas`. Agent and clients run [shm-probe](../e2e/probe/main.c): the agent writes a token of this run and keeps counting beside it; a client has read the',
    'memory when it reported that token. Strangers and clients with changed YAML are pods of the test itself. Where the node restarts, kubelet and runtime stop,',
    "every container ends, what was mounted for pods goes, and the contracts' folder in /run is emptied: no machine was rebooted.",
    'The examples of real software (aeron, iceoryx2, nscd, postgresql, python-shared-memory, pytorch, varnish, vineyard) run that software, with the command that is',
    'rendered; e2e/images builds their images of packages of Debian, PyPI and Maven.',
    '',
    ...techniques(observations),
    '## Beside the table: the examples of dist/, and bad days',
    '',
    ...table(
      ['Test', 'Observed'],
      more.map(({ test, observed }) => [test, observed]),
    ),
    '',
    '## Not verified',
    '',
    ...[
      ...LIMITS.filter(({ open }) => open(environment)).map(({ text }) => text),
      ...new Set(skipped),
    ].map(text => `- ${text}`),
  ].join('\n')}\n`;
}

/** 1.33 of v1.33.13. */
export function minorOf(e: Environment): string {
  return /1\.\d+/.exec(e.kubernetes)?.[0] ?? e.kubernetes;
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

function techniques(observations: readonly Observation[]): string[] {
  const isSeen = ({ technique }: { technique: string }) =>
    observations.some(o => o.technique === technique);
  return ALL_PROMISES.filter(isSeen).flatMap(({ technique, title }) => [
    `## ${title}`,
    '',
    ...table(
      ['Promise', 'Expected', 'Observed'],
      Object.keys(PROMISE_NAMES).flatMap(promise =>
        observations
          .filter(o => o.technique === technique && o.promise === promise)
          .map(({ expected, observed, ok }) => [
            promise,
            expected,
            ok ? observed : `**not as expected:** ${observed}`,
          ]),
      ),
    ),
    '',
  ]);
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)];
}
