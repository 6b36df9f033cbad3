import { Yaml } from 'cdk8s';
import * as fc from 'fast-check';
import { isMap, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { document, json, NASTY, pointersOf, runs } from './nasty';
import { FieldToLocate } from '../../src/synth/field-to-locate';
import { YamlWriter, type Written } from '../../src/synth/yaml-writer';

const textOf = ({ parts }: Written) => parts.join('');

/** A document as text, and the lines of those of the pointers that are there, in their order. */
function written(
  content: unknown,
  pointers: readonly string[],
): { text: string; lines: [pointer: string, line: number][] } {
  const whole = new FieldToLocate();
  const fields = pointers.map(pointer => [pointer, whole.want(pointer)] as const);
  const { parts, lines } = new YamlWriter().write(content, whole);
  const text = textOf({ parts, lines });
  const lineOf = (part: number) => {
    const above = parts.slice(0, part).join('');
    // a line begins there, and that is its indentation
    expect(`${above.slice(-1)}${parts[part]}`).toMatch(/^\n? *$/);
    return above.split('\n').length - 1;
  };
  return {
    text,
    lines: fields.flatMap(([pointer, field]) =>
      lines.has(field) ? [[pointer, lineOf(lines.get(field) ?? -1)]] : [],
    ),
  };
}

test('any document of JSON has the bytes of Yaml.stringify', () => {
  const writer = new YamlWriter();
  fc.assert(
    fc.property(document(), content => {
      expect(textOf(writer.write(content))).toBe(Yaml.stringify(content));
    }),
    { numRuns: runs(1000) },
  );
});

test('any other value has the bytes of Yaml.stringify', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        json(),
        fc.constantFrom<unknown>(undefined, null, '', 'a\n---\nb', 7, [], {}, [[]], [{}]),
      ),
      content => {
        expect(textOf(new YamlWriter().write(content))).toBe(Yaml.stringify(content));
      },
    ),
    { numRuns: runs(300) },
  );
});

test('each nasty string has the bytes of Yaml.stringify in every place', () => {
  for (const text of NASTY) {
    const content = {
      [text]: text,
      list: [text, { [text]: text }, [text, [text]]],
      map: { [text]: { [text]: text } },
      last: { text },
    };
    expect(textOf(new YamlWriter().write(content))).toBe(Yaml.stringify(content));
  }
});

test.each<[what: string, content: Record<string, unknown>]>([
  ['undefined', { a: undefined, b: [undefined, 1] }],
  ['a hole in a list', { a: Object.assign([], { 2: 'x' }) }],
  ['a key too long for one line', { a: { ['k'.repeat(1100)]: { b: 1 }, c: 2 } }],
  ['a date', { a: new Date(0) }],
  ['bytes', { a: Buffer.from('abc') }],
  ['maps and sets', { a: new Map([['x', 1]]), b: new Set(['y']) }],
  [
    'a class',
    {
      a: new (class {
        public readonly b = 1;
      })(),
    },
  ],
  ['a value with its own toJSON', { a: { toJSON: () => ({ b: 1 }) } }],
  ['a big integer', { a: 12345678901234567890n }],
  ['boxed scalars', { a: Object('text'), b: Object(1) }],
  ['a map without prototype', { a: Object.assign(Object.create(null), { b: 1 }) }],
])('%s has the bytes of Yaml.stringify', (_, content) => {
  expect(textOf(new YamlWriter().write(content))).toBe(Yaml.stringify(content));
});

test('a value that is there twice is an alias, as in Yaml.stringify', () => {
  const shared = { b: [1] };
  const content = { one: shared, two: [shared, shared.b, []] };
  expect(textOf(new YamlWriter().write(content))).toBe(Yaml.stringify(content));
  expect(textOf(new YamlWriter().write(content))).toBe(
    'one: &a1\n  b: &a2\n    - 1\ntwo:\n  - *a1\n  - *a2\n  - []\n',
  );
});

test('fails with the error of Yaml.stringify on a function', () => {
  expect(() => new YamlWriter().write({ a: () => 1 })).toThrow(
    'Tag not resolved for Function value',
  );
});

