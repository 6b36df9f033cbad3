import { existsSync, readFileSync } from 'node:fs';
import { parseAccepted, staleEntries, withoutAccepted } from '../../scripts/mutation/accepted';
import { between } from '../../scripts/mutation/enumerate';
import { keyOf, rangeOf, type Mutant } from '../../scripts/mutation/mutant';
import { scoreTable, survivorLines, survivorsOf, weakRooms } from '../../scripts/mutation/report';
import { filesOf, ROOMS } from '../../scripts/mutation/rooms';
import { sampleOf } from '../../scripts/mutation/sample';
import { partOf, scoreOf, wilson } from '../../scripts/mutation/score';
import { BLIND_SUITES, ignorePatterns, SLOW_SUITES } from '../../scripts/mutation/suites';

const mutant = (line: number, original = `size > ${line}`): Mutant => ({
  file: 'src/kube/quantity.ts',
  mutator: 'ConditionalExpression',
  start: { line, column: 4 },
  end: { line, column: 12 },
  original,
  replacement: 'true',
});
const MUTANTS = Array.from({ length: 200 }, (_, i) => mutant(i));

describe('the sample', () => {
  test('is the same for the same seed', () => {
    expect(sampleOf(MUTANTS, 60, 1)).toEqual(sampleOf(MUTANTS, 60, 1));
    expect(sampleOf([...MUTANTS].reverse(), 60, 1)).toEqual(sampleOf(MUTANTS, 60, 1));
  });

  test('is another one for another seed', () => {
    expect(sampleOf(MUTANTS, 60, 2)).not.toEqual(sampleOf(MUTANTS, 60, 1));
  });

  test('has the size that is asked for, each mutant once, and no more than there are', () => {
    expect(new Set(sampleOf(MUTANTS, 60, 1).map(keyOf)).size).toBe(60);
    expect(sampleOf(MUTANTS, Infinity, 1)).toHaveLength(200);
  });

  test('contains the smaller sample of the same seed', () => {
    expect(sampleOf(MUTANTS, 90, 1).slice(0, 60)).toEqual(sampleOf(MUTANTS, 60, 1));
  });

  test('stays when lines are added above', () => {
    const moved = MUTANTS.map(m => ({ ...m, start: { line: m.start.line + 7, column: 4 } }));
    const originals = (mutants: Mutant[]) => mutants.map(m => m.original);
    expect(originals(sampleOf(moved, 60, 1))).toEqual(originals(sampleOf(MUTANTS, 60, 1)));
  });

  test('tells mutants with the same text apart', () => {
    const twins = Array.from({ length: 20 }, (_, i) => mutant(i, 'a && b'));
    expect(new Set(sampleOf(twins, 10, 1).map(keyOf)).size).toBe(10);
  });
});

describe('the score', () => {
  test('counts a timeout as killed and no coverage as survived', () => {
    expect(scoreOf(['Killed', 'Timeout', 'Survived', 'NoCoverage'])).toEqual({
      killed: 2,
      total: 4,
      leftOut: 0,
    });
  });

  test('leaves out what could not run', () => {
    expect(scoreOf(['Killed', 'CompileError', 'RuntimeError'])).toEqual({
      killed: 1,
      total: 1,
      leftOut: 2,
    });
  });

  // the figures of Newcombe (1998), table I, method 3
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('has the interval of Wilson: %d of %d', (killed, total, low, high) => {
    const interval = wilson({ killed, total });
    expect(interval[0]).toBeCloseTo(low, 4);
    expect(interval[1]).toBeCloseTo(high, 4);
  });

  test('fails a room in which no mutant could run', () => {
    expect(partOf(scoreOf(['RuntimeError']))).toBe(0);
    expect(wilson({ killed: 0, total: 0 })).toEqual([0, 1]);
  });
});

