import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REMOVE_STARTUP_TAINT } from '../../../src/model/node/startup-taint-script';

/*
 * The loop runs here under the system's own sh, with a kubectl that answers from a table: what each
 * question is answered in each round. That a real kubectl makes such lines of nodes and pods is
 * what e2e/startup-taint.ts shows.
 */
interface Round {
  /** The nodes, by the label that is asked for. */
  readonly nodes?: Record<string, string>;
  /** The ready pods, by the names of agents. */
  readonly pods?: Record<string, string>;
  readonly refuse?: 'everything' | 'patches';
}

const KEY = 'example.com/agent-not-ready';
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'startup-taint-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const program = (name: string, lines: string[]) => {
  writeFileSync(join(dir, name), ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(join(dir, name), 0o755);
};
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function run(agents: string, rounds: Round[]) {
  const answers = rounds.map(({ nodes = {}, pods = {}, refuse }, i) =>
    [
      ...(refuse === 'everything'
        ? [`${i}*) printf "E1123 memcache.go\\nUnable to connect\\n" >&2; exit 1 ;;`]
        : []),
      ...(refuse === 'patches' ? [`${i}*patch*) echo "denied request" >&2; exit 1 ;;`] : []),
      ...Object.entries(nodes).map(
        ([label, lines]) =>
          `${i}*${quoted(`get nodes -l ${label} `)}*) printf %s ${quoted(lines)} ;;`,
      ),
      ...Object.entries(pods).flatMap(([names, list]) =>
        list
          .trim()
          .split(' ')
          .map(pod => pod.split('|'))
          .map(
            ([node, created]) =>
              `${i}*${quoted(`get pods -n agents -l cdk8s-shared-memory/agent in (${names}) --field-selector spec.nodeName=${node} `)}*) printf %s ${quoted(`${AFTER}||False ${AFTER}|${AFTER}|True ${created}||True `)} ;;`,
          ),
      ),
    ].join('\n'),
  );
  program('kubectl', [
    `[ -e ${dir}/round ] || echo 0 > ${dir}/round`,
    `echo "$*" >> ${dir}/asked-$(cat ${dir}/round)`,
    `case "$(cat ${dir}/round) $*" in`,
    ...answers,
    'esac',
  ]);
  program('sleep', [
    `echo "$1" >> ${dir}/slept; [ ! -e ${dir}/answered ] || cat ${dir}/round >> ${dir}/ready`,
    `round=$(($(cat ${dir}/round) + 1)); echo $round > ${dir}/round; [ $round -lt ${rounds.length} ] || kill -TERM $PPID`,
    '[ $round -lt 1 ] || exec /bin/sleep 0.05',
  ]);
  const env = {
    PATH: `${dir}:${process.env.PATH}`,
    AGENTS: agents,
    INTERVAL: '10',
    KEY,
    NAMESPACE: 'agents',
  };
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-euc', REMOVE_STARTUP_TAINT.replaceAll('/tmp/', `${dir}/`)],
    { env, encoding: 'utf8', timeout: 20_000 },
  );
  const read = (file: string) =>
    existsSync(join(dir, file)) ? readFileSync(join(dir, file), 'utf8').trim().split('\n') : [];
  return {
    status,
    stderr,
    log: stdout.trim() === '' ? [] : stdout.trim().split('\n'),
    asked: rounds.map((_, i) => read(`asked-${i}`)),
    slept: read('slept'),
    ready: read('ready'),
  };
}
const ROUTES = 'routes|example.com/pool=yes|routes';
const [BEFORE, AT, AFTER] = [
  '2026-01-01T09:59:59Z',
  '2026-01-01T10:00:00Z',
  '2026-01-01T10:00:01Z',
];
/** Nodes that have the taint, beside another one. */
const nodesAt = (...names: string[]) =>
  names.map(name => `${name}|${AT}|${KEY}=NoSchedule,example.com/other=NoSchedule, `).join('');
const patches = (asked: string[]) => asked.filter(line => line.startsWith('patch '));

test('a node waits, and is freed once its agent is ready; then nothing but its own question is asked', () => {
  const nodes = { 'example.com/pool=yes': nodesAt('n1') };
  const { status, stderr, log, asked, slept } = run(ROUTES, [
    { nodes },
    { nodes },
    { nodes, pods: { routes: `n1|${AFTER} ` } },
    {},
  ]);
  expect([status, stderr]).toEqual([0, '']);
  expect(log).toEqual([
    'n1: waits for the agent of routes',
    `n1: removed ${KEY}:NoSchedule, because its agents are ready`,
  ]);
  // pods are listed only of nodes that have the taint
  expect(asked.map(lines => lines.length)).toEqual([2, 2, 3, 1]);
  expect(slept).toEqual(['10', '10', '10', '10']);
});

