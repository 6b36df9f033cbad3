import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../e2e/environment';
import type { Observation } from '../../e2e/observation';
import { headOf, idOf, readRecords, writeRecord, type RunRecord } from '../../e2e/record';
import { TESTS } from '../../e2e/tests';
import { matrix, verifiedPage } from '../../e2e/verified';

const ENVIRONMENT: Environment = {
  kubernetes: 'v1.37.2',
  nodes: 1,
  runtime: 'containerd 1.6.20',
  kernel: '6.1 amd64',
  operatingSystem: 'Debian',
  cgroup: 'v1',
  run: 'tmpfs',
  selinux: 'none',
  protectedRegular: '0',
  shmmni: '4096',
  hugetlb: 'v1',
  umask: '0022',
};
const VIRTUAL: Environment = {
  ...ENVIRONMENT,
  nodes: 2,
  runtime: 'containerd 2.2.9',
  cgroup: 'v2',
  selinux: 'enforcing',
};
const observation = (observed: string): Observation => ({
  technique: 'sidecar',
  promise: 'shares',
  expected: 'kept',
  observed,
  ok: true,
});
const record = (environment: Environment, tests: RunRecord['tests']) => ({
  id: idOf(environment),
  environment,
  tests,
});

test('an environment is told from another by what matters to shared memory', () => {
  expect(idOf(ENVIRONMENT)).toBe('kubernetes-1.37-cgroup-v1-containerd-1.6');
  expect(idOf(VIRTUAL)).toBe('kubernetes-1.37-cgroup-v2-containerd-2.2-selinux');
  expect(idOf({ ...VIRTUAL, runtime: 'cri-o 1.34.1', selinux: 'none' })).toBe(
    'kubernetes-1.37-cgroup-v2-cri-o-1.34',
  );
  expect(headOf(VIRTUAL)).toBe('1.37, cgroup v2, containerd 2.2, SELinux, 2 nodes');
});

test('a record is written in the order of the tests, and read back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'records-'));
  try {
    const seen = { observations: [], seen: [{ observed: 'x', ok: true }] };
    const tests = { operations: seen, sidecar: seen, gone: seen };
    writeRecord({ environment: ENVIRONMENT, tests }, ['sidecar', 'operations'], folder);
    const [read] = readRecords(folder);
    expect(read.id).toBe(idOf(ENVIRONMENT));
    expect(read.environment).toEqual(ENVIRONMENT);
    expect(Object.keys(read.tests)).toEqual(['sidecar', 'operations']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the matrix', () => {
  const text = matrix(
    [
      record(VIRTUAL, {
        sidecar: { observations: [observation('a stranger sees 12 bytes')], seen: [] },
        operations: { observations: [], seen: [], skipped: 'operations: needs a second node' },
      }),
      record(ENVIRONMENT, {
        sidecar: { observations: [observation('a stranger sees 14 bytes')], seen: [] },
        operations: { observations: [], seen: [], failures: ['operations: not so', 'nor so'] },
      }),
    ],
    ['sidecar', 'operations', 'two nodes'],
  );
  const rowOf = (name: string) => text.split('\n').find(line => line.includes(`--only ${name}`));

  test('counts what was seen, in each environment', () => {
    expect(rowOf('sidecar')).toMatch(/sidecar` \| yes, 1 \| yes, 1 \|$/);
  });

  test('says why a test was not run, once for all, and what failed', () => {
    expect(rowOf('operations')).toMatch(
      /\| – \[1\]\(#not-seen\) \| \*\*no: 2 not as promised\*\* \|$/,
    );
    expect(rowOf("'two nodes'")).toMatch(/\| – \[2\]\(#not-seen\) \| – \[2\]\(#not-seen\) \|$/);
    expect(text).toContain('1. needs a second node\n2. not run in this environment yet\n');
  });

  test('does not take other numbers for a difference', () => {
    expect(text).toContain('Nowhere so far');
  });

  test('says what no environment has shown', () => {
    expect(text).toContain('- CRI-O.');
    expect(text).not.toContain('- cgroup v1.');
    expect(text).not.toContain('- Several nodes');
  });

  test('shows where not the same was seen', () => {
    const other = matrix(
      [
        record(VIRTUAL, { sidecar: { observations: [observation('refused')], seen: [] } }),
        record(ENVIRONMENT, { sidecar: { observations: [observation('read')], seen: [] } }),
      ],
      ['sidecar'],
    );
    expect(other).toMatch(/\| [^|]+: shares \| refused \| read \|/);
  });
});

test('the page of an environment has what failed, and what it cannot show', () => {
  const page = verifiedPage({
    environment: VIRTUAL,
    tests: {
      sidecar: { observations: [observation('it reads')], seen: [] },
      operations: {
        observations: [],
        seen: [{ observed: 'a line', ok: false }],
        failures: ['operations: a line'],
      },
    },
  });
  expect(page).toContain('| shares | kept | it reads |');
  expect(page).toContain('## Not as promised\n\n- operations: a line\n');
  expect(page).toContain('- cgroup v1.\n- CRI-O.');
  expect(page).toContain('a virtual machine is shut down and boots again');
});

test('every record is of tests that exist, and nothing in one is silent', () => {
  const names = TESTS.map(({ name }) => name);
  for (const { id, tests } of readRecords()) {
    expect(Object.keys(tests).filter(name => !names.includes(name))).toEqual([]);
    const silent = Object.entries(tests).filter(
      ([, { observations, seen, skipped, failures }]) =>
        observations.length + seen.length === 0 && (skipped ?? failures) === undefined,
    );
    expect([id, silent]).toEqual([id, []]);
  }
});
