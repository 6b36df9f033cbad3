import { diffOf, gainsAndLosses, mark, workload } from './sets';
import { PREPARE } from '../../src/model/agent/init-scripts';

const ROOT = '/run/cdk8s-shared-memory/agents.routes';
const AGENT = 'DaemonSet agents/agent';

/** An agent of a contract whose mark names container `web`, and other containers. */
function agent(others: string, annotations = mark('agent')): string {
  return workload('DaemonSet', {
    ...{ name: 'agent', namespace: 'agents', annotations },
    container: 'volumeMounts: [{ name: v, mountPath: /run/routes, subPath: v1/table }]',
    pod: `volumes: [{ name: v, hostPath: { path: ${ROOT}, type: Directory } }]\n${others}`,
  });
}
const log = (mount: string, more = '') =>
  agent(
    `initContainers: [{ name: log, image: 'log:1', restartPolicy: Always, volumeMounts: [{ name: v, mountPath: /r${mount} }] ${more} }]`,
  );

describe('a directory of a contract that a container mounts, and no mark names it', () => {
  test.each<[string, string, string]>([
    ['the whole directory', log(''), ROOT],
    [
      'a directory in it, to read',
      log(', subPath: v1/table, readOnly: true'),
      `${ROOT}/v1/table, read-only`,
    ],
    ['a path that is known when the pod starts', log(', subPathExpr: $(A)'), ROOT],
  ])('%s', (_, after, path) => {
    expect(gainsAndLosses(agent(''), after)).toEqual({
      gained: [`${AGENT}, log: hostPath ${path}`],
      lost: [],
    });
    expect(diffOf(agent(''), after).privileges.gained[0].reason).toBeNull();
    expect(gainsAndLosses(after, agent(''))).toEqual({
      gained: [],
      lost: [`${AGENT}, log: hostPath ${path}`],
    });
  });

  test('more of it than before', () => {
    const [one, two] = [log(', subPath: v1/table, readOnly: true'), log(', subPath: v1/table')];
    expect(gainsAndLosses(one, two).gained).toEqual([
      `${AGENT}, log: hostPath ${ROOT}/v1/table (read-only)`,
    ]);
    expect(gainsAndLosses(two, log('')).gained).toEqual([
      `${AGENT}, log: hostPath ${ROOT} (hostPath ${ROOT}/v1/table)`,
    ]);
    expect(gainsAndLosses(log(''), two).gained).toEqual([]);
  });

  test('not in another version of the contract, nor of a container that is named, nor of a step', () => {
    const [v1, v2] = ['v1', 'v2'].map(version => log(`, subPath: ${version}/table`));
    expect(gainsAndLosses(v1, v2)).toEqual({ gained: [], lost: [] });
    const named = log('').replace('["web"]', '["web","log"]');
    expect(gainsAndLosses(agent(''), named).gained).toEqual([]);
    const step = agent(
      `initContainers: [{ name: a, command: [sh, -euc, ${JSON.stringify(PREPARE)}], volumeMounts: [{ name: v, mountPath: /r }] }]`,
    );
    expect(gainsAndLosses(agent(''), step).gained).toEqual([]);
  });

  test('of a new workload, beside what its contract gives a reason for', () => {
    expect(diffOf('', log('')).privileges.gained).toMatchObject([
      { container: null, what: `hostPath ${ROOT}`, reason: expect.stringContaining('routes') },
      { container: 'log', what: `hostPath ${ROOT}`, reason: null },
    ]);
  });
});

describe('marks that are added to pods that stay as they are', () => {
  const none = 'a: b';
  const bare = log('').replace(mark('agent'), none);

  test('no container newly reaches memory', () => {
    const { containers, privileges, verdict } = diffOf(bare, log(''));
    expect(containers).toEqual([]);
    expect(privileges).toEqual({ gained: [], lost: [] });
    expect(verdict).toBe('no privilege gained or lost; no pod restarts, 1 workload changed');
    expect(diffOf(log(''), bare).containers).toEqual([]);
  });

  test('nor by the claim of a client, nor in the IPC namespace of the node', () => {
    const client = (annotations: string, more = '') =>
      workload('Deployment', {
        annotations,
        container: 'volumeMounts: [{ name: c, mountPath: /run/routes, readOnly: true }]',
        pod: `volumes: [{ name: c, persistentVolumeClaim: { claimName: routes-table-v1-ro } }]
initContainers: [{ name: log, image: 'log:1', volumeMounts: [{ name: c, mountPath: /r }] }]
${more}`,
      });
    expect(diffOf(client(none), client(mark('client'))).containers).toEqual([]);
    const systemV = mark('client', { api: 'systemV', mountPath: undefined, backing: 'hostIpc' });
    expect(
      diffOf(client(none, 'hostIPC: true'), client(systemV, 'hostIPC: true')).containers,
    ).toEqual([]);
  });

  test('fails to hide a mount that is new, or another one', () => {
    const [whole, one] = [log(''), log(', subPath: v1/table')].map(text =>
      text.replace(mark('agent'), none),
    );
    for (const [before, after] of [
      [one, log('')],
      [whole, log(', subPath: v1/table')],
    ]) {
      expect(diffOf(before, after).containers[0]).toMatchObject({
        container: 'initContainers[log]',
        change: 'reaches',
        memory: [{ memory: 'routes/table' }],
      });
    }
    const added = diffOf(agent('').replace(mark('agent'), none), log('')).containers;
    expect(added).toMatchObject([{ change: 'added', memory: [{ marks: 'unnamed' }] }]);
  });

  test('fails to hide the IPC namespace of the node that a pod did not have', () => {
    const pod = (annotations: string, hostIPC: boolean) =>
      workload('Deployment', {
        annotations,
        pod: `hostIPC: ${hostIPC}\ninitContainers: [{ name: log, image: 'log:1' }]`,
      });
    const systemV = mark('client', { api: 'systemV', mountPath: undefined, backing: 'hostIpc' });
    expect(diffOf(pod(none, false), pod(systemV, true)).containers).toMatchObject([
      { container: 'initContainers[log]', change: 'reaches' },
    ]);
  });
});
