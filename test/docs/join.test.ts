import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Include, Testing } from 'cdk8s';
import { bigger, existing, hugePages, keepsWhatIsThere, peers, processes, replaces } from './join';
import { schemaErrors } from '../kubernetes/schema';
import { type Rendered } from '../yaml';

const scratch = mkdtempSync(join(tmpdir(), 'join-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A Deployment as its YAML has it, in a chart. */
function included(name: string, mountPath: string, volume: string, mount = '') {
  const chart = new Chart(new App({ outdir: scratch }), name);
  const url = join(scratch, `${name}.yaml`);
  writeFileSync(
    url,
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: app
          image: registry.example.com/app:1
          resources: { limits: { memory: 16Gi } }
          volumeMounts: [{ name: dshm, mountPath: ${mountPath}${mount} }]
      volumes: [{ name: dshm, ${volume} }]
`,
  );
  return { chart, include: new Include(chart, 'yaml', { url }) };
}
function podOf(chart: Chart): Rendered {
  const objects = Testing.synth(chart) as Rendered[];
  expect(objects.flatMap(object => schemaErrors(object))).toEqual([]);
  return objects.find(({ kind }) => kind === 'Deployment').spec.template.spec;
}

/* What docs/join.md says of each of its steps. */

test('a mount of the same directory stays', () => {
  const { chart, include } = included('engine', '/dev/shm', 'hostPath: { path: /dev/shm }');
  keepsWhatIsThere(include);
  expect(podOf(chart).volumes).toEqual([{ name: 'dshm', hostPath: { path: '/dev/shm' } }]);
});

test('a volume of its own is replaced by the claim', () => {
  const { chart, include } = included('app', '/dev/shm', 'emptyDir: { medium: Memory }');
  replaces(include);
  const { volumes, containers } = podOf(chart);
  expect(volumes.map((each: Rendered) => each.persistentVolumeClaim.claimName)).toEqual([
    'results-data-v1-ro',
  ]);
  expect(containers[0].volumeMounts).toEqual([
    { name: 'results-data', mountPath: '/dev/shm', readOnly: true },
  ]);
});

test("a vendor's directory by claim, and the step waits for its socket", () => {
  const { chart, include } = included('client', '/data', 'emptyDir: {}');
  existing(chart, include);
  const pod = podOf(chart);
  expect(pod.volumes[1].persistentVolumeClaim.claimName).toBe('datadog-sockets-v1-ro');
  expect(pod.initContainers[0].env).toContainEqual({
    name: 'UNTIL',
    value: 'socket:/run/datadog/dsd.socket',
  });
});

test('a memory-medium emptyDir gets its size', () => {
  const { chart, include } = included('trainer', '/dev/shm', 'emptyDir: { medium: Memory }');
  bigger(include);
  expect(podOf(chart).volumes).toEqual([
    { name: 'dshm', emptyDir: { medium: 'Memory', sizeLimit: '8Gi' } },
  ]);
});

test('variables, umask and user are in the JSON, of version v2', () => {
  const json = JSON.parse(processes().toJson());
  expect([json.apiVersion, json.umask, json.clientUser, Object.keys(json.env)]).toEqual([
    'cdk8s-shared-memory/v2',
    '007',
    'owner',
    ['BUS_BYTES', 'BUS_DIR'],
  ]);
});

test('peers have a DaemonSet that makes the memory', () => {
  const chart = new Chart(new App({ outdir: scratch }), 'peers');
  peers(chart);
  const [{ kind, metadata }] = Testing.synth(chart) as Rendered[];
  expect([kind, metadata.name]).toEqual(['DaemonSet', 'ros']);
});

test('memory in huge pages is of the second version, and says which pages', () => {
  expect(JSON.parse(hugePages().toJson())).toMatchObject({
    apiVersion: 'cdk8s-shared-memory/v2',
    memory: [{ size: '4Gi', hugePages: '2Mi' }],
  });
});
