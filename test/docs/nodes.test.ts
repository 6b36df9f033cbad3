import { withReadinessRule, withStartupTaint } from './nodes';
import { chart, rendered } from '../yaml';

test('the code of docs/nodes.md renders', () => {
  const c = chart();
  withStartupTaint(c);
  expect(
    [rendered(c, 'Deployment'), rendered(c, 'PrometheusRule')].map(objects =>
      objects.map(o => o.metadata.name),
    ),
  ).toEqual([['routes-startup-taint'], ['routes-shared-memory']]);
  const other = chart();
  withReadinessRule(other);
  expect(rendered(other, 'DaemonSet')[0].spec.template.spec.tolerations).toEqual([
    { key: 'readiness.k8s.io/routes-agent', operator: 'Exists' },
  ]);
});
