import * as fc from 'fast-check';
import { sortedRecords } from '../../src/report/finding-json';
import { text } from '../../src/report/findings-text';
import { wrapped } from '../../src/report/wrapped-text';
import { CATALOG } from '../../src/rules/catalog';
import { foundIn, read } from '../rules/findings';

const records = (yaml: string) => sortedRecords(foundIn(yaml)).map(({ record }) => record);

function textOf(yaml: string, width?: number, rule = /./): string {
  const { source } = read(yaml);
  const shown = records(yaml).filter(each => rule.test(each.rule));
  return text(shown, (_, line) => source.line(line), undefined, width);
}

const wordsOf = (output: string) =>
  output
    .split('\n')
    .filter(line => !/^ +(\d+ )?\|/.test(line)) // the line of YAML, which can be cut
    .join(' ')
    .split(/\s+/);

describe('on a terminal, lines are broken between words', () => {
  test.each([80, 100, 200])('with %d columns', width => {
    for (const { wrong } of CATALOG) {
      const [file, terminal] = [textOf(wrong), textOf(wrong, width)];
      expect(wordsOf(terminal)).toEqual(wordsOf(file));
      const wide = terminal.split('\n').filter(line => line.length > width);
      // one word that is wider than the terminal
      expect(wide.filter(line => /\S +\S/.test(line.trim()))).toEqual([]);
    }
  });

  test('the field is shown and marked, also far to the right', () => {
    const yaml = `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: trainer, image: registry.example.com/trainer:1, volumeMounts: [{ name: dshm, mountPath: /dev/shm/ }] }], volumes: [{ name: dshm, emptyDir: { medium: Memory } }] }\n`;
    const lines = textOf(yaml, 60, /SHM107/).split('\n');
    const marks = lines.findIndex(line => line.includes('^'));
    const [start, end] = [lines[marks].indexOf('^'), lines[marks].lastIndexOf('^') + 1];
    expect(lines[marks - 1].slice(start, end)).toBe('mountPath');
    expect(lines[marks - 1].length).toBeLessThanOrEqual(60);
  });
});

test('no line is broken in a file or a pipe', () => {
  const [{ wrong }] = CATALOG;
  expect(textOf(wrong).split('\n')).toContain(`  why ${CATALOG[0].why}`);
});

test('all words are kept, in lines that fit', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 40, max: 120 }), fc.nat(60), (list, width, used) => {
      const lines = wrapped(list.join(' '), width, 6, used).split('\n');
      expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(list);
      expect(lines.slice(1).every(line => /^ {6}\S/.test(line) && line.length <= width)).toBe(true);
      expect(used + lines[0].length <= width || lines[0] === '' || used <= 6).toBe(true);
    }),
  );
});
