import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foundIn, setOf } from './findings';
import { findingPlace } from '../../src/report/finding-place';
import { ruleOf } from '../../src/rules/catalog';
import { MarkedManifests } from '../../src/sharing/marked-manifests';
import { unnamedReaches } from '../../src/sharing/memory-reach';

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

describe('SHM125: a container that no mark names', () => {
  const { mounts, places } = {
    mounts: said('SHM125', 'shm125-mounts.yaml'),
    places: said('SHM125', 'shm125-places.yaml'),
  };

  test.each([
    [
      'writes /host',
      'can write to memory scores and vendor of contract risk and memory bus of contract bus through / of the node; no mark of these contracts names the container',
    ],
    [
      'web /run/risk',
      'can write to memory scores of contract risk through claim risk-scores-v1-rw; no mark of the contract names the container',
    ],
    [
      'web /run/other',
      'can write to memory of contracts through /run/cdk8s-shared-memory/node-agents.other/v3/data of the node; no mark names the container',
    ],
    [
      'helper /data',
      'can write to memory own of contract own through volume own; no mark of the contract names the container',
    ],
  ])('%s: says which memory, and through what', (mount, words) => {
    expect(places[mount].message).toBe(`container ${mount.split(' ')[0]} ${words}`);
  });

  test('the fix is a grant and a mark, where there is no mark', () => {
    const { fix } = ruleOf('SHM125')!;
    expect(mounts['web /run/part'].fix).toBe(fix);
    expect(fix).toMatch(/^remove the mount; .* get a grant for its namespace .* and add the mark/);
  });

  test.each([
    ['helper /run/risk', /^remove the mount; .* name it in containers of the mark/],
    ['fill /node', /^remove the mount; if the step must be able to write .* acknowledge/],
  ])('%s: the pod has a mark, and needs no grant', (mount, words) => {
    expect(mounts[mount].fix).toMatch(words);
  });

  test('who has the claim needs no grant', () => {
    expect(places['web /run/risk'].fix).toMatch(/^remove the mount; .*, add the mark/);
    expect(places['web /run/risk'].fix).not.toContain('ContractGrant');
  });

  test('above the memory, it is enough to mount less', () => {
    expect(places['writes /host/run'].fix).toMatch(/^write readOnly: true at the mount, or mount/);
  });

  test('a step of an agent has it, if its script is that of this library', () => {
    const { right } = ruleOf('SHM122')!;
    const writers = (text: string) =>
      foundIn(text)
        .filter(({ rule }) => rule.id === 'SHM125')
        .map(({ container }) => container);
    expect(writers(right)).toEqual([]);
    expect(writers(right.replace('cd /node', 'cd /other'))).toEqual(['prepare-routes']);
  });
});

test("at /dev, a mount of the node's /dev does not reach the node's /dev/shm", () => {
  const text = readFileSync(join(__dirname, 'cases', 'shm125-places.yaml'), 'utf8');
  const names = (yaml: string) =>
    unnamedReaches(new MarkedManifests(setOf(yaml))).map(
      ({ markedPod }) => markedPod.pod.manifest.name,
    );
  expect(names(text)).not.toContain('dev');
  expect(names(text.replace('mountPath: /dev }', 'mountPath: /dev2 }'))).toContain('dev');
});