describe('accepted survivors', () => {
  const entry = {
    file: 'src/kube/quantity.ts',
    mutator: 'ConditionalExpression',
    original: 'size > 3',
    replacement: 'true',
    reason: 'sizes are above 3',
  };

  test('do not count, whatever their line', () => {
    const moved = MUTANTS.map(m => ({ ...m, start: { line: m.start.line + 7, column: 0 } }));
    expect(withoutAccepted(moved, [entry])).toHaveLength(199);
    expect(staleEntries([entry], moved)).toEqual([]);
  });

  test.each([
    ['file', 'src/kube/json.ts'],
    ['mutator', 'EqualityOperator'],
    ['original', 'size > 3000'],
    ['replacement', 'false'],
  ])('fails if no mutant has the %s of an entry', (field, value) => {
    const other = { ...entry, [field]: value };
    expect(staleEntries([other], MUTANTS)).toEqual([other]);
    expect(withoutAccepted(MUTANTS, [other])).toHaveLength(200);
  });

  test('fails if an entry has no reason', () => {
    expect(() => parseAccepted(JSON.stringify([{ ...entry, reason: '' }]))).toThrow(
      'test/mutation/accepted.json: entry 0 has no reason',
    );
    expect(parseAccepted(JSON.stringify([{ ...entry, replacement: '' }]))).toHaveLength(1);
  });

  test('are of files that exist', () => {
    const entries = parseAccepted(readFileSync('test/mutation/accepted.json', 'utf8'));
    expect(entries.filter(({ file }) => !existsSync(file))).toEqual([]);
  });
});

describe('a mutant', () => {
  test('is a range with lines from 1 and columns from 0 for Stryker', () => {
    expect(rangeOf(mutant(0))).toBe('src/kube/quantity.ts:1:4-1:12');
  });

  test('has the text between two positions', () => {
    const text = 'one two\nthree\nfour five';
    expect(between(text, { line: 0, column: 4 }, { line: 2, column: 4 })).toBe('two\nthree\nfour');
    expect(between(text, { line: 1, column: 1 }, { line: 1, column: 3 })).toBe('hr');
  });
});

describe('the report', () => {
  const samples = [{ room: 'quantity', of: 200, mutants: MUTANTS.slice(0, 20) }];
  const statuses = (survivors: number) =>
    new Map(
      MUTANTS.map((m, i) => [
        keyOf(m),
        i < survivors ? ('Survived' as const) : ('Killed' as const),
      ]),
    );

  test('has a row for each room', () => {
    expect(scoreTable(samples, statuses(1)).split('\n')[2]).toBe(
      '| quantity | 200 | 19/20 | 95.0 % | 76.4 % to 99.1 % | 0 |',
    );
  });

  test('names survivors by file and line', () => {
    expect(survivorLines(survivorsOf(samples, statuses(1)))).toMatch(
      /^src\/kube\/quantity\.ts:1 .*\[ConditionalExpression size > 0 -> true\]\n$/,
    );
  });

  test('fails a room below 85 %', () => {
    expect(weakRooms(samples, statuses(3))).toEqual([]);
    expect(weakRooms(samples, statuses(4))).toEqual(['quantity']);
  });
});

test('every room has files', () => {
  expect(ROOMS.filter(room => filesOf(room).length === 0)).toEqual([]);
});

test('patterns of suites leave out what they name, or all else', () => {
  const ignored = (path: string, patterns: string[]) =>
    patterns.some(p => new RegExp(p.replaceAll('<rootDir>', '/project')).test(path));
  const fast = ignorePatterns([...SLOW_SUITES, ...BLIND_SUITES]);
  const slow = ignorePatterns(BLIND_SUITES, SLOW_SUITES);
  const suites = ['wire/apply', 'cli/lint-command', 'package'].map(
    name => `/project/test/${name}.test.ts`,
  );
  expect(suites.map(path => ignored(path, fast))).toEqual([false, true, true]);
  expect(suites.map(path => ignored(path, slow))).toEqual([true, false, true]);
});
