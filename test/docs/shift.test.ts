import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { shiftRelease } from './shift';
import { schemaErrors } from '../kubernetes/schema';
import { chart, contract, rendered } from '../yaml';
import { SharedMemory } from 'cdk8s-shared-memory';

/* What examples/gray-release/README.md says of two agents and of a Helm chart. */

const release = (instance: string, image: string) => {
  const labels = `{ app.kubernetes.io/name: web, app.kubernetes.io/instance: ${instance} }`;
  return [
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${instance}-web, namespace: shop, labels: ${labels} }
spec:
  replicas: 8
  selector: { matchLabels: ${labels} }
  template:
    metadata: { labels: ${labels} }
    spec: { containers: [{ name: web, image: "registry.example.com/${image}" }] }
`,
    `apiVersion: v1
kind: Service
metadata: { name: ${instance}-web, namespace: shop }
spec: { selector: ${labels}, ports: [{ port: 80 }] }
`,
  ];
};

const here = process.cwd();
const scratch = mkdtempSync(join(tmpdir(), 'shift-'));
beforeAll(() => {
  process.chdir(scratch);
  writeFileSync('shop.yaml', release('shop', 'shop:3.1.0-agent').join('---\n'));
  writeFileSync('shop-new.yaml', release('shop-new', 'shop:3.1.0')[0]);
});
afterAll(() => {
  process.chdir(here);
  rmSync(scratch, { recursive: true });
});

test('a release of a chart is shifted, and its twin has both contracts', () => {
  const c = chart('shop');
  const verdicts = contract({
    name: 'verdicts',
    memory: [SharedMemory.files({ size: Size.mebibytes(64), mountPath: '/run/verdicts' })],
  });
  shiftRelease(c, contract(), verdicts);
  const [old, young] = rendered(c, 'Deployment');
  const [service] = rendered(c, 'Service');
  expect([old, young, service].flatMap(object => schemaErrors(object))).toEqual([]);
  expect([old.spec.replicas, young.spec.replicas]).toEqual([6, 2]);
  expect(old.spec.template.spec).not.toHaveProperty('volumes');
  expect(young.spec.template.spec.volumes.map((each: { name: string }) => each.name)).toEqual([
    'routes-table',
    'verdicts-data',
  ]);
  expect(service.spec.selector).toEqual({ 'app.kubernetes.io/name': 'web' });
});
