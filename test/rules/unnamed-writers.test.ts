import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foundIn } from './findings';
import { findingPlace } from '../../src/report/finding-place';

/** What a rule says of a file of cases: the mount, the message and the fix. */
function said(id: string, file: string): Record<string, { message: string; fix: string }> {
  const text = readFileSync(join(__dirname, 'cases', file), 'utf8');
  const lines = text.split('\n');
  return Object.fromEntries(
    foundIn(text)
      .filter(({ rule }) => rule.id === id)
      .map(each => {
        const line = lines[(findingPlace(each)?.line ?? 0) - 1];
        const [, at] = /mountPath: ([^ ,]+)/.exec(line) ?? [];
        return [`${each.container} ${at}`, { message: each.message, fix: each.fix }];
      }),
  );
}

describe('SHM304: a reader that can write through another mount', () => {
  const at = said('SHM304', 'shm304-other-mounts.yaml');

  test.each([
    ['/data', 'table through its mount at /data'],
    ['/host/run', 'table and index through its mount at /host/run'],
    [
      '/claim',
      'table through its mount at /claim, unless the volume behind claim routes-table-v1-ro has mountOptions [ro], which these files do not show',
    ],
  ])('%s: says which memory, and where', (path, words) => {
    expect(at[`web ${path}`].message).toBe(
      `container web is meant to only read contract routes, but can write to memory ${words}`,
    );
  });
});
