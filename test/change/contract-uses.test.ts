import { diffOf, grant, mark, workload } from './sets';
import { text } from '../../src/report/diff/diff-text';

const agent = workload('DaemonSet', {
  name: 'agent',
  namespace: 'agents',
  annotations: mark('agent'),
});
const CLAIM =
  'volumes: [{ name: t, persistentVolumeClaim: { claimName: routes-table-v1-ro, readOnly: true } }]';
const MOUNT = 'volumeMounts: [{ name: t, mountPath: /run/routes, readOnly: true }]';
const client = (name: string, more: object = {}, memory: object = {}) =>
  workload('Deployment', {
    name,
    annotations: mark('client', memory, more),
    pod: CLAIM,
    container: MOUNT,
  });
const plain = (name: string) => workload('Deployment', { name });

/** The first line, and the lines about contracts. */
function said(before: string, after: string): string[] {
  const [verdict, ...lines] = text(diffOf(before, after), words => words).split('\n');
  const [start] = [lines.indexOf('Contracts')];
  return [
    verdict,
    ...(start < 0 ? [] : lines.slice(start + 1, lines.indexOf('', start))).map(line => line.trim()),
  ];
}

describe('a workload that becomes a client', () => {
  test('reads what it did not read', () => {
    expect(
      said(agent + plain('web') + plain('api'), agent + client('web') + client('api')),
    ).toEqual([
      'no privilege gained or lost; 2 workloads newly read memory of a contract; 2 workloads restart',
      '+ Deployment shop/api: reads memory routes/table of contract routes, which it did not before',
      '+ Deployment shop/web: reads memory routes/table of contract routes, which it did not before',
    ]);
  });

  test('writes what it did not write', () => {
    expect(said(plain('web'), client('web', { access: 'readWrite' }))).toEqual([
      'no privilege gained or lost; 1 workload newly writes memory of a contract; 1 workload restarts',
      '+ Deployment shop/web: reads and writes memory routes/table of contract routes, which it did not before',
    ]);
  });

  test('or has a mark for what it had', () => {
    const unmarked = client('web').replace(/, annotations: \{ .* \}(?= \})/, '');
    expect(unmarked).not.toEqual(client('web'));
    expect(said(agent + unmarked, agent + client('web'))).toEqual([
      'no privilege gained or lost; no pod restarts, 1 workload changed',
      'Deployment shop/web: reads memory routes/table of contract routes, as before; only the mark is new',
    ]);
  });

  test('or stops', () => {
    expect(said(client('web'), plain('web'))).toEqual([
      'no privilege gained or lost; 1 workload no longer uses a contract; 1 workload restarts',
      '- Deployment shop/web: no longer reads memory routes/table of contract routes',
    ]);
  });

  test.each([
    ['a new workload is listed as new', '', client('web')],
    ['a client stays one', client('web'), client('web', { version: 'v2' })],
    [
      'a contract that moves keeps its clients',
      agent + client('web'),
      agent.replace(/agents/g, 'others') + client('web', { namespace: 'others' }),
    ],
  ])('%s', (_, before, after) => {
    expect(diffOf(before, after).uses).toEqual([]);
  });
});

describe('a contract that clients still use', () => {
  const both = client('web') + client('api');

  test('without its agent', () => {
    expect(said(agent + grant('shop') + both, both)).toEqual([
      '1 privilege lost, none gained; nothing serves 1 contract any more that 2 workloads still use; no pod restarts; 1 workload is gone',
      '- contract agents/routes: nothing serves it any more; Deployment shop/api and Deployment shop/web still use it',
    ]);
  });

  test('without its grants', () => {
    expect(said(agent + grant('shop') + client('web'), agent + client('web'))).toEqual([
      '1 privilege lost, none gained; 1 workload still uses a contract that is not granted any more; no pod restarts',
      '- contract agents/routes: it is not granted any more to namespace shop; Deployment shop/web still uses it',
    ]);
  });

  test.each([
    ['the clients are gone, too', agent + both, ''],
    ['the agent is in another repository', both, client('web')],
    [
      'the grant has another version',
      agent + grant('shop') + both,
      agent + grant('shop', 'ro', 'v2') + both,
    ],
    ['the grant was that of another namespace', agent + grant('pay') + both, agent + both],
    [
      'the agent moved',
      agent + client('web'),
      agent.replace(/agents/g, 'others') + client('web', { namespace: 'others' }),
    ],
  ])('%s: nothing is said', (_, before, after) => {
    expect(diffOf(before, after).unserved).toEqual([]);
  });
});
