import { isPlaceholder } from '../../src/read/placeholder';
import { readDocuments, Source } from '../../src/read/source';

const valuesOf = (text: string) =>
  readDocuments(new Source('f', text)).documents.map(({ value }) => value);

/** The line and the column of a pointer in the first document. */
function placeOf(text: string, pointer: string): string {
  const [document] = readDocuments(new Source('f', text)).documents;
  const { line, column } = document.place(pointer);
  return `${line}:${column}`;
}

describe('documents', () => {
  test.each([
    ['a: 1\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['---\na: 1\n...\n# end\n', [{ a: 1 }]],
    ['\uFEFFa: 1\n', [{ a: 1 }]],
    ['%YAML 1.1\n---\na: 1\n', [{ a: 1 }]],
    ['  # comment\n\t\r\n---\na: 1\n', [{ a: 1 }]],
    ['a: |\n  # no comment\n', [{ a: '# no comment\n' }]],
    ['a: x---\nb: 1\n', [{ a: 'x---', b: 1 }]],
    ['a: |\n  ---x\n---x: 1\n', [{ a: '---x\n', '---x': 1 }]],
    ['{"a": 1}\n{"b": 2}\n', [{ a: 1 }, { b: 2 }]],
    ['{"a": 1}\n---\n{"b": 2}\n', [{ a: 1 }, { b: 2 }]],
  ])('%j', (text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });
});

// YAML 1.1, as kubectl reads it
describe('scalars', () => {
  test.each<[string, unknown]>([
    ['yes', true],
    ['On', true],
    ['true', true],
    ['y', true],
    ['off', false],
    ['FALSE', false],
    ['n', false],
    ['yesterday', 'yesterday'],
    ['offer', 'offer'],
    ['0x1F', 31],
    ['-0b11', -3],
    ['0o17', 15],
    ['017', 15],
    ['0', 0],
    ['-1_000', -1000],
    ['08', 8],
    ['1e3', 1000],
    ['9a', '9a'],
    ['~', null],
    ["'12'", '12'],
  ])('%s is %p', (text, expected) => {
    expect(valuesOf(`a: ${text}\n`)).toEqual([{ a: expected }]);
  });

  test('binary is bytes', () => {
    const [value] = valuesOf('a: !!binary aGk=\n') as unknown as [{ a: Uint8Array }];
    expect(Buffer.from(value.a).toString()).toBe('hi');
  });
});

describe('places', () => {
  const merged = [
    'first: &first { b: 1 }',
    'second: &second',
    '  c: 2',
    '  d: 3',
    'one:',
    '  <<: *second',
    '  e: 4',
    'both:',
    '  <<: [*first, *second]',
    'alias: *second',
    'list: [1,',
    '  # a comment',
    '  2]',
    'empty: {}',
    '',
  ].join('\n');

  test.each([
    ['', '1:1'],
    ['/first', '1:1'],
    ['/one/e', '7:3'],
    ['/one/d', '4:3'],
    ['/both/b', '1:17'],
    ['/both/d', '4:3'],
    ['/alias', '10:1'],
    ['/alias/c', '3:3'],
    ['/list/0', '11:8'],
    ['/list/1', '13:3'],
    ['/list/2', '11:1'],
    ['/one/absent', '5:1'],
    ['/empty/absent', '14:1'],
  ])('of %s', (pointer, expected) => {
    expect(placeOf(merged, pointer)).toBe(expected);
  });

  test('a comment before the first key is not the key', () => {
    expect(placeOf('# c\n  # d # e\n\n\ta#b: 1\n'.replace('\t', ''), '/a#b')).toBe('4:1');
  });

  test('a line is printed without its line break', () => {
    const source = new Source('f', 'a\r\nb\n\nc');
    expect([1, 2, 3, 4].map(number => source.line(number))).toEqual(['a', 'b', '', 'c']);
  });
});

describe('placeholders', () => {
  test.each([
    '${A}',
    '$A',
    '{{ a }}',
    '{name}',
    '__NAME__',
    '<name>',
    '%%a%%',
    '@name@',
    'MY_NAME',
    'A_B_C1',
  ])('%s is one', text => expect(isPlaceholder(text)).toBe(true));
  test.each([
    '$(NAME)',
    '{}',
    '{ a }',
    '__',
    '<>',
    '@@',
    'NAME',
    'MY_',
    'MY_name',
    '_NAME',
    'a${A}',
    'x__NAME__',
    '%a',
    'My_NAME',
    'MY__NAME',
  ])('%s is none', text => expect(isPlaceholder(text)).toBe(false));
});
