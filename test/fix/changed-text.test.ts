import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { changedJson } from '../../src/fix/changed-json';
import { changedText } from '../../src/fix/changed-text';
import { equal, pointer, type Json } from '../../src/kube/json';
import { readDocuments, Source } from '../../src/read/source';
import type { FieldChange } from '../../src/rules/remedy';

const set = (at: string, value: Json): FieldChange => ({ do: 'set', pointer: at, value });
const remove = (at: string): FieldChange => ({ do: 'remove', pointer: at });
const first = (at: string): FieldChange => ({ do: 'removeFirst', pointer: at });
const append = (at: string, value: Json): FieldChange => ({ do: 'append', pointer: at, value });

test.each<[string, string, FieldChange, string | undefined]>([
  [
    'a plain value, and its comment stays',
    'a: 1 # one\nb: 2\n',
    set('/a', 3),
    'a: 3 # one\nb: 2\n',
  ],
  ['double quotes stay', 'a: "x"\n', set('/a', '/y'), 'a: "/y"\n'],
  ['single quotes stay', "a: 'x'\n", set('/a', "it's"), "a: 'it''s'\n"],
  ['what would be another type is quoted', 'a: x\n', set('/a', 'yes'), 'a: "yes"\n'],
  ['a value in a flow map', 'a: {b: 1, c: 2}\n', set('/a/c', 'x, y'), 'a: {b: 1, c: "x, y"}\n'],
  [
    'a new key of a block map',
    'a:\n  b: 1 # x\nc: 2\n',
    set('/a/d', 3),
    'a:\n  b: 1 # x\n  d: 3\nc: 2\n',
  ],
  ['a new key of a flow map', 'a: { b: 1 }\n', set('/a/d', 3), 'a: { b: 1, d: 3 }\n'],
  ['a new key of an empty map', 'a: {}\n', set('/a/d', 'x'), 'a: { d: x }\n'],
  ['new maps on the way', 'a:\n  b: 1\n', set('/a/c/d', 'x'), 'a:\n  b: 1\n  c:\n    d: x\n'],
  ['a new key in an item', '- a: 1\n- b: 2\n', set('/0/c', 3), '- a: 1\n  c: 3\n- b: 2\n'],
  ['a new key after a list', 'a:\n- 1\n- 2\n', set('/b', 3), 'a:\n- 1\n- 2\nb: 3\n'],
  ['a new key without a line break at the end', 'a: 1', set('/b', 2), 'a: 1\nb: 2'],
  ['line breaks of Windows', 'a: 1\r\nb: 2\r\n', set('/c', 3), 'a: 1\r\nb: 2\r\nc: 3\r\n'],
  ['a new key after a block scalar', 'a: |\n  x\n  y\n', set('/b', 1), 'a: |\n  x\n  y\nb: 1\n'],
  ['not into a block scalar', 'a: |\n  x\n', set('/a', 'y'), undefined],
  ['not into an empty value', 'a:\nb: 1\n', set('/a', 'y'), undefined],
  [
    'a key',
    'a: 1\n# about b\nb: 2 # b\n# about c\nc: 3\n',
    remove('/b'),
    'a: 1\n# about b\n# about c\nc: 3\n',
  ],
  ['the first key of an item', '- a: 1\n  b: 2\n', remove('/0/a'), '- b: 2\n'],
  ['not under a comment in between', '- a: 1\n  # b\n  b: 2\n', remove('/0/a'), undefined],
  ['the last key of a flow map', 'a: {b: 1, c: 2}\n', remove('/a/c'), 'a: {b: 1}\n'],
  ['the first key of a flow map', 'a: {b: 1, c: 2}\n', remove('/a/b'), 'a: {c: 2}\n'],
  ['the only key, and what contains it', 'a:\n  b:\n    c: 1\nd: 2\n', remove('/a/b/c'), 'd: 2\n'],
  ['an item', 'a:\n  - 1\n  - x: 2\n    y: 3\n  - 4\n', remove('/a/1'), 'a:\n  - 1\n  - 4\n'],
  ['the first of two equal keys', 'a: 1\nb: 2\na: 3\n', first('/a'), 'b: 2\na: 3\n'],
  ['the first of two in an item', '- a: 1\n  a: 2\n', first('/0/a'), '- a: 2\n'],
  ['the first of two in a flow map', '{a: 1, b: 2, a: 3}\n', first('/a'), '{b: 2, a: 3}\n'],
  ['not a key that is there once', 'a: 1\nb: 2\n', first('/a'), undefined],
  [
    'an item, with the comments that belong to it',
    'a:\n  # about 1\n  - 1\n  # about x,\n  # and more\n  - x: 2 # x\n    y: 3\n    # z: 4\n  # about 4\n  - 4\n',
    remove('/a/1'),
    'a:\n  # about 1\n  - 1\n  # about 4\n  - 4\n',
  ],
  [
    'an item, but no comment before a blank line or with another indentation',
    'a:\n  - 1\n  # about all\n\n  # about 2\n  - 2\n# about b\nb: 1\n',
    remove('/a/1'),
    'a:\n  - 1\n  # about all\n\n# about b\nb: 1\n',
  ],
  [
    'the last item, without a line break at the end',
    'a:\n- 1\n# about 2\n- 2 # two',
    remove('/a/1'),
    'a:\n- 1\n',
  ],
  [
    'an item of a list in a list, and the comment above both stays',
    'a:\n# about both\n- - 1\n  # about 2\n  - 2\n',
    remove('/a/0/1'),
    'a:\n# about both\n- - 1\n',
  ],
  ['an item of a flow list', 'a: [1, 2, 3]\n', remove('/a/2'), 'a: [1, 2]\n'],
  ['not the whole document', 'a: 1\n', remove('/a'), undefined],
  [
    'at the end of a list',
    'a:\n- x: 1\nb: 2\n',
    append('/a', { x: 2, w: 'z' }),
    'a:\n- x: 1\n- x: 2\n  w: z\nb: 2\n',
  ],
  ['at the end of a flow list', 'a: [1]\n', append('/a', { x: 2 }), 'a: [1, { x: 2 }]\n'],
  ['a new list', 'a: {}\n', append('/a/b', 1), 'a: { b: [1] }\n'],
  ['JSON', '{"a": {"b": "x"}}', set('/a/b', 'y'), '{"a": {"b": "y"}}'],
  ['of two equal keys, the last one', 'a: 1\na: 2\n', set('/a', 3), 'a: 1\na: 3\n'],
  ['not in what is no YAML', 'a: [1\n', set('/a', 3), undefined],
])('%s', (_, text, change, expected) => {
  expect(changedText(text, change)).toBe(expected);
});

