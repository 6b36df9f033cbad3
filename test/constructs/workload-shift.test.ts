import { ApiObject, Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { WorkloadShift, type WorkloadShiftProps } from '../../src';
import { messageOf } from '../bad-input/message';
import { chart, contract, type Rendered } from '../yaml';

/**
 * A Deployment as plain YAML has it: its own label in the selector, and one that both sides have.
 */
function deployment(
  scope: Chart,
  id: string,
  more: object = {},
  labels: Record<string, string> = { run: id },
): ApiObject {
  return new ApiObject(scope, id, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: id },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: `registry.example.com/${id}:1`,
              resources: { limits: { memory: '64Mi' } },
            },
          ],
        },
      },
      ...more,
    },
  });
}
const other = (scope: Chart, kind: string, apiVersion: string, spec: object) =>
  new ApiObject(scope, kind.toLowerCase(), { apiVersion, kind, metadata: { name: 'web' }, spec });

interface Made {
  readonly scope: Chart;
  readonly from: ApiObject;
  readonly to: ApiObject;
}

function shifted(
  props: Partial<WorkloadShiftProps>,
  more: (made: Made) => void = () => undefined,
): Rendered[] {
  const scope = chart('shop', 'shop');
  const [from, to] = [deployment(scope, 'web-inside'), deployment(scope, 'web')];
  new WorkloadShift(scope, 'shift', {
    contract: contract(),
    from,
    to,
    replicas: 8,
    shifted: 25,
    ...props,
  });
  more({ scope, from, to });
  return Testing.synth(scope);
}
const replicasOf = (objects: Rendered[]) =>
  Object.fromEntries(
    objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata, spec }) => [metadata.name, spec.replicas]),
  );

describe('the split', () => {
  test.each([
    [0, 8, 0],
    [1, 7, 1],
    [25, 6, 2],
    [50, 4, 4],
    [99, 1, 7],
  ])('%i%% of 8', (percent, from, to) => {
    expect(replicasOf(shifted({ shifted: percent }))).toEqual({ 'web-inside': from, web: to });
  });

  test('at 100% the old Deployment is left out', () => {
    const objects = shifted({ shifted: 100 });
    expect(replicasOf(objects)).toEqual({ web: 8 });
    expect(objects).toHaveLength(1);
  });

  test('then a Service may have the new one alone', () => {
    const service = ({ scope }: Made) => {
      other(scope, 'Service', 'v1', { selector: { run: 'web' } });
    };
    expect(shifted({ shifted: 100 }, service)).toHaveLength(2);
    expect(messageOf(() => shifted({ shifted: 99 }, service))).toContain(
      'service: given Service web',
    );
  });

  test('what cdk8s-plus writes where nobody chose is no choice, and the whole is fine', () => {
    const scope = chart('shop', 'shop');
    const plus = (id: string, replicas?: number) =>
      new kplus.Deployment(scope, id, {
        replicas,
        containers: [{ image: 'registry.example.com/web:1' }],
      });
    new WorkloadShift(scope, 'shift', {
      contract: contract(),
      from: plus('old'),
      to: plus('new', 8),
      replicas: 8,
      shifted: 50,
    });
    expect(replicasOf(Testing.synth(scope))).toEqual({ 'shop-old': 4, 'shop-new': 4 });
  });
});

test('the twin is attached, the old one is not, and both carry the stage on their own metadata', () => {
  const [old, young] = shifted({ shifted: 25 });
  expect(young.spec.template.spec.volumes).toEqual([
    {
      name: 'routes-table',
      persistentVolumeClaim: { claimName: 'routes-table-v1-ro', readOnly: true },
    },
  ]);
  expect(old.spec.template.spec.volumes).toBeUndefined();
  const stage = {
    apiVersion: 'cdk8s-shared-memory/v1',
    from: 'web-inside',
    to: 'web',
    replicas: 8,
    shifted: 25,
  };
  expect(
    [old, young].map(({ metadata }) =>
      JSON.parse(metadata.annotations['cdk8s-shared-memory/shift']),
    ),
  ).toEqual([
    { ...stage, side: 'from' },
    { ...stage, side: 'to' },
  ]);
});

test('to go on changes replicas and stage of both, and no pod template', () => {
  const [before, after] = [shifted({ shifted: 25 }), shifted({ shifted: 50 })];
  expect(after.map(({ spec }) => spec.template)).toEqual(before.map(({ spec }) => spec.template));
});

test('Services and budgets that have both, or neither, are right', () => {
  const objects = shifted({}, ({ scope }) => {
    other(scope, 'Service', 'v1', { selector: { app: 'web' }, ports: [{ port: 80 }] });
    other(scope, 'PodDisruptionBudget', 'policy/v1', {
      minAvailable: 1,
      selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
    });
    new ApiObject(scope, 'stranger', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other' },
      spec: { selector: { app: 'other' } },
    });
    new ApiObject(scope, 'elsewhere', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'other' },
      spec: { selector: { run: 'web' } },
    });
    new ApiObject(scope, 'external', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'external' },
      spec: {},
    });
  });
  expect(objects).toHaveLength(7);
});

