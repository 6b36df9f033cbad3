import { isEmptySelector, selects, serviceSelector } from '../../src/kube/selector';

const LABELS = { app: 'web', tier: '' };
const expression = (operator: string, key: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

test.each<[string, unknown, boolean]>([
  ['nothing, without a selector', undefined, false],
  ['nothing, with null', null, false],
  ['everything, with an empty one', {}, true],
  ['everything, with empty parts', { matchLabels: {}, matchExpressions: [] }, true],
  ['a label', { matchLabels: { app: 'web' } }, true],
  ['an empty label', { matchLabels: { tier: '' } }, true],
  ['not another value', { matchLabels: { app: 'api' } }, false],
  ['not an absent label', { matchLabels: { zone: 'a' } }, false],
  ['only what has all labels', { matchLabels: { app: 'web', zone: 'a' } }, false],
  ['In', expression('In', 'app', 'api', 'web'), true],
  ['In, of other values', expression('In', 'app', 'api'), false],
  ['In, of an absent label', expression('In', 'zone', 'a'), false],
  ['NotIn, of other values', expression('NotIn', 'app', 'api'), true],
  ['NotIn, of its value', expression('NotIn', 'app', 'web'), false],
  ['NotIn, of an absent label', expression('NotIn', 'zone', 'a'), true],
  ['Exists', expression('Exists', 'tier'), true],
  ['Exists, of an absent label', expression('Exists', 'zone'), false],
  ['DoesNotExist', expression('DoesNotExist', 'zone'), true],
  ['DoesNotExist, of a label that is there', expression('DoesNotExist', 'app'), false],
  ['nothing, with an operator that the API server refuses', expression('Gt', 'app', '1'), false],
  [
    'only what fulfils both parts',
    { matchLabels: { app: 'web' }, ...expression('Exists', 'zone') },
    false,
  ],
  ['not what every object inherits', { matchLabels: { constructor: 'x' } }, false],
])('a label selector selects %s', (_, selector, expected) => {
  expect(selects(selector, LABELS)).toBe(expected);
});

test('labels that are not there are none', () => {
  expect([selects({}, undefined), selects({ matchLabels: { app: 'web' } }, undefined)]).toEqual([
    true,
    false,
  ]);
});

test('a selector is empty if it asks for nothing', () => {
  expect(
    [
      undefined,
      {},
      { matchLabels: {} },
      { matchLabels: { a: 'b' } },
      expression('Exists', 'a'),
    ].map(isEmptySelector),
  ).toEqual([false, true, true, false, false]);
});

test('a Service without a selector selects no pods', () => {
  expect(
    [undefined, {}, { app: 'web' }].map(labels => selects(serviceSelector(labels), LABELS)),
  ).toEqual([false, false, true]);
});
