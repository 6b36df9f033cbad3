import { ApiObject, Chart, Size, Testing } from 'cdk8s';
import { Access, PodSharedMemory, SharedMemory } from '../../src';
import { messageOf } from '../bad-input/message';
import { foundIn } from '../rules/findings';
import { chart, contract, TOOLS, type Rendered } from '../yaml';

const limits = { limits: { memory: '4Gi' } };

function rayCluster(c: Chart): ApiObject {
  const group = (name: string) => ({
    template: { spec: { containers: [{ name, image: 'i:1', resources: limits }] } },
  });
  return new ApiObject(c, 'ray', {
    apiVersion: 'ray.io/v1',
    kind: 'RayCluster',
    metadata: { name: 'ray', namespace: 'shop' },
    spec: {
      headGroupSpec: group('ray-head'),
      workerGroupSpecs: [{ groupName: 'w', ...group('ray-worker') }],
    },
  } as never);
}
const mark = (object: Rendered) =>
  JSON.parse(object.metadata.annotations['cdk8s-shared-memory/contract.routes']);

test('all templates of an object have one mark, with the containers of each', () => {
  const c = chart();
  contract().attachToAll(rayCluster(c));
  const [object] = Testing.synth(c) as Rendered[];
  expect(mark(object).containers).toEqual(['ray-head', 'ray-worker']);
  expect(foundIn(JSON.stringify(object)).filter(({ severity }) => severity === 'error')).toEqual(
    [],
  );
});

test('one template alone is no container too few for the other', () => {
  const c = chart();
  contract().attachTo(rayCluster(c), {
    workload: 'RayCluster/ray#/spec/workerGroupSpecs/0/template',
  });
  const [object] = Testing.synth(c) as Rendered[];
  expect(mark(object).containers).toEqual(['ray-worker']);
  expect(foundIn(JSON.stringify(object)).map(({ rule }) => rule.id)).not.toContain('SHM105');
});

test('fails where one template reads and another one writes: a mark says one access', () => {
  const c = chart();
  const ray = rayCluster(c);
  const of = contract({ clients: Access.READ_WRITE });
  of.attachTo(ray, { workload: 'RayCluster/ray#/spec/headGroupSpec/template' });
  of.attachTo(ray, {
    workload: 'RayCluster/ray#/spec/workerGroupSpecs/0/template',
    access: Access.READ_WRITE,
  });
  expect(messageOf(() => Testing.synth(c))).toMatch(
    /SHM010 .*written by contract routes, for another pod template/,
  );
});

test('a bigger /dev/shm for all of them', () => {
  const c = chart();
  new PodSharedMemory({ size: Size.gibibytes(1) }).attachToAll(rayCluster(c));
  const [{ spec }] = Testing.synth(c) as Rendered[];
  const volumes = [{ name: 'dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }];
  expect([
    spec.headGroupSpec.template.spec.volumes,
    spec.workerGroupSpecs[0].template.spec.volumes,
  ]).toEqual([volumes, volumes]);
});

describe('an agent that has privileges', () => {
  const agent = (securityContext: object) => {
    const c = chart();
    const object = new ApiObject(c, 'agent', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'node-agents' },
      spec: {
        template: {
          spec: { containers: [{ name: 'a', image: 'i:1', resources: limits, securityContext }] },
        },
      },
    } as never);
    contract().serveFrom(object, { toolImage: TOOLS });
    return messageOf(() => Testing.synth(c));
  };

  test.each([[{ privileged: true }], [{ capabilities: { add: ['SYS_ADMIN'] } }]])(
    'fails with %j and no user: the one of the contract would break it',
    context => {
      expect(agent(context)).toMatch(
        /SHM010 .*securityContext\.runAsUser: given nothing, for container a, which has host privileges; .*fix: write runAsUser: 0 if the container needs root, or runAsUser: 10001/,
      );
    },
  );

  test.each([
    [{ privileged: true, runAsUser: 0 }],
    [{ privileged: true, runAsUser: 10001 }],
    [{ capabilities: { drop: ['ALL'] } }],
    [{}],
  ])('is fine with %j', context => {
    expect(agent(context)).toBe('nothing was thrown');
  });
});

describe('/var/run is /run in most images', () => {
  const attached = (mountPath: string, options: object = {}) => {
    const c = chart();
    const object = new ApiObject(c, 'pod', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: {
        containers: [{ name: 'a', image: 'i:1', volumeMounts: [{ name: 's', mountPath }] }],
        volumes: [{ name: 's', emptyDir: {} }],
      },
    } as never);
    contract({
      memory: [
        SharedMemory.files({ name: 'table', size: Size.mebibytes(1), mountPath: '/run/routes' }),
      ],
    }).attachTo(object, options);
    return messageOf(() => Testing.synth(c));
  };

  test('fails with a mount there, which replaces names', () => {
    expect(attached('/var/run/routes')).toMatch(/SHM011 .*at "\/var\/run\/routes".*replaces/);
    expect(attached('/var/run/routes', { replaces: ['s'] })).toBe('nothing was thrown');
  });

  test('a longer name is another directory', () => {
    expect(attached('/var/run/routes2')).toBe('nothing was thrown');
    expect(attached('/var/runner/routes')).toBe('nothing was thrown');
  });
});
