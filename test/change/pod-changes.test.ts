import { deployment, diffOf, diffOfFiles, mark, workload } from './sets';

const pods = (before: string, after: string) =>
  diffOf(before, after).pods.map(({ outcome, how, fields }) => [outcome, how, ...fields]);
/** The same workload with the next image. */
const next = (yaml: string) => yaml.replace('web:1', 'web:2');
const IMAGE = 'containers[web].image';

test.each<[string, string, string, string]>([
  ['a Deployment', deployment(), 'restart', 'rolling update: maxUnavailable 25%, maxSurge 25%'],
  [
    'one with numbers of its own',
    workload('Deployment', {
      spec: 'strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }',
    }),
    'restart',
    'rolling update: maxUnavailable 0, maxSurge 1',
  ],
  [
    'one with Recreate',
    workload('Deployment', { spec: 'strategy: { type: Recreate }' }),
    'restart',
    'Recreate: all pods end before new ones start',
  ],
  [
    'one without pods',
    workload('Deployment', { spec: 'replicas: 0' }),
    'stay',
    'it has no pods: replicas 0',
  ],
  [
    'one that is paused',
    workload('Deployment', { spec: 'paused: true' }),
    'stay',
    'paused: its pods are replaced when the rollout is resumed',
  ],
  ['a DaemonSet', workload('DaemonSet'), 'restart', 'rolling update: maxUnavailable 1, maxSurge 0'],
  [
    'one with OnDelete',
    workload('DaemonSet', { spec: 'updateStrategy: { type: OnDelete }' }),
    'whenDeleted',
    'OnDelete: each pod is replaced when somebody deletes it',
  ],
  [
    'a StatefulSet',
    workload('StatefulSet', { spec: 'replicas: 3' }),
    'restart',
    'rolling update, one by one, the highest ordinal first',
  ],
  [
    'one with a partition',
    workload('StatefulSet', {
      spec: 'replicas: 3\n  updateStrategy: { rollingUpdate: { partition: 2 } }',
    }),
    'restart',
    'rolling update, one by one: pods from ordinal 2 on (partition)',
  ],
  [
    'one with a partition beyond its pods',
    workload('StatefulSet', {
      spec: 'replicas: 3\n  updateStrategy: { rollingUpdate: { partition: 3 } }',
    }),
    'stay',
    'partition 3: no pod has an ordinal that high',
  ],
  [
    'a ReplicaSet',
    workload('ReplicaSet'),
    'whenDeleted',
    'existing pods stay as they are; new ones have the new template',
  ],
  [
    'a custom kind',
    deployment().replace('apps/v1', 'example.com/v1').replace('Deployment', 'Trainer'),
    'controller',
    'the controller of Trainer decides',
  ],
])('%s', (_, yaml, outcome, how) => {
  expect(pods(yaml, next(yaml))).toEqual([[outcome, how, IMAGE]]);
});

test('a CronJob, from its next run on', () => {
  const yaml =
    'apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: a }\nspec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: web, image: "web:1" }] } } } } }\n';
  expect(pods(yaml, next(yaml))).toEqual([['nextRun', 'from the next run on', IMAGE]]);
});

test('a Pod whose image differs restarts in place; one with a toleration more does not', () => {
  const pod = (image: string, more = '') =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: web, image: "${image}" }]${more} }\n`;
  expect(pods(pod('web:1'), pod('web:2'))).toEqual([
    ['restart', 'the kubelet restarts each container whose image differs, in place', IMAGE],
  ]);
  expect(pods(pod('web:1'), pod('web:1', ', tolerations: [{ key: a }]'))).toEqual([
    ['stay', 'the kubelet applies the change in place', 'tolerations'],
  ]);
});

test('what apply refuses restarts nothing, whatever else changes in the object', () => {
  const yaml = workload('DaemonSet');
  expect(pods(yaml, next(yaml).replaceAll('app: web', 'app: other'))).toEqual([
    [
      'refused',
      'apply refuses the change: the object and its pods stay as they are',
      'spec.selector.matchLabels.app',
      'spec.template.metadata.labels.app',
      'spec.template.spec.containers[web].image',
    ],
  ]);
});

test('another image is told with the old one; one that only one side has is not', () => {
  const pod = (image: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: web${image} }] }\n`;
  const images = (before: string, after: string) =>
    diffOf(pod(before), pod(after)).pods.map(each => each.images);
  expect(images(', image: "web:1"', ', image: "web:2"')).toEqual([
    [{ container: 'containers[web]', from: 'web:1', to: 'web:2' }],
  ]);
  expect(images(', image: "web:1"', ', tty: true')).toEqual([[]]);
});