const keyArbitrary = fc.constantFrom('a', 'b', 'mountPath', 'kubernetes.io/x', 'no', '1');
const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom('64Mi', '/dev/shm', 'yes', '~', '0755', ': x', '# x', '- y', "it's"),
);
const { value: valueArbitrary } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keyArbitrary, tie('value'), { maxKeys: 4 }),
  ),
}));
const documentArbitrary = fc.dictionary(keyArbitrary, valueArbitrary, { minKeys: 1, maxKeys: 4 });

/** All places of a value, also one that is absent in each object. */
function places(value: Json, keys: (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) {
    return [keys, ...value.flatMap((each, i) => places(each, [...keys, i]))];
  }
  return typeof value === 'object' && value !== null
    ? [
        keys,
        [...keys, 'added'],
        ...Object.entries(value).flatMap(([key, each]) => places(each ?? null, [...keys, key])),
      ]
    : [keys];
}

test('what can be changed in place is what was intended, and the rest stays', () => {
  let made = 0;
  fc.assert(
    fc.property(
      documentArbitrary,
      fc.constantFrom<'set' | 'remove' | 'append'>('set', 'remove', 'append'),
      scalar,
      fc.nat(),
      fc.constantFrom('block', 'flow', 'json', 'indentless'),
      (document, kind, value, which, style) => {
        const all = places(document).slice(1);
        const at = pointer(...all[which % all.length]);
        const change: FieldChange =
          kind === 'remove' ? remove(at) : kind === 'set' ? set(at, value) : append(at, value);
        const text = written(document, style);
        const result = changedText(text, change);
        const intended = changedJson(document, change);
        if (result === undefined || intended === undefined) {
          return;
        }
        made += 1;
        const { documents, problems } = readDocuments(new Source('x', result));
        expect(problems).toEqual([]);
        expect(documents.map(each => each.value)).toEqual([intended]);
        expect(equal(documents[0].value, intended)).toBe(true);
        expect(result).toContain('# kept');
      },
    ),
    { numRuns: 600, seed: 1 },
  );
  expect(made).toBeGreaterThan(250);
});

test('with an item of a list go its own comments, and no other line', () => {
  const item = fc.constantFrom('one', 'two', 'block');
  fc.assert(
    fc.property(
      fc.array(item, { minLength: 2, maxLength: 5 }),
      fc.nat(),
      fc.constantFrom('', '  ', '    '),
      fc.boolean(),
      (kinds, which, indent, isSpaced) => {
        const removed = which % kinds.length;
        const lines = kinds.flatMap((kind, i) => {
          const body =
            kind === 'block' ? [`- x: ${i} # at ${i}`, `  y: ${i}`] : [`- ${i} # at ${i}`];
          const above = kind === 'one' ? [] : [`# above ${i}`];
          return [...above, ...body, ...(isSpaced ? [''] : [])].map(
            line => [i, line === '' ? line : indent + line] as const,
          );
        });
        const text = (of: typeof lines) =>
          `# head\nlist:\n${of.map(([, line]) => `${line}\n`).join('')}# tail\nend: 1\n`;
        const kept = lines.filter(([i, line]) => i !== removed || line === '');
        expect(changedText(text(lines), remove(`/list/${removed}`))).toBe(text(kept));
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

function written(document: Json, style: string): string {
  const comment = '# kept\n';
  switch (style) {
    case 'json':
      return comment + JSON.stringify(document, undefined, 2);
    case 'flow':
      return `${comment}${stringify(document, { version: '1.1', collectionStyle: 'flow' })}`;
    default:
      return `${comment}${stringify(document, { version: '1.1', indentSeq: style === 'block' })}`;
  }
}
