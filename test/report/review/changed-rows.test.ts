import { withMarks } from '../../../src/report/review/changed-rows';
import { table } from '../../../src/report/review/markdown';

type Rows = string[][];
const marked = (head: string[], before: Rows, after: Rows) =>
  withMarks(table(head, after), table(head, before).join('\n')).slice(2, -1);
const APPROVALS = ['who', 'gets', 'image'];

test('a row about something that the earlier page does not have is new', () => {
  const web = ['[web](web.yaml)', '`hostIPC`', '`web:1`'];
  expect(marked(APPROVALS, [web], [web, ['[web](web.yaml)', '`hostPID`', '`web:1`']])).toEqual([
    '| [web](web.yaml) | `hostIPC` | `web:1` |',
    '| **new** [web](web.yaml) | `hostPID` | `web:1` |',
  ]);
});

test('another privilege is new, also if it comes instead of one', () => {
  expect(marked(APPROVALS, [['web', '`hostIPC`', '']], [['web', '`hostPID`', '']])).toEqual([
    '| **new** web | `hostPID` |  |',
  ]);
});

test('a row with other cells says what they were, wherever its links lead', () => {
  const before = [['[web](web.yaml)', '`user root`', '`base:1`', '']];
  const after = [['[web](shop/web.yaml)', '`user root`', '`other:1`', 'why \\| how']];
  expect(marked([...APPROVALS, 'why'], before, after)).toEqual([
    '| **changed** [web](shop/web.yaml) | `user root` | `other:1` (was `base:1`) | why \\| how (was empty) |',
  ]);
});

test.each(['memory', 'guardrail', 'namespace'])('the first cell says what a %s is', first => {
  expect(marked([first, 'size'], [['a', '1Mi']], [['a', '2Mi']])).toEqual([
    '| **changed** a | 2Mi (was 1Mi) |',
  ]);
});

test('fails to say what a row was if several are about the same', () => {
  const before = [1, 2].map(n => ['web', '`hostIPC`', `\`web:${n}\``]);
  expect(marked(APPROVALS, before, [['web', '`hostIPC`', '`web:3`']])).toEqual([
    '| **new** web | `hostIPC` | `web:3` |',
  ]);
});

test('fails to compare rows of different tables', () => {
  const earlier = table(['what', 'why'], [['a', 'b']]).join('\n');
  expect(withMarks(table(['who', 'why'], [['a', 'c']]), earlier)[2]).toBe('| **new** a | c |');
  expect(withMarks(table(['memory', 'on'], [['a', 'c']]), earlier)[2]).toBe('| **new** a | c |');
});

test('a row about one name more, or one less, is the same row', () => {
  const row = (who: string) => [who, '`hostIPC`', '`i`'];
  expect(marked(APPROVALS, [row('a')], [row('a, b')])).toEqual([
    '| **changed** a, b (was a) | `hostIPC` | `i` |',
  ]);
  expect(marked(APPROVALS, [row('a, b')], [row('b')])).toEqual([
    '| **changed** b (was a, b) | `hostIPC` | `i` |',
  ]);
  expect(marked(APPROVALS, [row('a, b')], [row('b, c')])).toEqual([
    '| **new** b, c | `hostIPC` | `i` |',
  ]);
});

test('an item that says something else of the same is changed, not new', () => {
  const items = (...all: string[]) => ['# Title', '', ...all.map(item => `- ${item}`)];
  const of = (now: string[], before: string[]) =>
    withMarks(items(...now), items(...before).join('\n')).slice(2);
  expect(
    of(['Contract `routes` (team a): 512Mi.'], ['Contract `routes` (team a): 256Mi.']),
  ).toEqual(['- **changed** Contract `routes` (team a): 512Mi.']);
  expect(of(['Contract `geo`: 1Mi.'], ['Contract `routes`: 1Mi.'])).toEqual([
    '- **new** Contract `geo`: 1Mi.',
  ]);
  expect(of(['To approve: 2 privileges.'], ['To approve: 1 privilege.'])).toEqual([
    '- **changed** To approve: 2 privileges.',
  ]);
  // another contract of this name, beside the one that is still there
  const routes = 'Contract `routes`: 1Mi.';
  expect(of([routes, 'Contract `routes`: 2Mi.'], [routes])).toEqual([
    `- ${routes}`,
    '- **new** Contract `routes`: 2Mi.',
  ]);
});

test('items and sentences are marked, and neither commands nor steps', () => {
  const page = ['# Title', '', '- old', 'In `a`, all is as before.', '', '```sh', 'ls', '```'];
  const now = [...page.slice(0, 4), '- one', '`b` is open.', '**Stop**', '## More', '1. Do it', ''];
  expect(withMarks([...now, '```sh', 'rm', '```'], page.join('\n'))).toEqual([
    ...page.slice(0, 4),
    ...['- **new** one', '**new** `b` is open.', '**new** **Stop**', '## More', '1. Do it', ''],
    ...['```sh', 'rm', '```'],
  ]);
});
