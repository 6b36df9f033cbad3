import { page, ROUTES, rows, SHOP } from './review-examples';

const needs = (...files: string[]) =>
  rows(page(...files), 'What the nodes and the cluster must have');
const CLAIM =
  '| PersistentVolumeClaim `routes-table-v1-ro` in `shop` | the grant of contract `routes`, which is not in these manifests; without it, the pods stay Pending | `kubectl get pvc -n shop routes-table-v1-ro` |';

test('alerts of this library need the Prometheus Operator', () => {
  const rule = (alert: string) =>
    `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: alerts, namespace: node-agents }
spec: { groups: [{ name: a, rules: [{ alert: ${alert}, expr: up }] }] }
`;
  const row =
    '| the custom resource PrometheusRule, of the Prometheus Operator | the alerts; without it, `kubectl apply` refuses them | `kubectl get crd prometheusrules.monitoring.coreos.com` |';
  expect(needs(ROUTES, rule('SharedMemoryAgentMissing'))).toContain(row);
  expect(needs(ROUTES, rule('HighLoad'))).not.toContain(row);
});

describe('what the repository of an app needs of others', () => {
  test('the claim of the grant', () => {
    expect(needs(SHOP)).toContain(CLAIM);
    expect(needs(ROUTES, SHOP).join('\n')).not.toContain('PersistentVolumeClaim');
  });

  test('fails to need a claim that has no namespace yet, as the pods that mount it', () => {
    const nowhere = SHOP.replace(/^  namespace: shop\n/gm, '');
    const claim =
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: routes-table-v1-ro }\nspec: { volumeName: a }\n';
    expect(needs(nowhere)).toContain(CLAIM.replace(' in `shop`', '').replace(' -n shop', ''));
    expect(needs(nowhere, claim).join('\n')).not.toContain('PersistentVolumeClaim');
  });

  test('nodes whose label and taint are as the pods say them', () => {
    const hostile = SHOP.replace(
      'example.com/node-agents: "yes"',
      "example.com/node-agents: '$(id)'",
    );
    expect(needs(hostile).join('\n')).toContain(
      "`kubectl get nodes -l 'example.com/node-agents=$(id)'`",
    );
    const anyTaint = SHOP.replace(
      /- effect: NoSchedule\n *(key: .*\n *operator:) Equal\n *value: "yes"/,
      '- $1 Exists',
    );
    expect(needs(SHOP).join('\n')).toContain('the taint `example.com/node-agents=yes:NoSchedule`,');
    expect(needs(anyTaint).join('\n')).toContain('the taint `example.com/node-agents`,');
  });

  test('nodes with the label that its pods select', () => {
    const ofNodes = (...files: string[]) =>
      needs(...files).filter(row => row.startsWith('| nodes with'));
    const [alone] = ofNodes(SHOP);
    expect(alone).toContain(
      '| nodes with `example.com/node-agents=yes` | these clients run only there, and clients start only where an agent runs',
    );
    expect(alone).toContain('`kubectl get nodes -l example.com/node-agents=yes`');
    const [both, ...more] = ofNodes(ROUTES, SHOP);
    expect(both).toContain('| the agents run there, and clients start only where an agent runs');
    expect(more).toEqual([]);
  });

  test('fails to say whether the agent is for nodes with SELinux, which its manifests show', () => {
    const selinux = (...files: string[]) => needs(...files).filter(row => row.includes('SELinux'));
    expect(selinux(SHOP)).toEqual([
      '| if SELinux is enforcing: contracts that say `seLinux: true` | their agents are not in these manifests; without it, an agent does not start there | `getenforce` |',
    ]);
    expect(selinux(ROUTES, SHOP)).toEqual([
      expect.stringMatching(/^\| SELinux is not enforcing \|/),
    ]);
  });
});
