import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart, Cron, Include, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import * as kplus33 from 'cdk8s-plus-33';
import { type IConstruct } from 'constructs';
import { SharedMemory } from '../../src';
import { addEdit } from '../../src/wire/hook';
import { reasonsOf } from '../../src/wire/reasons';
import { chart, contract, type Rendered } from '../yaml';

const containers = [{ name: 'm', image: 'i' }];
const template = { metadata: { labels: { app: 'a' } }, spec: { containers } };
const selector = { matchLabels: { app: 'a' } };
const scratch = mkdtempSync(join(tmpdir(), 'hook-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function include(c: Chart): Include {
  const url = join(scratch, 'deployment.yaml');
  writeFileSync(
    url,
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'included' },
      spec: { selector, template },
    }),
  );
  return new Include(c, 'w', { url });
}

const inTemplate = (o: Rendered) => o.spec.template.spec;
const WORKLOADS: [string, (c: Chart) => IConstruct, (o: Rendered) => Rendered][] = [
  ['cdk8s-plus-27 Pod', c => new kplus.Pod(c, 'w', { containers }), o => o.spec],
  ['cdk8s-plus-27 Deployment', c => new kplus.Deployment(c, 'w', { containers }), inTemplate],
  ['cdk8s-plus-27 DaemonSet', c => new kplus.DaemonSet(c, 'w', { containers }), inTemplate],
  [
    'cdk8s-plus-27 StatefulSet',
    c =>
      new kplus.StatefulSet(c, 'w', {
        containers,
        service: new kplus.Service(c, 's', { ports: [{ port: 80 }] }),
      }),
    inTemplate,
  ],
  ['cdk8s-plus-27 Job', c => new kplus.Job(c, 'w', { containers }), inTemplate],
  [
    'cdk8s-plus-27 CronJob',
    c => new kplus.CronJob(c, 'w', { containers, schedule: Cron.daily() }),
    o => o.spec.jobTemplate.spec.template.spec,
  ],
  ['cdk8s-plus-33 Pod', c => new kplus33.Pod(c, 'w', { containers }), o => o.spec],
  ['cdk8s-plus-33 Deployment', c => new kplus33.Deployment(c, 'w', { containers }), inTemplate],
  [
    'generated KubeDeployment',
    c => new kplus.k8s.KubeDeployment(c, 'w', { spec: { selector, template } }),
    inTemplate,
  ],
  [
    'ApiObject',
    c =>
      new ApiObject(c, 'w', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        spec: { selector, template },
      }),
    inTemplate,
  ],
  [
    'custom resource',
    c =>
      new ApiObject(c, 'w', {
        apiVersion: 'kubeflow.org/v1',
        kind: 'PyTorchJob',
        spec: { pytorchReplicaSpecs: { Worker: { template } } },
      }),
    o => o.spec.pytorchReplicaSpecs.Worker.template.spec,
  ],
  ['Include', include, inTemplate],
];

const all = () =>
  contract({
    memory: [
      SharedMemory.files({ name: 'table', size: Size.mebibytes(1), mountPath: '/run/routes' }),
      SharedMemory.systemV({ name: 'verdicts', size: Size.mebibytes(1) }),
    ],
  });

test.each(WORKLOADS)('%s gets what the contract needs, in the final YAML', (_, make, podOf) => {
  const c = chart();
  const workload = make(c);
  all().attachTo(workload);
  all().attachTo(workload); // twice is once
  const object = (Testing.synth(c) as Rendered[]).find(o => o.kind !== 'Service');
  const pod = podOf(object);
  expect(pod.hostIPC).toBe(true);
  expect(pod.nodeSelector).toEqual({ 'example.com/routes-agent': 'yes' });
  expect(pod.tolerations).toEqual([
    { effect: 'NoSchedule', key: 'example.com/routes-agent', operator: 'Equal', value: 'yes' },
  ]);
  expect(pod.securityContext.supplementalGroups).toEqual([2000]);
  expect(pod.volumes).toEqual([
    {
      name: 'routes-table',
      persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true },
    },
  ]);
  expect(pod.containers[0].volumeMounts).toEqual([
    { name: 'routes-table', mountPath: '/run/routes', readOnly: true },
  ]);
  expect(
    JSON.parse(object.metadata.annotations['cdk8s-shared-memory/contract.routes']).containers,
  ).toEqual(['m']);
});

const affinityTerms = (o: Rendered) =>
  o.spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution
    .length as number;

test('a workload with `spread` keeps its two terms, though toJson() appends two more at each call', () => {
  const c = chart();
  contract().attachTo(new kplus.Deployment(c, 'w', { containers, spread: true }));
  expect(affinityTerms(Testing.synth(c)[0])).toBe(2);
});

