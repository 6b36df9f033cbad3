import { ApiObject, App, Chart } from 'cdk8s';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { orderOf } from '../../src/synth/app-order';
import { CycleError } from '../../src/synth/topology';

function object(scope: Construct, id: string, ...dependencies: IConstruct[]): ApiObject {
  const made = new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap' });
  made.addDependency(...dependencies);
  return made;
}

/** The order as paths: chart -> objects. */
function paths(app: App): Record<string, string[]> {
  return Object.fromEntries(
    [...orderOf(app).charts].map(([chart, objects]) => [
      `chart ${chart.node.path}`,
      objects.map(o => o.node.path),
    ]),
  );
}

test('without dependencies, the order is that of creation, and whole numbers come first', () => {
  const app = new App();
  for (const id of ['b', '10', 'a', '2', '007']) {
    object(new Chart(app, id), 'x');
  }
  object(app.node.findChild('b') as Chart, 'w');
  expect(Object.entries(paths(app))).toEqual([
    ['chart 2', ['2/x']],
    ['chart 10', ['10/x']],
    ['chart b', ['b/x', 'b/w']],
    ['chart a', ['a/x']],
    ['chart 007', ['007/x']],
  ]);
  expect(orderOf(app).numbered).toBe(false);
});

test('dependencies come first, and so do those of what is around', () => {
  const app = new App();
  const chart = new Chart(app, 'c');
  const group = new Construct(chart, 'group');
  const one = object(group, 'one');
  object(group, 'two', one);
  const last = object(chart, 'last');
  group.node.addDependency(last);
  expect(paths(app)).toEqual({ 'chart c': ['c/last', 'c/group/one', 'c/group/two'] });
});

test('a chart comes after the charts that it, or anything in it, depends on, and after those in it', () => {
  const app = new App();
  const a = new Chart(app, 'a');
  const inA = object(a, 'x');
  const b = new Chart(app, 'b');
  inA.addDependency(object(b, 'y'));
  object(new Chart(b, 'nested'), 'z');
  expect(Object.entries(paths(app))).toEqual([
    ['chart b/nested', ['b/nested/z']],
    ['chart b', ['b/y']],
    ['chart a', ['a/x']],
  ]);
  expect(orderOf(app).numbered).toBe(true);
});

test('a chart may depend on one of its own objects, and an object on its chart', () => {
  const app = new App();
  const one = new Chart(app, 'one');
  object(one, 'a');
  one.addDependency(object(one, 'b'));
  const two = new Chart(app, 'two');
  object(two, 'a', two);
  object(two, 'b');
  expect(paths(app)).toEqual({ 'chart one': ['one/b', 'one/a'], 'chart two': ['two/b', 'two/a'] });
});

test('a chart below another construct of a chart counts for the order in that chart', () => {
  const app = new App();
  const chart = new Chart(app, 'c');
  const group = new Construct(chart, 'group');
  object(chart, 'a');
  const inner = new Chart(group, 'inner');
  object(inner, 'x', object(chart, 'b'));
  expect(Object.entries(paths(app))).toEqual([
    ['chart c', ['c/b', 'c/a']],
    ['chart c/group/inner', ['c/group/inner/x']],
  ]);
});

test('a dependency on a removed object is one on the object that replaced it', () => {
  const app = new App();
  const chart = new Chart(app, 'c');
  object(chart, 'user', object(chart, 'old'), object(chart, 'gone'));
  chart.node.tryRemoveChild('old');
  chart.node.tryRemoveChild('gone');
  object(chart, 'old');
  expect(paths(app)).toEqual({ 'chart c': ['c/old', 'c/user'] });
});

test('a dependency can be anything that names its roots', () => {
  const app = new App();
  const chart = new Chart(app, 'c');
  const user = object(chart, 'user');
  const [a, b] = [object(chart, 'a'), object(chart, 'b')];
  const both = {};
  Dependable.implement(both, {
    get dependencyRoots() {
      return [b, a];
    },
  });
  user.node.addDependency(both);
  expect(paths(app)).toEqual({ 'chart c': ['c/b', 'c/a', 'c/user'] });
});

test('the tree is not changed: cdk8s gets what it would have got', () => {
  const app = new App();
  const a = new Chart(app, 'a');
  const nested = new Chart(a, 'nested');
  const x = object(a, 'x', object(nested, 'y'));
  orderOf(app);
  expect([a.node.dependencies, nested.node.dependencies, x.node.dependencies.length]).toEqual([
    [],
    [],
    1,
  ]);
});

