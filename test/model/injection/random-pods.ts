import fc from 'fast-check';
import { at, itemsOf, type JsonObject } from '../../../src/kube/json';
import { containersAnnotation } from '../../../src/model/injection/use-label';

/** Paths at which random containers mount a volume of their own. */
const PATHS = [
  '/var/cache/app',
  '/run/routes.d',
  '/run/lock/app',
  '/run/routes',
  '//run/./routes/',
  '/var/run/routes',
  'run/routes',
  './run//routes',
  '/run/routes/below',
  '/run/routes/line\nbreak',
  '/run/routes2',
  '/run',
  '/data',
  '/data/../run/routes',
];

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

/** Leaves out the fields that are undefined, as JSON does. */
const json = (value: object): JsonObject => JSON.parse(JSON.stringify(value));

/** Mostly none: most contracts do not look at them. */
const seLinuxOptions = fc.constantFrom(
  {},
  { type: 'container_t' },
  { level: 's0' },
  { level: 's0', type: 'container_t' },
  { level: 's0:c1,c2' },
);

const context = optional(
  fc.record({
    runAsUser: optional(fc.constantFrom(0, 1000, 2000)),
    runAsGroup: optional(fc.constantFrom(0, 1000)),
    seLinuxOptions: optional(seLinuxOptions),
  }),
);

const container = (name: string) =>
  fc
    .record({
      image: fc.constant('registry.example.com/app:1'),
      volumeMounts: optional(
        fc
          .uniqueArray(fc.constantFrom(...PATHS), { maxLength: 2 })
          .chain(paths =>
            fc.tuple(
              ...paths.map(mountPath =>
                fc
                  .constantFrom('own', 'own', 'own', 'routes-table')
                  .map(volume => ({ name: volume, mountPath })),
              ),
            ),
          ),
      ),
      env: optional(
        fc.constantFrom(
          [],
          [{ name: 'ROUTES', value: '/run/routes' }],
          [{ name: 'ROUTES', value: '/elsewhere' }],
          [{ name: 'OTHER', value: 'x' }],
          [{ name: 'ROUTES', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        ),
      ),
      resources: optional(
        fc.constantFrom({}, { limits: { memory: '64Mi' } }, { limits: { memory: '1Gi' } }),
      ),
      securityContext: context,
    })
    .map(fields => ({ name, ...fields }));

const containers = (...names: string[]) =>
  fc
    .integer({ min: 1, max: names.length })
    .chain(count => fc.tuple(...names.slice(0, count).map(container)));

/**
 * Pods as charts and operators make them, which ask for contract routes.
 *
 * @param claim the claim of the contract
 */
export const randomPod = (claim: string): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      asked: optional(
        fc.constantFrom('a', 'a', 'a', 'b', 'a, b', 'init', 'a,init', 'a,', 'nobody'),
      ),
      containers: containers('a', 'b'),
      initContainers: optional(
        fc.constantFrom(
          [],
          [{ name: 'init', image: 'i' }],
          [{ name: 'init', image: 'i', restartPolicy: 'Always' }],
          [{ name: 'wait-for-routes', image: 'i' }],
        ),
      ),
      nodeSelector: optional(
        fc.constantFrom(
          {},
          { 'example.com/routes-agent': 'yes' },
          { 'example.com/routes-agent': 'no' },
          { other: 'x' },
        ),
      ),
      tolerations: optional(
        fc.constantFrom(
          [],
          [{ key: 'other', operator: 'Exists' }],
          [
            {
              effect: 'NoSchedule',
              key: 'example.com/routes-agent',
              operator: 'Equal',
              value: 'yes',
            },
          ],
        ),
      ),
      securityContext: optional(
        fc.record({
          supplementalGroups: optional(fc.constantFrom([], [1], [2000], [1, 2000])),
          fsGroup: optional(fc.constantFrom(1, 2000)),
          runAsUser: optional(fc.constantFrom(0, 1000)),
          seLinuxOptions: optional(seLinuxOptions),
        }),
      ),
      resources: optional(
        fc.constantFrom({ limits: { memory: '100Mi' } }, { limits: { memory: '4Gi' } }),
      ),
      volumes: fc.constantFrom(
        [{ name: 'own', emptyDir: {} }],
        [
          { name: 'own', emptyDir: {} },
          { name: 'routes-table', emptyDir: {} },
        ],
        [
          { name: 'own', emptyDir: {} },
          { name: 'claimed', persistentVolumeClaim: { claimName: claim, readOnly: true } },
        ],
        ...[true, false].map(readOnly => [
          { name: 'own', emptyDir: {} },
          { name: 'routes-table', persistentVolumeClaim: { claimName: claim, readOnly } },
        ]),
      ),
    })
    .map(({ asked, ...spec }) =>
      json({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'p',
          ...(asked === undefined
            ? {}
            : { annotations: { [containersAnnotation('routes')]: asked } }),
        },
        spec: withoutDanglingMounts(spec),
      }),
    );

/** A mount of a volume that the pod does not have becomes one of its own volume. */
function withoutDanglingMounts<S extends { readonly volumes: readonly { name: string }[] }>(
  spec: S,
): S {
  const names = spec.volumes.map(({ name }) => name);
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    key === 'volumeMounts'
      ? itemsOf(value).map(mount => ({
          ...(mount as object),
          name: names.includes(String(at(mount, 'name'))) ? at(mount, 'name') : 'own',
        }))
      : value,
  ) as S;
}