test('replicas and strategy restart nothing', () => {
  expect(pods(deployment(), workload('Deployment', { spec: 'replicas: 3' }))).toEqual([
    ['stay', 'the pod template is the same', 'spec.replicas'],
  ]);
});

test('marks and other annotations of the workload restart nothing', () => {
  const {
    pods: [change],
    verdict,
  } = diffOf(
    workload('Deployment', { annotations: mark('client') }),
    workload('Deployment', { annotations: `${mark('client')}, a: b` }),
  );
  expect(change).toMatchObject({
    outcome: 'stay',
    metadataOnly: true,
    fields: ['metadata.annotations.a'],
  });
  expect(verdict).toBe('no privilege gained or lost; no pod restarts, 1 workload changed');
});

test('annotations of the template do restart', () => {
  expect(pods(deployment(), deployment('', '', 'annotations: { a: b }'))).toEqual([
    ['restart', 'rolling update: maxUnavailable 25%, maxSurge 25%', 'metadata.annotations.a'],
  ]);
});

test.each([
  [
    'equal quantities',
    deployment('', 'resources: { limits: { memory: 1Gi } }'),
    deployment('', 'resources: { limits: { memory: 1024Mi } }'),
  ],
  ['a false that is absent', deployment('hostIPC: false'), deployment()],
  [
    'what the cluster writes itself',
    deployment(),
    deployment().replace(
      'metadata: { name: web',
      'metadata: { uid: a, resourceVersion: "7", creationTimestamp: null, name: web',
    ) + 'status: { replicas: 3 }\n',
  ],
])('no difference: %s', (_, before, after) => {
  expect(diffOf(before, after).verdict).toBe('no difference');
});

describe('objects', () => {
  const config = (name: string, value = 'a') =>
    `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { key: ${value} }\n`;

  test('are new, gone, changed, or in another file', () => {
    const { objects } = diffOfFiles(
      { 'a.yaml': config('one') + config('two'), 'b.yaml': config('three') },
      { 'a.yaml': config('one', 'b') + config('three'), 'c.yaml': config('four') },
    );
    const ref = (name: string, file: string) => ({
      kind: 'ConfigMap',
      namespace: null,
      name,
      file,
    });
    expect(objects).toEqual({
      added: [ref('four', 'c.yaml')],
      gone: [{ ...ref('two', 'a.yaml'), part: null, ranPods: false, grant: null }],
      moved: [{ ...ref('three', 'a.yaml'), from: 'b.yaml' }],
      changed: [{ ...ref('one', 'a.yaml'), fields: ['data.key'] }],
    });
  });

  test('of another version of their API are the same', () => {
    const { objects, pods: changes } = diffOf(
      deployment().replace('apps/v1', 'extensions/v1beta1'),
      deployment(),
    );
    expect(objects).toMatchObject({ added: [], gone: [], changed: [{ fields: ['apiVersion'] }] });
    expect(changes).toMatchObject([{ outcome: 'stay' }]);
    expect(
      diffOf(deployment().replace('apps/v1', 'example.com/v1'), deployment()).objects,
    ).toMatchObject({ added: [{}], gone: [{}] });
  });

  test('that are there several times, in the files of several clusters, are told apart by them', () => {
    const { objects, pods: changes } = diffOfFiles(
      { 'a/app.yaml': deployment(), 'b/app.yaml': deployment() },
      { 'a/app.yaml': deployment(), 'b/app.yaml': next(deployment()), 'c/app.yaml': deployment() },
    );
    expect(changes.map(({ of }) => of.file)).toEqual(['b/app.yaml']);
    expect(objects.added.map(({ file }) => file)).toEqual(['c/app.yaml']);
    const swapped = diffOfFiles(
      { 'a.yaml': deployment(), 'b.yaml': deployment() },
      { 'a.yaml': deployment(), 'c.yaml': deployment() },
    );
    expect(swapped.objects).toMatchObject({
      added: [],
      gone: [],
      moved: [{ from: 'b.yaml', file: 'c.yaml' }],
    });
  });

  test('that are gone and ran pods are counted, of whatever kind they are', () => {
    const rollout = deployment().replace('apps/v1', 'argoproj.io/v1alpha1');
    const template = workload('PodTemplate', {}).replace('apps/v1', 'v1');
    const runtime = deployment()
      .replace('apps/v1', 'trainer.kubeflow.org/v1alpha1')
      .replace('kind: Deployment', 'kind: ClusterTrainingRuntime');
    const { objects, verdict } = diffOf(
      rollout.replace('kind: Deployment', 'kind: Rollout') + template + runtime + config('one'),
      '',
    );
    expect(objects.gone.map(({ kind, ranPods }) => [kind, ranPods])).toEqual([
      ['ClusterTrainingRuntime', false],
      ['ConfigMap', false],
      ['PodTemplate', false],
      ['Rollout', true],
    ]);
    expect(verdict).toContain('; 1 workload is gone');
  });

  test('that are gone ran no pods if they had no replicas', () => {
    const stopped = workload('StatefulSet', { spec: 'replicas: 0', name: 'stopped' });
    const { objects } = diffOf(workload('StatefulSet', { spec: 'replicas: 1' }) + stopped, '');
    expect(objects.gone.map(({ name, ranPods }) => [name, ranPods])).toEqual([
      ['stopped', false],
      ['web', true],
    ]);
  });

  test('that are gone are listed in the order in which to delete them', () => {
    const {
      objects: { gone },
    } = diffOf(
      [
        workload('DaemonSet', { name: 'agent', annotations: mark('agent') }),
        '---\napiVersion: v1\nkind: PersistentVolume\nmetadata: { name: a }\nspec: { claimRef: { namespace: shop, name: claim }, local: { path: /run/cdk8s-shared-memory/agents.routes/v1/table } }\n',
        '---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: { name: claim, namespace: shop }\n',
        config('one'),
        workload('Deployment', { annotations: mark('client') }),
      ].join(''),
      '',
    );
    expect(gone.map(({ kind, part }) => [kind, part])).toEqual([
      ['Deployment', 'client'],
      ['PersistentVolumeClaim', 'grant'],
      ['PersistentVolume', 'grant'],
      ['DaemonSet', 'agent'],
      ['ConfigMap', null],
    ]);
  });
});