test('each construct is validated once, also one that a validation adds', () => {
  const app = new App();
  const validated: string[] = [];
  const watch = (c: IConstruct) =>
    c.node.addValidation({
      validate: () => {
        validated.push(c.node.path);
        return [];
      },
    });
  const charts = ['a', 'b'].map(id => new Chart(app, id));
  charts.forEach(watch);
  charts[0].node.addValidation({
    validate: () => {
      if (!charts[0].node.tryFindChild('late')) {
        watch(object(charts[0], 'late'));
      }
      return [];
    },
  });
  expect(paths(app)).toEqual({ 'chart a': ['a/late'], 'chart b': [] });
  expect(validated).toEqual(['a', 'b', 'a/late']);
});

test('depth is not limited by the stack, nor paths by their number', () => {
  const app = new App();
  const chain = new Chart(app, 'chain');
  for (let i = 0; i < 10_000; i++) {
    object(chain, `o${i}`, ...(i > 0 ? [chain.node.findChild(`o${i - 1}`)] : []));
  }
  const layers = new Chart(app, 'layers');
  for (let i = 0; i < 500; i++) {
    const below = i > 0 ? ['a', 'b'].map(id => layers.node.findChild(`${id}${i - 1}`)) : [];
    ['a', 'b'].forEach(id => object(layers, `${id}${i}`, ...below));
  }
  const [first, second] = orderOf(app).charts.values();
  expect(first.map(o => o.node.id)).toEqual(Array.from({ length: 10_000 }, (_, i) => `o${i}`));
  expect(second.map(o => o.node.id)).toEqual(
    Array.from({ length: 500 }, (_, i) => [`a${i}`, `b${i}`]).flat(),
  );
});

test('many objects that depend on many others', () => {
  const app = new App();
  const [above, below] = ['above', 'below'].map(id => new Chart(app, id));
  for (let i = 0; i < 3000; i++) {
    [above, below].forEach(chart => object(chart, `o${i}`));
  }
  above.addDependency(below);
  expect(
    [...orderOf(app).charts].map(([chart, objects]) => [chart.node.id, objects.length]),
  ).toEqual([
    ['below', 3000],
    ['above', 3000],
  ]);
});

test.each<[what: string, build: (app: App) => void]>([
  [
    'two objects',
    app => {
      const chart = new Chart(app, 'c');
      const a = object(chart, 'a');
      a.addDependency(object(chart, 'b', a));
    },
  ],
  [
    'two charts',
    app => {
      const [a, b] = ['a', 'b'].map(id => new Chart(app, id));
      object(a, 'x', b);
      object(b, 'y', a);
    },
  ],
  [
    'an object and a group with it',
    app => {
      const chart = new Chart(app, 'c');
      const group = new Construct(chart, 'g');
      group.node.addDependency(group);
      object(group, 'a');
      object(group, 'b');
    },
  ],
  [
    'a chart and one nested in it',
    app => {
      const outer = new Chart(app, 'outer');
      object(new Chart(outer, 'inner'), 'x', object(outer, 'y'));
    },
  ],
  [
    'an object and itself',
    app => {
      const a = object(new Chart(app, 'c'), 'a');
      a.addDependency(a);
    },
  ],
  [
    'an object and what it replaced',
    app => {
      const chart = new Chart(app, 'c');
      const old = object(chart, 'a');
      chart.node.tryRemoveChild('a');
      object(chart, 'a', old);
    },
  ],
])('fails on a cycle: %s', (_, build) => {
  const app = new App();
  build(app);
  expect(() => orderOf(app)).toThrow(CycleError);
});

test('fails with all problems of a validation, as cdk8s words them', () => {
  const app = new App();
  const chart = new Chart(app, 'c');
  chart.node.addValidation({ validate: () => ['one', 'two'] });
  object(chart, 'a').node.addValidation({ validate: () => ['three'] });
  expect(() => orderOf(app)).toThrow(
    new Error('Validation failed with the following errors:\n  [c] one\n  [c] two\n  [c/a] three'),
  );
});

test('fails as cdk8s where something outside of charts has dependencies', () => {
  const app = new App();
  new Construct(app, 'x').node.addDependency(new Chart(app, 'c'));
  expect(() => orderOf(app)).toThrow(
    new Error('cannot find a parent chart (directly or indirectly)'),
  );
});
