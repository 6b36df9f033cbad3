import { join, relative } from 'node:path';
import { isObject } from '../../src/kube/json';
import { manifestsOf } from '../../src/kube/manifest';
import { readFiles } from '../../src/read/input-files';
import { findingsInManifests } from '../../src/rules/engine';

const DIST = join(__dirname, '..', '..', 'dist');

test('the examples pass the pack strict, notes and all; each host privilege is acknowledged by the contract that causes it', () => {
  const { manifests, problems } = readFiles([DIST]);
  expect([problems, manifests.length > 70]).toEqual([[], true]);
  const found = findingsInManifests(manifests, { pack: 'strict', today: '2026-11-22' });
  expect(
    found
      .filter(({ acknowledged }) => !acknowledged)
      .map(({ rule, manifest, message }) => [rule.id, manifest?.name, message]),
  ).toEqual([]);
  const privileged = manifests.filter(({ json }) =>
    /"hostIPC":true|"path":"\/dev\/shm"/.test(JSON.stringify(json)),
  );
  expect(privileged.length).toBeGreaterThan(5);
  for (const manifest of privileged) {
    expect(JSON.stringify(manifest.json)).toMatch(
      /"cdk8s-shared-memory\/acknowledge\.SHM30[13]\.[a-z]+":/,
    );
  }
});

/** What a file says of itself without the others. */
const ALONE: Record<string, string[]> = {
  'join-by-label/shop.k8s.yaml': ['SHM119'], // the policies are in the repository of the platform
};

test('each of them by itself, as an app repo has it', () => {
  const { manifests } = readFiles([DIST]);
  const files = new Set(manifests.map(({ document }) => document?.source.name));
  for (const file of files) {
    const alone = manifests
      .filter(({ document }) => document?.source.name === file)
      .flatMap(({ json }) => (isObject(json) ? manifestsOf(json) : []));
    const found = findingsInManifests(alone, { pack: 'strict' });
    const open = found.filter(({ acknowledged }) => !acknowledged).map(({ rule }) => rule.id);
    expect([file, open]).toEqual([file, ALONE[relative(DIST, file ?? '')] ?? []]);
  }
});
