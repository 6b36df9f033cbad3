import fs from 'node:fs';
import { readFiles, readInputs, type Inputs } from '../../src/read/input-files';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: { name: p }\n';

function readText(text: string | Buffer, given = true): Inputs {
  return readInputs([{ name: 'f.yaml', given, bytes: () => Buffer.from(text) }]);
}

const problemsOf = (text: string | Buffer, given = true) =>
  readText(text, given).problems.map(({ message, place }) => [message, place?.line]);

describe('a file that the user named must contain objects', () => {
  test.each([
    ['', 'an empty file'],
    [' \n\t\n', 'an empty file'],
    ['# a comment\n', 'no object, comments at most'],
    ['---\n---\n', 'no object, comments at most'],
    ['---\n~\n---\nnull\n', 'no object, comments at most'],
  ])('fails with %j', (text, message) => {
    expect(problemsOf(text)).toEqual([[message, undefined]]);
  });

  test('one that cannot be parsed has its own problem, and no second one', () => {
    expect(problemsOf('a: [')).toHaveLength(1);
  });
});

test('an empty document between objects is nothing', () => {
  const { manifests, problems } = readText(`${POD}---\n~\n---\nnull\n---\n---\n${POD}`);
  expect([manifests.length, problems]).toEqual([2, []]);
});

test.each([
  ['a: 1', 'no Kubernetes object: apiVersion and kind are missing'],
  ['some words', 'no Kubernetes object: apiVersion and kind are missing'],
  ['- a', 'no Kubernetes object: apiVersion and kind are missing'],
])('fails with %j between objects, at its line', (text, message) => {
  expect(problemsOf(`${POD}---\n${text}\n`)).toEqual([[message, 5]]);
});

test('a file of a folder without any object is passed over', () => {
  const { problems, passedOver, sources } = readText('a: 1\n', false);
  expect([problems, passedOver, sources]).toEqual([[], ['f.yaml'], []]);
});

test('fails with the template advice where a template is left', () => {
  const [{ fix }] = readText(`${POD}---\nname: '{{ .Values.name }}'\n`).problems;
  expect(fix).toContain('render');
});

test.each([
  ['n', 'name is no text: kubectl reads it as false'],
  ['12', 'name is no text: kubectl reads it as 12'],
])('fails with metadata.name %s, at its line', (name, message) => {
  expect(problemsOf(`apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`)).toEqual([
    [`metadata.${message}`, 4],
  ]);
});

test('fails with a file that is no text, or cannot be read, by its name', () => {
  expect(problemsOf(Buffer.from([0xff, 0xfe]))).toEqual([['not UTF-8 text', undefined]]);
  const { problems } = readInputs([
    {
      name: 'gone.yaml',
      given: true,
      bytes: () => {
        throw Object.assign(new Error('x'), { code: 'ENOENT' });
      },
    },
  ]);
  expect(problems.map(({ source, message }) => [source.name, message])).toEqual([
    ['gone.yaml', 'cannot be read: there is no such file or folder'],
  ]);
});

test('"-" is the standard input, not a file of that name', () => {
  const read = jest.spyOn(fs, 'readFileSync').mockReturnValueOnce(Buffer.from(POD));
  const { manifests, sources } = readFiles(['-', '-']);
  expect([manifests.length, sources.map(({ name }) => name)]).toEqual([1, ['<stdin>']]);
  expect(read.mock.calls).toEqual([[0]]);
  read.mockRestore();
});