describe('bad input', () => {
  test.each([
    [
      'replicas that are no number',
      { replicas: 0 },
      'SHM007 [shop/shift] replicas: given 0; allowed a whole number of at least 1; fix: write the replicas of both together',
    ],
    [
      'more than all',
      { shifted: 101 },
      'SHM007 [shop/shift] shifted: given 101; allowed a number from 0 to 100; fix: write how much has been shifted, in percent',
    ],
    [
      'one replica that is split',
      { replicas: 1 },
      'SHM007 [shop/shift] shifted: given 25; allowed 0 or 100, because one replica cannot be split; fix: shift all of it at once, or write two replicas',
    ],
    [
      'an option that nobody reads',
      { percent: 1 } as object,
      'SHM007 [shop/shift] options: given ["percent"]; allowed options among access, accounting, containers, contract, from, replicas, shifted, to; fix: leave out "percent"',
    ],
  ])('fails for %s', (_, props, message) => {
    expect(messageOf(() => shifted(props))).toBe(message);
  });

  test('fails for a Deployment that says other replicas', () => {
    const scope = chart('shop', 'shop');
    const [from, to] = [deployment(scope, 'a', { replicas: 5 }), deployment(scope, 'b')];
    new WorkloadShift(scope, 'shift', { contract: contract(), from, to, replicas: 8, shifted: 25 });
    expect(messageOf(() => Testing.synth(scope))).toContain(
      'SHM010 [shop/a] spec.replicas: given 5, written by the workload itself; allowed 6, which WorkloadShift a to b needs',
    );
  });

  test.each([
    ['StatefulSet', 'apps/v1', 'partition'],
    ['DaemonSet', 'apps/v1', 'contract.attachTo'],
    ['Job', 'batch/v1', 'contract.attachTo'],
  ])('fails for a %s', (kind, apiVersion, fix) => {
    const scope = chart('shop', 'shop');
    const from = new ApiObject(scope, 'x', {
      apiVersion,
      kind,
      spec: { template: { spec: { containers: [{ name: 'a', image: 'a' }] } } },
    });
    const message = messageOf(
      () =>
        new WorkloadShift(scope, 'shift', {
          contract: contract(),
          from,
          to: deployment(scope, 'b'),
          replicas: 8,
          shifted: 25,
        }),
    );
    expect(message).toContain(`SHM008 [shop/shift] from: given a ${kind}; allowed a Deployment`);
    expect(message).toContain(fix);
  });

  test('fails for one Deployment on both sides', () => {
    const scope = chart('shop', 'shop');
    const from = deployment(scope, 'a');
    expect(
      messageOf(
        () =>
          new WorkloadShift(scope, 'shift', {
            contract: contract(),
            from,
            to: from,
            replicas: 8,
            shifted: 25,
          }),
      ),
    ).toContain('SHM007 [shop/shift] to: given a, which is also given as from');
  });

  test('fails for selectors that overlap', () => {
    const scope = chart('shop', 'shop');
    const [from, to] = [
      deployment(scope, 'a', {}, { app: 'web' }),
      deployment(scope, 'b', {}, { app: 'web', agent: 'node' }),
    ];
    new WorkloadShift(scope, 'shift', { contract: contract(), from, to, replicas: 8, shifted: 25 });
    expect(messageOf(() => Testing.synth(scope))).toContain(
      'SHM007 [shop/shift] selector: given {"matchLabels":{"app":"web"}} of a, which also selects the pods of b; allowed selectors that have no pod in common',
    );
  });

  test('fails for a Service or a budget that has one of both, whoever made it and when', () => {
    const message = messageOf(() =>
      shifted({}, ({ scope }) => {
        other(scope, 'Service', 'v1', { selector: { run: 'web-inside' } });
        other(scope, 'PodDisruptionBudget', 'policy/v1', {
          minAvailable: 1,
          selector: { matchLabels: { run: 'web' } },
        });
      }),
    );
    expect(message).toContain(
      'SHM007 [shop/shift] service: given Service web with selector {"run":"web-inside"}, which selects only the pods of web-inside; allowed a selector that also selects the pods of web: {"app":"web"}',
    );
    expect(message).toContain(
      'SHM007 [shop/shift] podDisruptionBudget: given PodDisruptionBudget web with selector {"matchLabels":{"run":"web"}}, which selects only the pods of web',
    );
  });

  test('fails for an autoscaler of one of both', () => {
    expect(
      messageOf(() =>
        shifted({}, ({ scope }) => {
          other(scope, 'HorizontalPodAutoscaler', 'autoscaling/v2', {
            scaleTargetRef: { name: 'web' },
          });
        }),
      ),
    ).toContain(
      'SHM007 [shop/shift] replicas: given HorizontalPodAutoscaler web also sets the replicas of web; allowed replicas that only the WorkloadShift sets; fix: leave the autoscaler out while the workload is shifted',
    );
  });

  test.each([0, 50, 100])(
    'fails at %s percent where something would go with the old Deployment',
    percent => {
      const scope = chart('shop', 'shop');
      const from = new kplus.Deployment(scope, 'old', {
        containers: [{ image: 'registry.example.com/web:1', portNumber: 80 }],
      });
      from.exposeViaService();
      const to = new kplus.Deployment(scope, 'new', {
        containers: [{ image: 'registry.example.com/web:1' }],
      });
      expect(
        messageOf(
          () =>
            new WorkloadShift(scope, 'shift', {
              contract: contract(),
              from,
              to,
              replicas: 8,
              shifted: percent,
            }),
        ),
      ).toContain(
        'SHM007 [shop/shift] from: given a construct that also contains Service shop-old-service, which would be left out too',
      );
    },
  );
});
