import * as fc from 'fast-check';
import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  stringify,
  type Node,
} from 'yaml';
import { foundIn } from './findings';
import { pointer } from '../../src/kube/json';
import { readDocuments, Source } from '../../src/read/source';
import { findingsJson } from '../../src/report/finding-json';
import { text } from '../../src/report/findings-text';
import { findingsInManifests } from '../../src/rules/engine';
import { manifestsIn, objectsIn, spoiltFrom, WILD as MANIFESTS } from '../spoilt';

/** Everything that lint does with a text. */
function lint(yaml: string): ReturnType<typeof findingsJson> {
  const source = new Source('a.yaml', yaml);
  const records = findingsJson(foundIn(yaml, { pack: 'strict', today: '2026-11-22' }));
  text(records, (_, line) => source.line(line));
  return records;
}

function expectPlaces(yaml: string): void {
  const lines = yaml.split('\n');
  for (const { line, column } of lint(yaml)) {
    expect(line).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThan(0);
    expect(column).toBeLessThanOrEqual(lines[(line ?? 1) - 1].length + 1);
  }
}

test('whatever the text, it is judged or refused, at a place that is there', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'abk:-{}[],&*!|>#\'"%@` \n\t\r<?~01'), maxLength: 200 }),
      expectPlaces,
    ),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), expectPlaces), {
    numRuns: 500,
  });
});

test('real manifests with a part cut out, doubled or replaced are judged or refused, at a place that is there', () => {
  const spoilt = fc.record({
    yaml: fc.constantFrom(...MANIFESTS),
    from: fc.nat(2000),
    length: fc.nat(60),
    instead: fc.oneof(
      fc.constantFrom(
        '',
        '\n',
        '  ',
        '- ',
        ': ',
        '{',
        ']',
        '&a ',
        '*a',
        '"',
        '|\n',
        'null',
        '---\n',
        '\t',
        '#',
      ),
      fc.string({ maxLength: 8 }),
    ),
  });
  fc.assert(
    fc.property(spoilt, ({ yaml, from, length, instead }) => {
      expectPlaces(yaml.slice(0, from) + instead + yaml.slice(from + length));
    }),
    { numRuns: 1500 },
  );
}, 120_000);

/** What a rule reads may be of any type. */
test('real manifests with another value in any field never end a rule', () => {
  fc.assert(
    fc.property(spoiltFrom(MANIFESTS.map(objectsIn)), ({ after }) => {
      for (const { message, fix } of findingsInManifests(manifestsIn(after), {
        pack: 'strict',
        today: '2026-11-22',
      })) {
        expect([typeof message, typeof fix]).toEqual(['string', 'string']);
      }
    }),
    { numRuns: 3000 },
  );
}, 120_000);

/** Another parser of YAML says where each field is. */
function placesBy(yaml: string): Map<string, number> {
  const places = new Map<string, number>();
  const visit = (node: Node | null, path: string) => {
    if (!isCollection(node)) {
      return;
    }
    node.items.forEach((item, i) => {
      if (isPair(item)) {
        const key = item.key as Node;
        if (!isScalar(key) || !isMap(node)) {
          return;
        }
        const below = path + pointer(String(key.value));
        places.set(below, key.range?.[0] ?? -1);
        visit(item.value as Node | null, below);
      } else {
        places.set(`${path}/${i}`, (item as Node).range?.[0] ?? -1);
        visit(item as Node, `${path}/${i}`);
      }
    });
  };
  visit(parseDocument(yaml, { lineCounter: new LineCounter() }).contents, '');
  return places;
}

function expectPositions(yaml: string): void {
  const source = new Source('a.yaml', yaml);
  const {
    documents: [document],
  } = readDocuments(source);
  for (const [path, offset] of placesBy(yaml)) {
    expect([path, document.place(path)]).toEqual([path, source.place(offset)]);
  }
}

test('positions are those that another parser finds', () => {
  const key = fc.string({ unit: fc.constantFrom(...'abcdefgxz'), minLength: 1, maxLength: 8 });
  const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.string({ maxLength: 12 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const styles = fc.constantFrom(
    {},
    { indentSeq: false },
    { collectionStyle: 'flow' as const },
    { defaultStringType: 'QUOTE_DOUBLE' as const },
    { indent: 4 },
    { lineWidth: 20 },
  );
  const documents = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 });
  fc.assert(
    fc.property(documents, styles, (value, style) => {
      expectPositions(stringify(value, { aliasDuplicateObjects: false, ...style }));
    }),
    { numRuns: 1000 },
  );
});

test('so they are in real manifests', () => {
  const single = MANIFESTS.filter(yaml => !/^---/m.test(yaml) && !/[&*]\w/.test(yaml));
  expect(single.length).toBeGreaterThan(50);
  single.filter(yaml => parseDocument(yaml).errors.length === 0).forEach(expectPositions);
});

test('fails with keys that are no text, at the object that has them', () => {
  const of = (key: string) => {
    const source = new Source('a.yaml', `a:\n  b: 3\nc:\n  ? ${key}\n  : 1\n`);
    const { documents, problems } = readDocuments(source);
    return [documents.length, ...problems.map(({ message, place }) => [message, place])];
  };
  const expected = ['a mapping as a key, which JSON does not have', { line: 3, column: 1 }];
  expect(of('{ toString: 1 }')).toEqual([0, expected]);
  expect(of('[{ toString: no, valueOf: 0 }, null]')).toEqual([0, expected]);
  expect(of('{}')).toEqual([0, expected]);
  expect(of('text')).toEqual([1]);
});

test('so they are of numbers that are not equal to themselves', () =>
  expectPositions('a: .nan\nlist:\n  - .nan\n  - -0.0\n  - 1\n'));
