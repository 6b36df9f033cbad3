import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prices } from '../examples/two-repos/platform/contract';
import { publish } from '../examples/two-repos/platform/publish';

const PUBLISHED = join(__dirname, '..', 'examples', 'two-repos', 'shop', 'prices.contract.json');
const scratch = mkdtempSync(join(tmpdir(), 'two-repos-'));
afterAll(() => rmSync(scratch, { recursive: true }));

test('the file in the app repo is what the platform repo has', () => {
  expect(readFileSync(PUBLISHED, 'utf8')).toBe(prices.toJson());
});

test('a compatible contract is published, and what changed is said', () => {
  const file = join(scratch, 'smaller.json');
  writeFileSync(file, prices.toJson().replace('"32Mi"', '"16Mi"'));
  expect(publish(file)).toContain(
    'contract prices: compatible\nkeeps  memory book size: 16Mi -> 32Mi:',
  );
  expect(readFileSync(file, 'utf8')).toBe(prices.toJson());
});

test('fails to publish what breaks clients, and leaves the file', () => {
  const file = join(scratch, 'other-group.json');
  const before = prices.toJson().replace('2007', '2008');
  writeFileSync(file, before);
  expect(() => publish(file)).toThrow(
    /^contract prices: not compatible: 1 of 1 differences .*\nbreaks groupId: 2008 -> 2007: /,
  );
  expect(readFileSync(file, 'utf8')).toBe(before);
});
