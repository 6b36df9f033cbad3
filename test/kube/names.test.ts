import { isDnsLabel, isDnsSubdomain, isLabelValue, isQualifiedName } from '../../src/kube/names';
import { cleanPath, overlaps } from '../../src/kube/path';

test.each(['a', 'a-b', '0', 'a1', 'x'.repeat(63)])('%s is a DNS label', text => {
  expect(isDnsLabel(text)).toBe(true);
});
test.each(['', '-a', 'a-', 'A', 'a_b', 'a.b', 'a\n', 'ä', 'x'.repeat(64), undefined, 1])(
  'fails: %p is no DNS label',
  text => {
    expect(isDnsLabel(text)).toBe(false);
  },
);

test.each(['a.b', 'example.com', 'a'])('%s is a DNS subdomain', text => {
  expect(isDnsSubdomain(text)).toBe(true);
});
test.each(['a..b', '.a', 'a.', 'A.b', `${'a.'.repeat(127)}aaa`])(
  'fails: %p is no DNS subdomain',
  text => {
    expect(isDnsSubdomain(text)).toBe(false);
  },
);

test.each(['a', 'example.com/a', 'example.com/A_b.c-d', `x/${'a'.repeat(63)}`])(
  '%s is a qualified name',
  text => {
    expect(isQualifiedName(text)).toBe(true);
  },
);
test.each(['', '/a', 'a/', 'a/b/c', 'Example.com/a', '-a', 'a-', `x/${'a'.repeat(64)}`, 7])(
  'fails: %p is no qualified name',
  text => {
    expect(isQualifiedName(text)).toBe(false);
  },
);

test.each(['', 'yes', 'A.b_c-1'])('%p is a label value', text => {
  expect(isLabelValue(text)).toBe(true);
});
test.each(['not ok', '-', 'a-', 'x'.repeat(64), true])('fails: %p is no label value', text => {
  expect(isLabelValue(text)).toBe(false);
});

test.each([
  ['/dev/shm/', '/dev/shm'],
  ['//dev/./shm', '/dev/shm'],
  ['/a/../b', '/b'],
  ['/', '/'],
  ['/..', '/'],
  ['a', '/a'],
])('%s is cleaned to %s', (given, cleaned) => {
  expect(cleanPath(given)).toBe(cleaned);
});
test.each([
  ['/a', '/a', true],
  ['/a', '/a/b', true],
  ['/a/b', '/a', true],
  ['/', '/a', true],
  ['/a', '/ab', false],
  ['/a/b', '/a/c', false],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect(overlaps(a, b)).toBe(expected);
});
