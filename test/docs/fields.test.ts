import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Chart, Include, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { databases, infrastructureAgents, machineLearning, tradingAndRobotics } from './fields';
import { schemaErrors } from '../kubernetes/schema';
import { type Rendered } from '../yaml';
import { FindingSeverity, Review } from 'cdk8s-shared-memory';

const scratch = mkdtempSync(join(tmpdir(), 'fields-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const chartOf = (id: string, namespace?: string, app = new App({ outdir: scratch })) =>
  new Chart(app, id, { namespace, disableResourceNameHashes: true });

const containers = (gibibytes: number): kplus.ContainerProps[] => [
  {
    name: 'main',
    image: 'registry.example.com/main:1',
    securityContext: { user: 20001, group: 20001 },
    resources: {
      memory: { request: Size.gibibytes(gibibytes), limit: Size.gibibytes(gibibytes) },
    },
  },
];

/** What the charts render: valid, and without a finding that is an error. */
function judged(...charts: Chart[]): Rendered[] {
  const objects = charts.flatMap(each => Testing.synth(each) as Rendered[]);
  expect(objects.flatMap(object => schemaErrors(object))).toEqual([]);
  expect(
    Review.of(objects)
      .findings.filter(({ severity }) => severity === FindingSeverity.ERROR)
      .map(({ rule, message }) => `${rule} ${message}`),
  ).toEqual([]);
  return objects;
}
const volumesOf = (objects: Rendered[], kind: string) =>
  objects.find(each => each.kind === kind).spec.template.spec.volumes;

/* What docs/for-*.md say that comes out. */

test('machine learning: a bigger /dev/shm, and a table that workers read by claim', () => {
  const platform = chartOf('platform', 'features');
  const team = chartOf('team', 'inference', platform.node.root as App);
  const trainer = new kplus.Job(team, 'trainer', { containers: containers(16) });
  const evaluator = new kplus.Job(team, 'evaluator', { containers: containers(6) });
  const worker = new kplus.Deployment(team, 'worker', { containers: containers(2) });
  machineLearning(platform, trainer, evaluator, worker);
  const objects = judged(platform, team);
  expect(volumesOf(objects, 'Job')[0].emptyDir).toEqual({ medium: 'Memory', sizeLimit: '8Gi' });
  expect(
    objects
      .filter(({ kind }) => kind === 'Job')
      .map(({ spec }) => spec.template.spec.containers[0].resources.limits.memory),
  ).toEqual(['16384Mi', '14Gi']);
  expect(volumesOf(objects, 'Deployment')[0].persistentVolumeClaim).toEqual({
    claimName: 'features-table-v3-ro',
    readOnly: true,
  });
});

test('databases: a bigger /dev/shm, and snapshots that clients read by claim', () => {
  const platform = chartOf('platform', 'rates');
  const team = chartOf('team', 'checkout', platform.node.root as App);
  const postgres = new kplus.StatefulSet(team, 'postgres', {
    service: new kplus.Service(team, 'service', { ports: [{ port: 5432 }] }),
    containers: containers(1),
  });
  const api = new kplus.Deployment(team, 'api', { containers: containers(1) });
  databases(platform, postgres, api);
  const objects = judged(platform, team);
  expect(volumesOf(objects, 'StatefulSet')[0].emptyDir.sizeLimit).toBe('256Mi');
  expect(volumesOf(objects, 'Deployment')[0].persistentVolumeClaim.claimName).toBe(
    'rates-rows-v1-ro',
  );
});

test('trading and robotics: clients that write, and peers that are one user', () => {
  const platform = chartOf('platform', 'robot');
  const team = chartOf('team', 'robot', platform.node.root as App);
  const strategy = new kplus.Deployment(team, 'strategy', {
    containers: containers(1).map(each => ({ ...each, command: ['/usr/bin/strategy'] })),
  });
  const planner = new kplus.DaemonSet(team, 'planner', {
    containers: containers(1).map(each => ({ ...each, securityContext: {} })),
  });
  tradingAndRobotics(platform, strategy, planner);
  const objects = [
    ...(Testing.synth(platform) as Rendered[]),
    ...(Testing.synth(team) as Rendered[]),
  ];
  expect(objects.flatMap(object => schemaErrors(object))).toEqual([]);
  expect(
    volumesOf(objects, 'Deployment').map((each: Rendered) => each.persistentVolumeClaim?.claimName),
  ).toContain('market-bus-v7-rw');
  const peers = objects.find(each => each.metadata.name.endsWith('planner'));
  expect(peers.spec.template.spec.containers[0].securityContext.runAsUser).toBe(10001);
});

test('infrastructure agents: a DaemonSet of the platform, and one of a vendor', () => {
  const platform = chartOf('platform', 'node-agents');
  const team = chartOf('team', 'shop', platform.node.root as App);
  const url = join(scratch, 'vendor.yaml');
  writeFileSync(
    url,
    `apiVersion: apps/v1
kind: DaemonSet
metadata: { name: vendor-agent, namespace: node-agents }
spec:
  selector: { matchLabels: { app: vendor-agent } }
  template:
    metadata: { labels: { app: vendor-agent } }
    spec:
      containers:
        - name: agent
          image: registry.example.com/vendor-agent:1
          resources: { requests: { memory: 128Mi }, limits: { memory: 128Mi } }
`,
  );
  const web = new kplus.Deployment(team, 'web', { containers: containers(1) });
  infrastructureAgents(platform, new Include(platform, 'vendor', { url }), web);
  const objects = judged(platform, team);
  expect(objects.filter(each => each.kind === 'DaemonSet').map(each => each.metadata.name)).toEqual(
    expect.arrayContaining(['vendor-agent']),
  );
  expect(volumesOf(objects, 'Deployment')[0].persistentVolumeClaim.claimName).toBe(
    'routes-table-v1-ro',
  );
});
