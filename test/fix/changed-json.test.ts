import { changedJson } from '../../src/fix/changed-json';
import type { Json } from '../../src/kube/json';

const set = (value: Json, pointer: string) =>
  changedJson(value, { do: 'set', pointer, value: 'new' });
const append = (value: Json, pointer: string) =>
  changedJson(value, { do: 'append', pointer, value: 'new' });

test.each<[string, Json | undefined, Json | undefined]>([
  ['a field', set({ a: 1 }, '/a'), { a: 'new' }],
  ['a field below fields that are not there', set({}, '/a/b/c'), { a: { b: { c: 'new' } } }],
  ['a field of an item', set([{ a: 1 }], '/0/b'), [{ a: 1, b: 'new' }]],
  ['an item that is there', set([1, 2], '/1'), [1, 'new']],
  ['no item that is not there', set([1, 2], '/2'), undefined],
  ['nothing below an item that is not there', set([1], '/1/a/b'), undefined],
  ['nothing below a text', set({ a: 'text' }, '/a/b'), undefined],
  ['nothing deep below a text', set({ a: 'text' }, '/a/b/c'), undefined],
  ['nothing below null', set({ a: [null] }, '/a/0/b'), undefined],
  ['not the whole', set({ a: 1 }, ''), undefined],
  ['an item of a list', append({ a: [1] }, '/a'), { a: [1, 'new'] }],
  ['the first item of a list that is not there', append({}, '/a'), { a: ['new'] }],
  ['no item of what is no list', append({ a: { b: 1 } }, '/a'), undefined],
  ['no item of a text', append({ a: 'text' }, '/a/b'), undefined],
  ['no item of the whole', append({ a: [1] }, ''), undefined],
])('sets or appends %s', (_, changed, expected) => {
  expect(changed).toEqual(expected);
});

test('the value that is given stays as it is', () => {
  const value = { a: { b: 1 } };
  changedJson(value, { do: 'set', pointer: '/a/b', value: 2 });
  changedJson(value, { do: 'remove', pointer: '/a/b' });
  expect(value).toEqual({ a: { b: 1 } });
});
