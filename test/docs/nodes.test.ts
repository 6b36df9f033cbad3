import { withReadinessRule, withStartupTaint } from './nodes';
import { chart, rendered } from '../yaml';

test('the code of docs/operations.md, "The container of the agent", renders', () => {
  const c = chart();
  withReadinessRule(c);
  const [{ spec }] = rendered(c, 'DaemonSet');
  expect(spec.minReadySeconds).toBe(10);
  expect(spec.template.spec.containers[0]).toMatchObject({
    imagePullPolicy: 'IfNotPresent',
    readinessProbe: { exec: {}, periodSeconds: 10 },
    resources: { requests: { cpu: '100m' } },
  });
  // what the page says of the init steps: Kubernetes' own default applies
  for (const step of spec.template.spec.initContainers) {
    expect(step).not.toHaveProperty('imagePullPolicy');
  }
});

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
