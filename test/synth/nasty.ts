import * as fc from 'fast-check';
import { pointerTo } from '../../src/kube/json';

/** Strings that YAML could take for something else, or must write in another form. */
export const NASTY = [
  '',
  ' ',
  '  ',
  'a ',
  ' a',
  '\n',
  '\n\n',
  'a\n',
  '\na',
  'a\n\n',
  'a\nb',
  'a\n\nb\n\n\n',
  ' \na',
  'a \nb',
  'a\n b',
  'a\n  ',
  'a  \n',
  'a\n \n',
  '\n  a\n b',
  '\ta',
  'a\t',
  'a\tb',
  'a\n\n \n\n',
  ' \n ',
  'x\ny ',
  'a\r\nb',
  'a\rb',
  '\r',
  '# a',
  'a # b',
  'a#b',
  '#',
  'a: b',
  'a:',
  ':',
  ':a',
  'a:b',
  '- a',
  '-',
  '--',
  '---',
  '--- a',
  '...',
  '...a',
  '---\na',
  'a\n---\nb',
  '%a',
  '%',
  'a\n%b',
  '-a',
  '--flag=x',
  '-1',
  '-.inf',
  '? a',
  '?',
  '?a',
  '!tag',
  '&a',
  '*a',
  '|',
  '>',
  '|-\na',
  '@a',
  '`a`',
  '[a]',
  ']',
  '{a}',
  '}',
  '{{ .Values.x }}',
  'a, b',
  ',a',
  "it's",
  '"',
  "'",
  '"a"',
  '\'a\' "b"',
  '\\',
  '\\n',
  'a\\nb',
  '~',
  'null',
  'Null',
  'NULL',
  'true',
  'True',
  'FALSE',
  'y',
  'Y',
  'n',
  'N',
  'yes',
  'No',
  'on',
  'OFF',
  'nan',
  '.nan',
  '.NaN',
  'inf',
  '.inf',
  '-.INF',
  '<<',
  '=',
  '_',
  '__',
  '0',
  '00',
  '007',
  '0775',
  '0o17',
  '0x1F',
  '0b11',
  '08',
  '1',
  '-0',
  '+1',
  '1_000',
  '1e3',
  '1E3',
  '1e',
  'e5',
  '-e10',
  'E-3',
  '12e03',
  '.5',
  '5.',
  '1.5',
  '1.2.3',
  '.',
  '..',
  '8080',
  '999999999999999',
  '9007199254740993',
  '12:34:56',
  '190:20:30',
  '1:2',
  '2001-01-01',
  '2001-12-14t21:59:43.10-05:00',
  '2001-12-14 21:59:43.10 -5',
  '10.0.0.1',
  '::1',
  '512Mi',
  '100m',
  '1Gi',
  '5k',
  '1E',
  '0Mi',
  '64m',
  '$(VAR)',
  '$',
  '/',
  '/dev/shm',
  '//',
  './a',
  'registry.example.com/a/b:1.2@sha256:00',
  'a@b',
  'http://a/b?c=d&e#f',
  'a: #',
  '\u0000',
  '\u0007',
  '\u001b[0m',
  '\u007f',
  '\u0085',
  'a\u0085b',
  '\u00a0',
  '\u00a0a',
  'a\u00a0',
  '\u2028',
  'a\u2028b\nc',
  '\u2029',
  '\ufeff',
  '\ufeffa',
  '\ud800',
  'a\udc00b',
  'é',
  'ü\nö',
  '日本語',
  '🚀',
  '🚀\n🚀',
  '\u200b',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'toJSON',
  'key',
  'a/b',
  'a~b',
  '~1',
  'x'.repeat(90),
  `${'long words '.repeat(20)}end`,
  `"${'q'.repeat(50)}\n${'r'.repeat(10)}"`,
  `\u0007${'q'.repeat(50)}\n\n ${'r'.repeat(10)}\n`,
  `tab\t\n${'s'.repeat(50)}\n\t`,
  '#!/bin/sh\nset -e\n\nif [ -d x ]; then\n  echo "# y"\nfi\n',
  'mark-',
  'mark-0',
  'a\nmark-0: 0',
];

/** Strings to write: nasty ones, plain ones, and combinations. */
export function text(): fc.Arbitrary<string> {
  const nasty = fc.constantFrom(...NASTY);
  return fc.oneof(
    { arbitrary: nasty, weight: 6 },
    { arbitrary: fc.stringMatching(/^-{0,2}[A-Za-z/$][ -~]{0,12}$/), weight: 3 },
    { arbitrary: fc.tuple(nasty, nasty).map(([a, b]) => a + b), weight: 2 },
    { arbitrary: fc.array(nasty, { maxLength: 5 }).map(parts => parts.join('\n')), weight: 2 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 10 }), weight: 1 },
    {
      arbitrary: fc.string({
        unit: fc.constantFrom('0', '1', '7', '9', '.', '_', ':', '-', '+', 'e', 'x', 'M', 'i', 'm'),
        maxLength: 6,
      }),
      weight: 1,
    },
  );
}

/** Numbers to write. */
export function number(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, -0, 1e21, 1e-7, 0.1, 123456789012345680000, 2 ** 53, -(2 ** 53), 1.5, 100),
  );
}

/** Any JSON value, with maps whose keys are nasty too. */
export function json(): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown; list: unknown; map: unknown }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text(),
      tie('map'),
      tie('list'),
      number(),
      fc.boolean(),
      fc.constant(null),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    map: map(tie('value')),
  })).value;
}

/** A map with nasty keys. */
export function map(value: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  // newer versions of cdk8s refuse others
  return fc.dictionary(text(), value, { maxKeys: 5, noNullPrototype: true });
}

/** A document that is a map with content, as Kubernetes objects are. */
export function document(): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(map(json()), fc.boolean())
    .map(([content, first]) => (first ? { kind: 'A', ...content } : { ...content, kind: 'A' }));
}

/** The JSON pointers of everything in a value, in its order. */
export function pointersOf(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, child]) => [
    pointer + pointerTo([key]),
    ...pointersOf(child, pointer + pointerTo([key])),
  ]);
}

/** How often a property is tried; `FUZZ_RUNS=3000 npx jest test/synth` tries much longer. */
export function runs(usual: number): number {
  return Number(process.env.FUZZ_RUNS ?? usual);
}
