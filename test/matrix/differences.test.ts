import { differences } from './differences';

const BEFORE = {
  a: { n: 1, s: '1' },
  list: [{ name: 'x', v: [1, 2] }, { name: 'y' }],
  mounts: [
    { name: 'd', mountPath: '/a' },
    { name: 'd', mountPath: '/b' },
  ],
};

test.each<[string, object, Record<string, unknown>]>([
  ['nothing', BEFORE, {}],
  [
    'nothing, in another order of keys',
    { mounts: BEFORE.mounts, list: BEFORE.list, a: BEFORE.a },
    {},
  ],
  ['the leaf that is new', { ...BEFORE, b: { c: { d: 1 } } }, { '/b/c/d': 1 }],
  ['an empty object that is new', { ...BEFORE, b: {} }, { '/b': {} }],
  [
    'the item that is new, before the others',
    { ...BEFORE, list: [{ name: 'z', w: 1 }, ...BEFORE.list] },
    { '/list[z]': { name: 'z', w: 1 } },
  ],
  ['what is gone', { ...BEFORE, a: { n: 1 } }, { '/a/s': undefined }],
  ['the item that is gone', { ...BEFORE, list: BEFORE.list.slice(1) }, { '/list[x]': undefined }],
  [
    'a number that became text',
    { ...BEFORE, a: { n: '1', s: '1' } },
    { '/a/n': { was: 1, is: '1' } },
  ],
  ['an object that became text', { ...BEFORE, a: 'n' }, { '/a': { was: BEFORE.a, is: 'n' } }],
  ['an object that became null', { ...BEFORE, a: null }, { '/a': { was: BEFORE.a, is: null } }],
  ['an object that became empty', { ...BEFORE, a: {} }, { '/a': { was: BEFORE.a, is: {} } }],
  [
    'items that changed places',
    { ...BEFORE, list: [...BEFORE.list].reverse() },
    { '/list order': ['[y]', '[x]'] },
  ],
  [
    'what changed within an item of an item',
    { ...BEFORE, list: [{ name: 'x', v: [1, 2, 3] }, { name: 'y' }] },
    { '/list[x]/v[3]': 3 },
  ],
  [
    'a mount of another volume',
    { ...BEFORE, mounts: [BEFORE.mounts[0], { name: 'e', mountPath: '/b' }] },
    { '/mounts[/b]/name': { was: 'd', is: 'e' } },
  ],
])('it shows %s', (_, after, expected) => {
  expect(differences(BEFORE, after)).toStrictEqual(expected);
});
