import { page, ROUTES, section, SHOP } from './review-examples';

const limits = (...files: string[]) => section(page(...files), 'What limits these pods');
const quota = (spec: object) =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'shop' }, spec })}\n`;

test('the quota of a priority class is named, with what it is for', () => {
  expect(limits(ROUTES, SHOP)).toContain(
    'and no quota for memory. Pod Security and the policies of the cluster apply; a `ClientPolicy` would add one. ResourceQuota `node-agents/system-node-critical` (`pods: 1G`) is there because some clusters admit pods of priority class `system-node-critical` outside kube-system only with such a quota.',
  );
});

test('a quota of a priority class that admits no pod refuses the agents', () => {
  expect(limits(ROUTES.replace('pods: 1G', 'pods: 0'), SHOP)).toContain(
    ' **ResourceQuota `node-agents/system-node-critical` has `pods: 0`: it refuses every pod of priority class `system-node-critical`.**',
  );
});

test('fails to claim that there is no quota', () => {
  expect(limits(ROUTES, SHOP, quota({ hard: { 'requests.cpu': '2', pods: 0 } }))).toContain(
    '| ResourceQuota `shop/q` | requests.cpu: `2`, pods: `0` | refuses in `shop` | [2.yaml](2.yaml) |',
  );
  expect(limits(ROUTES, SHOP)).not.toContain('no quota.');
  const withoutQuota = ROUTES.split('---\n').filter(text => !text.includes('ResourceQuota'));
  expect(limits(withoutQuota.join('---\n'), SHOP)).toContain('and no quota. Pod Security');
});

test('fails to take the quota of another class for that of the agents', () => {
  const missing = (text: string) =>
    section(page(text, SHOP), 'What the nodes').match(/a ResourceQuota for [^|]+(?= \|)/g);
  expect(missing(ROUTES)).toBeNull();
  expect(
    missing(
      ROUTES.replace(
        'priorityClassName: system-node-critical',
        'priorityClassName: system-cluster-critical',
      ),
    ),
  ).toEqual(['a ResourceQuota for `system-cluster-critical` in `node-agents`']);
  expect(
    missing(ROUTES.replace('priorityClassName: system-node-critical', 'priorityClassName: agents')),
  ).toBeNull();
  const withoutQuota = ROUTES.split('---\n').filter(text => !text.includes('ResourceQuota'));
  expect(missing(withoutQuota.join('---\n'))).toEqual([
    'a ResourceQuota for `system-node-critical` in `node-agents`',
  ]);
});

test('a quota with scopes is not for all pods', () => {
  const hard = { 'limits.memory': '1Gi' };
  const scopeSelector = {
    matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
  };
  for (const spec of [
    { hard, scopes: ['BestEffort'] },
    { hard, scopeSelector },
  ]) {
    expect(limits(ROUTES, SHOP, quota(spec))).toContain(
      '| limits.memory: `1Gi` | refuses in `shop`, **but only pods that its scopes match** |',
    );
  }
});
