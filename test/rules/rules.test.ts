import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

const CASES = join(__dirname, 'cases');

/** Boundaries and second cases of rules: each file says in comments what is found on which line. */
test.each(readdirSync(CASES).filter(name => name.endsWith('.yaml')))('cases/%s', name => {
  const text = readFileSync(join(CASES, name), 'utf8');
  const pack = /^# pack: strict$/m.test(text) ? 'strict' : 'recommended';
  expect(findingsOf(text, { pack, today: '2026-11-22' })).toEqual(expectedIn(text));
});
