import { EXAMPLES } from '../../e2e/examples';
import { COMMANDS, UNDO_STEPS } from '../../e2e/gray-release';
import { retarget } from '../../e2e/manifests';
import { problems, type Observation } from '../../e2e/observation';
import { options } from '../../e2e/options';
import { lackOfPool } from '../../e2e/pool';
import { Runbook } from '../../e2e/runbook';
import { TECHNIQUES } from '../../e2e/techniques';
import { STAGES } from '../../examples/gray-release/main';
import { exampleNames } from '../../scripts/examples';
import { OTHER_PROMISES } from '../../src/model/contract/other-promises';
import { PROMISES, type PromiseName } from '../../src/model/contract/promises';

const technique = 'sidecar';
const [row] = PROMISES.filter(p => p.technique === technique);
const right = (): Observation[] =>
  (Object.keys(row.promises) as PromiseName[]).map(promise => ({
    technique,
    promise,
    expected: row.promises[promise].kept ? 'kept' : 'not promised',
    observed: 'seen',
    ok: true,
  }));

test('every technique of the table and every example has a test', () => {
  expect(PROMISES.filter(p => TECHNIQUES[p.technique] === undefined)).toEqual([]);
  expect(Object.keys(EXAMPLES).sort()).toEqual(exampleNames());
});

test('every technique of huge pages has a test', () => {
  const huge = OTHER_PROMISES.map(p => p.technique).filter(name => name.startsWith('huge-pages'));
  expect(huge).toHaveLength(3);
  expect(huge.filter(name => TECHNIQUES[name] === undefined)).toEqual([]);
});

test.each<[string, [string, string | undefined][], string | undefined]>([
  [
    'enough on each node',
    [
      ['a', '64Mi'],
      ['b', '1Gi'],
    ],
    undefined,
  ],
  [
    'too few on one',
    [
      ['a', '64Mi'],
      ['b', '62Mi'],
    ],
    'the allocatable hugepages-2Mi of node b is 62Mi, and the tests take 64Mi: set vm.nr_hugepages=32 before the kubelet starts.',
  ],
  [
    'none, or a node that does not know them',
    [
      ['a', '0'],
      ['b', undefined],
    ],
    'the allocatable hugepages-2Mi of node a is 0, the allocatable hugepages-2Mi of node b is 0, and the tests take 64Mi: set vm.nr_hugepages=32 before the kubelet starts.',
  ],
])('huge pages: %s', (_, nodes, said) => {
  expect(lackOfPool(nodes)).toBe(said);
});

test.each([...Object.values(COMMANDS), ...UNDO_STEPS])(
  'RUNBOOK.md of the gray release has the commands of "%s" after "%s"',
  (title, words) => {
    const has = (stage: string) => {
      try {
        return Runbook.in(`gray-release/${stage}`).commands(title, words) !== '';
      } catch {
        return false;
      }
    };
    expect(STAGES.filter(has)).not.toEqual([]);
  },
);

test('observations that say what the table says are right', () => {
  expect(problems(right(), [technique])).toEqual([]);
});

test.each<[string, (o: Observation[]) => Observation[], string]>([
  [
    'an entry that was not observed',
    o => o.slice(1),
    'sidecar shares: observed 0 times, must be once',
  ],
  [
    'an entry that was observed twice',
    o => [...o, o[0]],
    'sidecar shares: observed 2 times, must be once',
  ],
  [
    'an observation that is not in the table',
    o => [...o, { ...o[0], technique: 'telepathy' }],
    'telepathy shares: observed, but the table has no such promise',
  ],
  [
    'another expectation',
    o => [{ ...o[0], expected: 'not promised' }, ...o.slice(1)],
    'sidecar shares: the test expects "not promised", the table says "kept"',
  ],
  [
    'what was not as expected',
    o => [{ ...o[0], ok: false }, ...o.slice(1)],
    'sidecar shares: expected kept; observed: seen',
  ],
])('fails for %s', (_, change, problem) => {
  expect(problems(change(right()), [technique])).toEqual([problem]);
});

const YAML = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  template:
    spec:
      initContainers: [{name: wait, image: tools, command: [sh]}]
      containers: [{name: main, image: a, args: [x], imagePullPolicy: Always, resources: {limits: {memory: 1Mi}}}]
`;
const changes = { image: 'probe', imagePullPolicy: 'Never', replicas: 1 };

test('rendered YAML changes in image, command, pull policy and replicas alone', () => {
  expect(retarget(YAML, { ...changes, commands: { 'web/main': ['run'] } })).toEqual([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        template: {
          spec: {
            initContainers: [
              { name: 'wait', image: 'probe', imagePullPolicy: 'Never', command: ['sh'] },
            ],
            containers: [
              {
                name: 'main',
                image: 'probe',
                imagePullPolicy: 'Never',
                command: ['run'],
                resources: { limits: { memory: '1Mi' } },
              },
            ],
          },
        },
      },
    },
  ]);
});

test('on a cluster with several nodes, workloads get a node, and DaemonSets do not', () => {
  const yaml = ['Deployment', 'DaemonSet']
    .map(kind =>
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: 'a' },
        spec: { template: { spec: { nodeSelector: { x: 'y' }, containers: [{ name: 'a' }] } } },
      }),
    )
    .join('\n---\n');
  const own = { image: 'i', imagePullPolicy: 'Never', commands: {} };
  const selectors = (node?: string) =>
    retarget(yaml, { ...own, node }).map(
      ({ spec }) =>
        (spec as { template: { spec: { nodeSelector: object } } }).template.spec.nodeSelector,
    );
  expect(selectors('n2')).toEqual([{ x: 'y', 'kubernetes.io/hostname': 'n2' }, { x: 'y' }]);
  expect(selectors()).toEqual([{ x: 'y' }, { x: 'y' }]);
});

test('fails for a command of a container that is not there', () => {
  expect(() => retarget(YAML, { ...changes, commands: { mian: ['run'] } })).toThrow(
    'no container mian in Deployment web',
  );
});

test('options have defaults', () => {
  expect(options([], [technique])).toEqual({
    image: 'cdk8s-shared-memory-probe:1',
    kubectlImage: 'cdk8s-shared-memory-kubectl:1',
    imagePullPolicy: 'Never',
    only: undefined,
    keep: false,
    resume: false,
    atOnce: 3,
    patience: 1,
    record: false,
  });
  expect(options(['--only', technique, '--keep', '--image=i'], [technique])).toMatchObject({
    only: technique,
    keep: true,
    image: 'i',
  });
});

test.each([
  [['--only', 'x'], '--only: given x; allowed sidecar'],
  [
    ['--image-pull-policy', 'x'],
    '--image-pull-policy: given x; allowed Never, IfNotPresent, Always',
  ],
  [['--at-once', '0'], '--at-once: given 0; allowed a number from 1 to 99'],
  [['--patience', '0.5'], '--patience: given 0.5; allowed a number from 1'],
  [['--patience', 'x'], '--patience: given x; allowed a number from 1'],
  [['--x'], expect.stringContaining("Unknown option '--x'")],
])('fails with the options %p', (args, message) => {
  expect(options(args, [technique])).toEqual(message);
});