test('documents that share a writer do not share aliases', () => {
  const content = { a: { b: 1 } };
  const writer = new YamlWriter();
  expect([textOf(writer.write(content)), textOf(writer.write(content))]).toEqual([
    'a:\n  b: 1\n',
    'a:\n  b: 1\n',
  ]);
});

test('each wanted pointer has the line of its field or item', () => {
  const content = { a: { 'x/y': 'one\ntwo\n', '~': [] }, l: [{ k: 1, m: {} }, [['deep']], 'v'] };
  const { text, lines } = written(content, pointersOf(content));
  expect(text.split('\n').map((line, i) => `${i} ${line}`)).toEqual([
    '0 a:',
    '1   x/y: |',
    '2     one',
    '3     two',
    '4   "~": []',
    '5 l:',
    '6   - k: 1',
    '7     m: {}',
    '8   - - - deep',
    '9   - v',
    '10 ',
  ]);
  expect(lines).toEqual([
    ['/a', 0],
    ['/a/x~1y', 1],
    ['/a/~0', 4],
    ['/l', 5],
    ['/l/0', 6],
    ['/l/0/k', 6],
    ['/l/0/m', 7],
    ['/l/1', 8],
    ['/l/1/0', 8],
    ['/l/1/0/0', 8],
    ['/l/2', 9],
  ]);
});

test('only what is wanted and there has a line', () => {
  const { lines } = written({ a: { b: 1, c: 2 } }, ['/a', '/a/c', '/a/d', '/x']);
  expect(lines).toEqual([
    ['/a', 0],
    ['/a/c', 2],
  ]);
});

test('below an alias there are no lines', () => {
  const shared = { 2: 'x', 10: 'y', k: [{ v: 1 }] };
  const content = { one: { in: [shared] }, two: shared };
  const { text, lines } = written(content, [...pointersOf(content), '/two/k']);
  expect(text.split('\n').map((line, i) => `${i} ${line}`)).toEqual([
    '0 one:',
    '1   in:',
    '2     - &a1',
    '3       "2": x',
    '4       "10": "y"',
    '5       k:',
    '6         - v: 1',
    '7 two: *a1',
    '8 ',
  ]);
  expect(lines).toEqual([
    ['/one', 0],
    ['/one/in', 1],
    ['/one/in/0', 2],
    ['/one/in/0/2', 3],
    ['/one/in/0/10', 4],
    ['/one/in/0/k', 5],
    ['/one/in/0/k/0', 6],
    ['/one/in/0/k/0/v', 6],
    ['/two', 7],
  ]);
});

test('lines of any document are where a YAML parser finds the fields, also where cdk8s writes it', () => {
  fc.assert(
    fc.property(document(), fc.boolean(), (content, isShared) => {
      const shared = ['s'];
      const whole = isShared ? { ...content, shared, again: [shared] } : content;
      const { text, lines } = written(whole, pointersOf(whole));
      expect(
        new Map(
          lines.filter(
            ([pointer]) => !pointer.startsWith('/shared') && !pointer.startsWith('/again'),
          ),
        ),
      ).toEqual(linesByParser(text, content));
    }),
    { numRuns: runs(300), examples: [[{ '\ufeff>': '', kind: 'A' }, false]] },
  );
});

/** The lines of all pointers of a document, as the `yaml` library reads its text. */
function linesByParser(text: string, content: unknown): Map<string, number> {
  const counter = new LineCounter();
  // at the beginning of a text, U+FEFF would be a byte order mark and not part of a key
  const parsed = parseDocument(`---\n${text}`, {
    version: '1.1',
    lineCounter: counter,
    uniqueKeys: false,
    merge: false,
  });
  const lines = new Map<string, number>();
  const pointers = pointersOf(content);
  const visit = (node: unknown) => {
    if (isMap(node)) {
      (node.items as Pair<Node, Node>[]).forEach(({ key, value }) => {
        note(key);
        visit(value);
      });
    } else if (isSeq(node)) {
      (node.items as Node[]).forEach(item => {
        note(item);
        visit(item);
      });
    }
  };
  // the order of the pointers is that of the document
  const note = (node: Node) => {
    const pointer = pointers.shift();
    if (pointer !== undefined) {
      lines.set(pointer, counter.linePos(node.range?.[0] ?? -1).line - 2);
    }
  };
  visit(parsed.contents);
  return lines;
}
