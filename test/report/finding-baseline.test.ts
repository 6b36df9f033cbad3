import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baselineStates } from '../../src/report/finding-baseline';
import { foundIn } from '../rules/findings';

const CASES = join(__dirname, '..', 'rules', 'cases');
const OPTIONS = { pack: 'strict', today: '2026-11-22' } as const;

/** The same objects elsewhere: in another file, other lines, and the other order. */
function moved(text: string): string {
  return `# moved\n\n${text
    .split(/^---\n/m)
    .reverse()
    .map(each => (each.endsWith('\n') ? each : `${each}\n`))
    .join('---\n')}`;
}

test.each(readdirSync(CASES).filter(name => name.endsWith('.yaml')))(
  '%s: what is found does not become new because it moves',
  name => {
    const text = readFileSync(join(CASES, name), 'utf8');
    const before = foundIn(text, OPTIONS, name);
    const now = foundIn(moved(text), OPTIONS, 'other.yaml');
    const { of, absent } = baselineStates({ name: 'main', found: before }, now);
    const isNew = now.filter(each => of.get(each) === 'new').map(({ message }) => message);
    const unread = now.filter(({ rule }) => rule.id === 'SHM900').map(({ message }) => message);
    expect([isNew, absent]).toEqual([unread, 0]);
  },
);

test('each finding of the earlier state stands for one', () => {
  const text = readFileSync(join(CASES, 'shm202-limits.yaml'), 'utf8');
  const found = foundIn(text, OPTIONS);
  expect(found.length).toBeGreaterThan(0);
  const twice = [...foundIn(text, OPTIONS), ...foundIn(text, OPTIONS)];
  const { of, absent } = baselineStates({ name: 'main', found }, twice);
  const unchanged = twice.filter(each => of.get(each) === 'unchanged');
  expect([unchanged.length, twice.length, absent]).toEqual([found.length, 2 * found.length, 0]);
  expect(baselineStates({ name: 'main', found: twice }, found).absent).toBe(found.length);
});
