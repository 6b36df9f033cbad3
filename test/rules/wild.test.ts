import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectedIn, findingsOf } from './findings';

const WILD = join(__dirname, '..', 'wild');
const files = (folder: string) =>
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .map(name => [name, readFileSync(join(folder, name), 'utf8')] as const);

test('there are many', () => {
  expect(files(WILD).length).toBeGreaterThanOrEqual(100);
});

test.each(files(WILD))('%s', (_, text) => {
  expect(findingsOf(text)).toEqual(expectedIn(text));
});

test.each([
  ['helm-deployment.yaml', '2: SHM900 error'],
  ['placeholders.yaml', '19: SHM900 error'],
  ['tab-indentation.yaml', '10: SHM900 error'],
  ['volume-indented-twice.yaml', '10: SHM900 error'],
])('unreadable/%s', (name, finding) => {
  expect(findingsOf(readFileSync(join(WILD, 'unreadable', name), 'utf8'))).toEqual([finding]);
});

test('of two equal keys, the last one counts, as for kubectl', () => {
  const text = readFileSync(join(WILD, 'unreadable', 'duplicate-keys.yaml'), 'utf8');
  expect(findingsOf(text)).toEqual(['16: SHM905 warning', '19: SHM905 warning']);
});
