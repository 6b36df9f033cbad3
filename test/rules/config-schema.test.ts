import Ajv from 'ajv';
import * as fc from 'fast-check';
import { CATALOG } from '../../src/rules/catalog';
import { CONFIG_SCHEMA, configOf } from '../../src/rules/config';

const fits = new Ajv({ strict: false }).compile(CONFIG_SCHEMA);
const reads = (value: unknown) => {
  try {
    configOf(value, 'x');
    return true;
  } catch {
    return false;
  }
};

test.each<[unknown, boolean]>([
  [{}, true],
  [{ pack: 'strict', failOn: 'never', rules: { SHM101: 'off', SHM501: false } }, true],
  [{ rules: { SHM999: 'off' } }, false],
  [{ rules: { SHM101: 'fatal' } }, false],
  [{ rule: {} }, false],
  [{ pack: 'all' }, false],
  [[], false],
])('%j: the schema and the code agree', (value, expected) => {
  expect([fits(value), reads(value)]).toEqual([expected, expected]);
});

test('the schema and the code agree on anything', () => {
  const word = fc.constantFrom(
    'strict',
    'recommended',
    'error',
    'note',
    'off',
    'never',
    'x',
    false,
  );
  const rules = fc.dictionary(fc.constantFrom('SHM999', ...CATALOG.map(({ id }) => id)), word);
  const config = fc.record(
    { pack: word, failOn: word, rules: fc.oneof(rules, word), other: word },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(config, value => {
      expect(fits(value)).toBe(reads(value));
    }),
    { numRuns: 300, seed: 1 },
  );
});