test('an edit that a validation adds still counts, and renders nothing again', () => {
  const c = chart();
  const workload = new kplus.Deployment(c, 'w', { containers, spread: true });
  contract().attachTo(workload);
  const late = new Chart(c.node.root as App, 'late');
  late.node.addValidation({
    validate: () => {
      addEdit(ApiObject.of(workload), {
        owner: 'late',
        key: 'late',
        template: '/spec/template',
        operations: [
          { do: 'set', in: 'pod', path: ['priorityClassName'], value: 'x', reason: 'r' },
        ],
      });
      return [];
    },
  });
  const [object] = Testing.synth(c) as Rendered[];
  expect([object.spec.template.spec.priorityClassName, affinityTerms(object)]).toEqual(['x', 2]);
});

test('a container that is added after attaching counts', () => {
  const c = chart();
  const workload = new kplus.Deployment(c, 'w', { containers });
  contract().attachTo(workload, { containers: ['late'] });
  workload.addContainer({ name: 'late', image: 'i' });
  expect(
    (Testing.synth(c) as Rendered[])[0].spec.template.spec.containers[1].volumeMounts,
  ).toHaveLength(1);
});

test('the rendered object carries its reasons, by identity', () => {
  const c = chart();
  const object = new ApiObject(c, 'w', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: { selector, template },
  });
  contract().attachTo(object);
  expect(
    reasonsOf(object.toJson()).get('/spec/template/spec/nodeSelector/example.com~1routes-agent'),
  ).toEqual(['contract routes: the nodes that have the agent']);
  expect(reasonsOf({})).toEqual(new Map());
});

test('what a workload and an edit share is no YAML anchor', () => {
  const c = chart();
  const shared = { name: 'own', emptyDir: {} };
  contract().attachTo(
    new ApiObject(c, 'w', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { selector, template: { spec: { containers, volumes: [shared], other: shared } } },
    }),
  );
  const text = (c.node.root as App).synthYaml();
  expect(text).not.toMatch(/[&*]a1/);
  expect(text).not.toContain('null');
});

test('fails in stock App before any file is written, with the conflicts of all charts', () => {
  const outdir = join(scratch, 'out');
  const app = new App({ outdir });
  for (const id of ['a', 'b', 'c']) {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: id },
      spec: { nodeSelector: { 'example.com/routes-agent': 'no' }, containers },
    };
    contract().attachTo(new ApiObject(new Chart(app, id), 'pod', pod));
  }
  let message = '';
  try {
    app.synth();
  } catch (e) {
    message = (e as Error).message;
  }
  expect(message.match(/\[\w\/pod\] SHM010 spec/g)).toEqual([
    '[a/pod] SHM010 spec',
    '[b/pod] SHM010 spec',
    '[c/pod] SHM010 spec',
  ]);
  expect(existsSync(join(outdir, 'a.k8s.yaml'))).toBe(false);
});

test('after a failure is mended, the same app can be synthesized', () => {
  const c = chart();
  const spec: Rendered = { nodeSelector: { 'example.com/routes-agent': 'no' }, containers };
  contract().attachTo(new ApiObject(c, 'w', { apiVersion: 'v1', kind: 'Pod', spec }));
  expect(() => Testing.synth(c)).toThrow('SHM010');
  delete spec.nodeSelector;
  expect((Testing.synth(c) as Rendered[])[0].spec.nodeSelector).toEqual({
    'example.com/routes-agent': 'yes',
  });
});

describe('two copies of the library of different versions', () => {
  const NEWER = {
    owner: 'Newer',
    key: 'newer',
    template: '/spec/template' as const,
    operations: [{ do: 'teleport', reason: 'r' } as never],
  };
  const KEY = Symbol.for('cdk8s-shared-memory.edits');

  function edited() {
    const c = chart();
    const object = ApiObject.of(new kplus.Deployment(c, 'w', { containers }));
    addEdit(object, { owner: 'A', key: 'a', operations: [{ do: 'explain', reason: 'r' }] });
    return { c, object };
  }

  test('fails where the copy that is there does not know an operation of the edit', () => {
    expect(() => addEdit(edited().object, NEWER)).toThrow(
      /SHM016[^]*operations: given Newer with teleport[^]*allowed annotate, asIs/,
    );
  });

  test('fails while it renders where a newer copy added what this one does not know', () => {
    const { c, object } = edited();
    (object as any)[KEY].edits.push(NEWER);
    expect(() => Testing.synth(c)).toThrow(/SHM016[^]*Newer with teleport/);
  });

  test('a state says which operations its copy knows; one that does not is taken for as old', () => {
    const { object } = edited();
    const state = (object as any)[KEY];
    expect(state.operations).toContain('set');
    state.operations = ['explain'];
    const set = {
      owner: 'B',
      key: 'b',
      operations: [
        { do: 'set', in: 'object', path: ['metadata', 'labels', 'x'], value: 'y', reason: 'r' },
      ],
    } as never;
    expect(() => addEdit(object, set)).toThrow(/SHM016[^]*B with set[^]*allowed explain/);
    state.operations = undefined;
    expect(() => addEdit(object, set)).not.toThrow();
  });
});