test('the patch tests what stands at the place of the taint before it removes it', () => {
  const { asked } = run(ROUTES, [
    {
      nodes: {
        'example.com/pool=yes': `n1|${AT}|example.com/other=NoSchedule,${KEY}=PreferNoSchedule,${KEY}=NoSchedule,x${KEY}=NoSchedule, `,
      },
      pods: { routes: `n1|${AT} ` },
    },
  ]);
  expect(patches(asked[0])).toEqual([expect.stringMatching(/^patch node n1 --type=json -p /)]);
  expect(JSON.parse(patches(asked[0])[0].replace(/.* -p /, ''))).toEqual([
    { op: 'test', path: '/spec/taints/2/key', value: KEY },
    { op: 'test', path: '/spec/taints/2/effect', value: 'NoSchedule' },
    { op: 'remove', path: '/spec/taints/2' },
  ]);
});

test('nodes without the taint are left alone, whatever else they have', () => {
  const nodes = {
    'example.com/pool=yes': `n1|${AT}| n2|${AT}|x${KEY}=NoSchedule,${KEY}=PreferNoSchedule,${KEY}=NoExecute, `,
  };
  const { asked, log } = run(ROUTES, [{ nodes, pods: { routes: `n1|${AT} n2|${AT} ` } }]);
  expect([asked[0].length, log]).toEqual([1, []]);
});

test('a node is freed by its own agent alone, and not by a pod of its former life', () => {
  const nodes = { 'example.com/pool=yes': nodesAt('n1', 'n10', 'n2') };
  const { log } = run(ROUTES, [{ nodes, pods: { routes: `n10|${AFTER} n2|${BEFORE} ` } }]);
  expect(log.map(line => line.split(':').slice(0, 2).join(':'))).toEqual([
    'n1: waits for the agent of routes',
    `n10: removed ${KEY}`,
    'n2: waits for the agent of routes',
  ]);
});

test('of several contracts, a node waits for those whose label it has', () => {
  const agents =
    'flags|kubernetes.io/os=linux|flags routes|example.com/pool=yes|routes-big,routes-small';
  const nodes = {
    'kubernetes.io/os=linux': nodesAt('n1', 'n2'),
    'example.com/pool=yes': nodesAt('n1'),
  };
  const { log } = run(agents, [
    { nodes, pods: { flags: `n1|${AT} n2|${AT} ` } },
    { nodes, pods: { flags: `n1|${AT} `, 'routes-big,routes-small': `n1|${AT} ` } },
  ]);
  expect(log).toEqual([
    'n1: waits for the agent of routes',
    `n2: removed ${KEY}:NoSchedule, because its agents are ready`,
    `n1: removed ${KEY}:NoSchedule, because its agents are ready`,
    'n2: waits for the agent of flags',
  ]);
});

test('while the API server is away it says so once, asks on, and is not ready', () => {
  const nodes = { 'example.com/pool=yes': nodesAt('n1') };
  const { status, log, ready } = run(ROUTES, [
    {},
    { refuse: 'everything' },
    { refuse: 'everything' },
    { nodes, pods: { routes: `n1|${AT} ` } },
  ]);
  expect(status).toBe(0);
  expect(log).toEqual([
    'asks again every 10 s, because the API server gave no answer: Unable to connect',
    `n1: removed ${KEY}:NoSchedule, because its agents are ready`,
    'the API server answers again',
  ]);
  expect(ready).toEqual(['0', '3']);
});

test('fails to remove one taint: says why, and goes on with the other nodes', () => {
  const nodes = { 'example.com/pool=yes': nodesAt('n1', 'n2') };
  const pods = { routes: `n1|${AT} n2|${AT} ` };
  const { status, log, asked } = run(ROUTES, [
    { nodes, pods, refuse: 'patches' },
    { nodes, pods },
  ]);
  expect(status).toBe(0);
  expect(patches(asked[1])).toHaveLength(2);
  expect(log).toEqual([
    `n1: could not remove ${KEY}:NoSchedule this time: denied request`,
    `n2: could not remove ${KEY}:NoSchedule this time: denied request`,
    `n1: removed ${KEY}:NoSchedule, because its agents are ready`,
    `n2: removed ${KEY}:NoSchedule, because its agents are ready`,
  ]);
});

test('it is a script of POSIX sh, as dash reads it', () => {
  execFileSync('sh', ['-n', '-c', REMOVE_STARTUP_TAINT]);
  // the API server would make one $ of two, and Helm take braces for its own
  expect(REMOVE_STARTUP_TAINT).not.toMatch(/\$\$|\[\[|local |\{\{/);
});