describe('the number of pods', () => {
  const scaled = (before: string, after: string) => {
    const { pods: found, verdict } = diffOf(before, after);
    return { verdict, replicas: found.map(({ outcome, replicas }) => [outcome, replicas]) };
  };
  const of = (replicas: number) => workload('Deployment', { spec: `replicas: ${replicas}` });

  test('is shown from and to, and pods that end are in the first line', () => {
    expect(scaled(of(8), of(2))).toEqual({
      verdict: expect.stringContaining(
        'no pod restarts, 1 workload changed; 1 workload has 6 replicas fewer',
      ) as string,
      replicas: [['stay', { from: 8, to: 2 }]],
    });
    const more = scaled(of(2), of(8));
    expect(more.replicas).toEqual([['stay', { from: 2, to: 8 }]]);
    expect(more.verdict).not.toContain('fewer');
  });

  test('is shown also if the pods restart', () => {
    expect(scaled(of(3), next(of(4))).replicas).toEqual([['restart', { from: 3, to: 4 }]]);
  });

  test('is 1, or that of an autoscaler, if the manifest does not say it', () => {
    const into = scaled(deployment(), of(3));
    expect(into.replicas).toEqual([['stay', { from: null, to: 3 }]]);
    expect(into.verdict).not.toContain('fewer');
    expect(scaled(deployment(), of(1)).replicas).toEqual([['stay', { from: null, to: 1 }]]);
    const out = scaled(of(8), deployment());
    expect(out.replicas).toEqual([['stay', { from: 8, to: null }]]);
    expect(out.verdict).toContain('1 workload has 7 replicas fewer');
  });

  test('fails to be a word', () => {
    const text = workload('Deployment', { spec: 'replicas: "6"' });
    expect(scaled(text, of(2)).replicas).toEqual([['stay', null]]);
  });

  test('fails to have a meaning for kinds that have none', () => {
    const set = (spec: string) => workload('DaemonSet', { spec });
    expect(scaled(set('replicas: 1'), set('replicas: 2')).replicas).toEqual([['stay', null]]);
  });

  test('workloads that are gone are in the first line', () => {
    expect(diffOf(`${of(1)}---\n${workload('DaemonSet')}`, '').verdict).toContain(
      '2 workloads are gone',
    );
    expect(diffOf(of(1), of(1)).verdict).toBe('no difference');
  });
});
