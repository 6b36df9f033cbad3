import { changesOf, deployment, diffOf, mark, workload } from './sets';
import { text } from '../../src/report/diff/diff-text';

const HARD =
  'allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, runAsNonRoot: true, seccompProfile: { type: RuntimeDefault }, readOnlyRootFilesystem: true';
const LOGS = 'volumes: [{ name: logs, hostPath: { path: /var/log } }]';
const MOUNT = 'volumeMounts: [{ name: logs, mountPath: /logs }]';
const added = (pod: string, context = '', more = '') =>
  deployment(
    `${pod}\ninitContainers: [{ name: a, image: 'a:1', securityContext: { ${context} }, ${more} }]`,
  );
const ALL = [
  'allowPrivilegeEscalation',
  'capabilities.drop',
  'runAsNonRoot',
  'seccompProfile.type',
  'readOnlyRootFilesystem',
];

/** What the new containers lack, and how they reach the node. */
const told = (before: string, after: string) =>
  changesOf(before, after).containers.map(({ container, nodeAccess, lacks }) => [
    container,
    nodeAccess,
    lacks,
  ]);
const verdict = (before: string, after: string) => diffOf(before, after).verdict;

describe('a new container of a pod without a contract tells what it lacks', () => {
  test.each<[string, string, string, string[], string[]]>([
    ['if it mounts a hostPath', added(LOGS, '', MOUNT), deployment(LOGS), ['hostPath'], ALL],
    [
      'if it is privileged, as far as that has an effect',
      added('', 'privileged: true'),
      deployment(),
      ['privileged'],
      ['runAsNonRoot', 'readOnlyRootFilesystem'],
    ],
    [
      'if it is privileged and mounts a hostPath',
      added(LOGS, 'privileged: true, runAsNonRoot: true', MOUNT),
      deployment(LOGS),
      ['privileged', 'hostPath'],
      ['readOnlyRootFilesystem'],
    ],
    [
      'if its pod is in a namespace of the node',
      added('hostPID: true'),
      deployment('hostPID: true'),
      [],
      ALL,
    ],
    [
      'if it has a capability',
      added(
        '',
        `${HARD.replace('drop: [ALL]', 'drop: [ALL], add: [SYS_PTRACE]').replace(', readOnlyRootFilesystem: true', '')}`,
      ),
      deployment(),
      [],
      ['readOnlyRootFilesystem'],
    ],
  ])('%s', (_, after, before, nodeAccess, lacks) => {
    expect(told(before, after)).toEqual([['initContainers[a]', nodeAccess, lacks]]);
  });

  test.each<[string, string, string, string[]]>([
    ['it has everything', added(LOGS, HARD, MOUNT), deployment(LOGS), ['hostPath']],
    ['another container mounts the hostPath', added(LOGS), deployment(LOGS), []],
    ['another container has the privilege', other(), deployment(), []],
    ['it has no privilege', added(''), deployment(), []],
  ])('fails to tell it if %s', (_, after, before, nodeAccess) => {
    expect(told(before, after).at(-1)).toEqual(['initContainers[a]', nodeAccess, []]);
  });

  function other(): string {
    return deployment(
      "initContainers: [{ name: b, image: 'b:1', securityContext: { privileged: true } }, { name: a, image: 'a:1' }]",
    );
  }
});

describe('a new workload without a contract', () => {
  test('is told by its containers that have a host privilege and lack hardening', () => {
    const after = added(LOGS, '', MOUNT);
    expect(told('', after)).toEqual([['initContainers[a]', ['hostPath'], ALL]]);
    expect(text(diffOf('', after), words => words)).toContain(
      '\nContainers\n  + Deployment shop/web, initContainers[a]: new, image a:1, without allowPrivilegeEscalation: false, capabilities.drop: [ALL], runAsNonRoot: true, seccompProfile: RuntimeDefault, readOnlyRootFilesystem: true\n\n',
    );
  });

  test('is told in the same way if it is gone, without what it lacked', () => {
    const before = added(LOGS, '', MOUNT);
    expect(changesOf(before, '').containers).toMatchObject([{ change: 'removed', lacks: [] }]);
    expect(verdict(before, '')).toBe(
      '1 privilege lost, none gained; no pod restarts; 1 workload is gone',
    );
  });

  test.each<[string, string, string]>([
    ['without a privilege', '', added('')],
    ['that has everything', '', added(LOGS, HARD, MOUNT)],
    ['that is gone, without a privilege', added(''), ''],
  ])('fails to be told by its containers: %s', (_, before, after) => {
    expect(told(before, after)).toEqual([]);
  });
});

describe('the first line', () => {
  const ONE =
    '1 new container that is privileged or mounts a hostPath lacks hardening; 1 workload restarts';

  test('counts those that are privileged or mount a hostPath', () => {
    expect(verdict(deployment(LOGS), added(LOGS, '', MOUNT))).toBe(
      `no privilege gained or lost; ${ONE}`.replace(
        'no privilege gained or lost',
        '1 privilege gained',
      ),
    );
    expect(verdict(deployment(), added('', 'privileged: true'))).toBe(`1 privilege gained; ${ONE}`);
    const two = (more: string) =>
      added(LOGS, '', MOUNT).replace('initContainers: [', `initContainers: [${more}`);
    const before = deployment(LOGS);
    expect(
      verdict(before, two("{ name: b, image: 'b:1', securityContext: { privileged: true } }, ")),
    ).toContain('; 2 new containers that are privileged or mount a hostPath lack hardening; ');
  });

  test.each<[string, string, string]>([
    [
      'a container with another privilege',
      deployment(),
      added('', 'capabilities: { add: [CHOWN] }'),
    ],
    ['one that lacks nothing', deployment(LOGS), added(LOGS, HARD, MOUNT)],
    ['one that is gone', added(LOGS, '', MOUNT), deployment(LOGS)],
    [
      'one that only reaches memory',
      workload('Deployment', { annotations: mark('client') }),
      workload('Deployment', {
        annotations: mark('client'),
        pod: "initContainers: [{ name: a, image: 'a:1' }]",
      }),
    ],
  ])('fails to count %s', (_, before, after) => {
    expect(verdict(before, after)).not.toContain('hardening');
  });
});
