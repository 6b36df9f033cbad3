import { cdk8sSynth as synth, from } from './cdk8s-synth';

const APP = `
import { ApiObject, Chart } from ${from('node_modules/cdk8s')};
import { ReviewApp } from ${from('src/synth/review-app')};
import { keepReasons } from ${from('src/wire/reasons')};

const app = new ReviewApp();
const chart = new Chart(app, 'c');
const object = new ApiObject(chart, 'one', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { k: 'v' } });
const render = object.toJson.bind(object);
object.toJson = () => {
  const json = render();
  keepReasons(json, new Map([['/data/k', ['so {{ that }} it works']]]));
  return json;
};
app.synth();
`;

const YAML = `apiVersion: v1
kind: ConfigMap
metadata:
  name: one
data:
  # so {{ that }} it works
  k: v
`;

const PLUGIN = `
exports.Count = class {
  async validate(context) {
    for (const manifest of context.manifests) {
      const [object] = context.parseManifest(manifest);
      context.report.addViolation({
        ruleName: 'no-' + object.kind, recommendation: 'none', fix: 'none',
        violatingResources: [{ resourceName: object.metadata.name, manifestPath: manifest, locations: ['/data'] }],
      });
    }
    context.report.submit('failure');
  }
};
`;

const cdk8sSynth = (files: Record<string, string>, ...options: string[]) =>
  synth({ 'main.ts': APP, ...files }, ...options);

test('cdk8s synth', () => {
  const { status, stdout, dist, all } = cdk8sSynth({});
  expect(stdout).toBe('Synthesizing application\n  - dist/c.k8s.yaml\n');
  expect(dist).toEqual({ 'c.k8s.yaml': YAML });
  expect(all).toEqual(['REVIEW.md', 'c.k8s.yaml', 'review.sarif']);
  expect(status).toBe(0);
});

test('cdk8s synth --stdout', () => {
  const { status, stdout, dist } = cdk8sSynth({}, '--stdout');
  expect(stdout).toBe(YAML);
  expect(dist).toEqual({});
  expect(status).toBe(0);
});

test('cdk8s synth --format helm', () => {
  const { status, dist, all } = cdk8sSynth(
    {},
    '--format',
    'helm',
    '--chart-api-version',
    'v2',
    '--chart-version',
    '1.0.0',
  );
  expect(all).toEqual([
    'Chart.yaml',
    'README.md',
    'REVIEW.md',
    'review.sarif',
    'templates/',
    'templates/c.k8s.yaml',
  ]);
  expect(dist['templates/c.k8s.yaml']).toBe(YAML.replace('{{ that }}', '{ { that } }'));
  expect(status).toBe(0);
});

test('fails by a validation in cdk8s.yaml, which finds the construct', () => {
  const config = 'validations:\n  - package: ./plugin.js\n    version: 0.0.0\n    class: Count\n';
  const { status, stdout, dist } = cdk8sSynth({
    'cdk8s.yaml': `language: typescript\n${config}`,
    'plugin.js': PLUGIN,
  });
  expect(stdout).toContain('no-ConfigMap (1 occurrences)');
  expect(stdout).toContain('Construct Path: c/one');
  expect(dist).toEqual({
    'c.k8s.yaml': YAML,
    'construct-metadata.json': '{"version":"1.0.0","resources":{"one":{"path":"c/one"}}}',
  });
  expect(status).toBe(2);
});
