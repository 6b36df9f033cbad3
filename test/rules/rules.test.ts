import { expectedIn, findingsOf } from './findings';
import { CATALOG } from '../../src/rules/catalog';

test('ids are written once, in their order within a hundred', () => {
  const ids = CATALOG.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual([...ids].sort());
});

describe.each(CATALOG.map(rule => [rule.id, rule] as const))('%s', (id, { wrong, right }) => {
  test('finds what is wrong, where it is, and nothing else', () => {
    const expected = expectedIn(wrong);
    expect(expected.some(each => each.includes(id))).toBe(true);
    expect(findingsOf(wrong)).toEqual(expected);
  });

  test('does not find it in what is right', () => {
    const expected = expectedIn(right);
    expect(expected.some(each => each.includes(id))).toBe(false);
    expect(findingsOf(right).filter(each => !each.endsWith('acknowledged'))).toEqual(expected);
  });
});
