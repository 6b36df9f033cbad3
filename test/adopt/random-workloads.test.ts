import fc from 'fast-check';
import { adopt, fileOf, synthesized } from './adopted-app';
import { folderOf } from './shared-workloads';
import type { JsonObject } from '../../src/kube/json';
import { readFiles } from '../../src/read/input-files';

const PATHS = [
  '/dev/shm',
  '/dev/shm/',
  '/run/cache',
  '/var/run/cache',
  '/run/cache/sub',
  '/mnt/data',
  '/tmp/pipe',
  '/var/log',
  '/run',
];
const TYPES = [undefined, '', 'Directory', 'DirectoryOrCreate', 'Socket'];

const volume = fc.record({
  path: fc.constantFrom(...PATHS),
  type: fc.constantFrom(...TYPES),
  at: fc.constantFrom('/dev/shm', '/run/cache', '/data', undefined),
  readOnly: fc.constantFrom(true, false, undefined),
  subPath: fc.constantFrom(undefined, undefined, undefined, 'sub'),
  mountPropagation: fc.constantFrom(undefined, undefined, 'HostToContainer'),
  in: fc.constantFrom('containers', 'containers', 'initContainers', 'second'),
});

const workload = fc
  .record({
    kind: fc.constantFrom('DaemonSet', 'Deployment', 'StatefulSet', 'Job', 'Pod'),
    namespace: fc.constantFrom(undefined, 'a', 'b'),
    hostIPC: fc.constantFrom(undefined, undefined, true),
    maxSurge: fc.constantFrom(undefined, 1),
    volumes: fc.uniqueArray(volume, { maxLength: 3, selector: each => each.at ?? each.path }),
  })
  .map(({ kind, namespace, hostIPC, maxSurge, volumes }) => (name: string) => {
    const mounts = (list: string) =>
      volumes.flatMap(({ path, type: _type, in: where, at, ...mount }, i) =>
        where === list ? [{ name: `v${i}`, mountPath: at ?? path, ...mount }] : [],
      );
    const pod = {
      hostIPC,
      initContainers: [{ name: 'init', image: 'i', volumeMounts: mounts('initContainers') }],
      containers: [
        { name: 'main', image: 'i', volumeMounts: mounts('containers') },
        { name: 'second', image: 'i', volumeMounts: mounts('second') },
      ],
      volumes: volumes.map(({ path, type }, i) => ({ name: `v${i}`, hostPath: { path, type } })),
    };
    const metadata = { name, namespace };
    const template = { metadata: { labels: { app: name } }, spec: pod };
    const update = kind === 'DaemonSet' && maxSurge ? { rollingUpdate: { maxSurge } } : undefined;
    return kind === 'Pod'
      ? { apiVersion: 'v1', kind, metadata, spec: pod }
      : {
          apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
          kind,
          metadata,
          spec: { template, updateStrategy: update },
        };
  });

/** An object without its annotations, and without empty fields, which cdk8s leaves out. */
function withoutAnnotations({ metadata, ...json }: JsonObject): unknown {
  const { annotations: _, ...rest } = metadata as JsonObject;
  return JSON.parse(JSON.stringify({ ...json, metadata: rest }));
}

test('an app renders exactly what it was made from, but for annotations of the objects', async () => {
  let written = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(workload, { minLength: 2, maxLength: 5 }), async makers => {
      const objects = makers.map((make, i) => make(`w${i}`));
      const folder = folderOf({ 'all.yaml': objects.map(o => JSON.stringify(o)).join('\n---\n') });
      const app = await adopt(folder);
      expect([0, 1, 3]).toContain(app.code);
      expect(app.err === '').toBe(app.code === 0);
      if (app.code === 1) {
        return;
      }
      written += 1;
      const rendered = readFiles([synthesized(app)]).manifests;
      expect(rendered.map(({ json }) => withoutAnnotations(json))).toEqual(
        readFiles([folder]).manifests.map(({ json }) => withoutAnnotations(json)),
      );
      const marks = rendered.filter(({ json }) =>
        JSON.stringify(json).includes('cdk8s-shared-memory/contract.'),
      );
      expect(marks.length).toBeGreaterThan(0);
      expect(fileOf(app, 'main.ts').match(/asIs: true/g)?.length).toBeGreaterThanOrEqual(
        marks.length,
      );
    }),
    { numRuns: 60 },
  );
  expect(written).toBeGreaterThan(0);
}, 120_000);
