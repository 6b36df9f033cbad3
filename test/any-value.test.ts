import { FILES, manifestsIn, pathsIn, spoilt, UNSPEAKABLE } from './spoilt';
import { changesBetween } from '../src/change/diff';
import { canonical, isObject, type Json } from '../src/kube/json';
import { ManifestSet } from '../src/read/manifest-set';
import { json as diffJson } from '../src/report/diff/diff-json';
import { markdown } from '../src/report/diff/diff-markdown';
import { text as diffText } from '../src/report/diff/diff-text';
import { diffDocument } from '../src/report/diff/worded-changes';
import { findingsJson } from '../src/report/finding-json';
import { text } from '../src/report/findings-text';
import { reviewPage } from '../src/report/review/review-page';
import { runbookPage } from '../src/report/runbook/runbook-page';
import { findingsInSet, findingsInManifests } from '../src/rules/engine';
import { MarkedManifests } from '../src/sharing/marked-manifests';

const diffOf = (...sides: Parameters<typeof changesBetween>) =>
  diffDocument(changesBetween(...sides));

/** Everything that the commands do with manifests. */
function everything(before: readonly Json[], after: readonly Json[]): void {
  const manifests = manifestsIn(after);
  text(
    findingsJson(findingsInManifests(manifests, { pack: 'strict', today: '2026-11-22' })),
    () => '',
  );
  const marked = new MarkedManifests(new ManifestSet(manifests));
  reviewPage(marked, findingsInSet(marked));
  runbookPage(marked);
  const old = { manifests: manifestsIn(before) };
  const restarted = { manifests: manifestsIn(rolled(after)) };
  for (const found of [diffOf(old, restarted), diffOf(restarted, old)]) {
    diffText(found, words => words);
    markdown(found);
    diffJson(found);
  }
}

/**
 * The same objects with another image in each container: what becomes of the pods is asked of every
 * workload.
 */
function rolled(objects: readonly Json[]): Json[] {
  return spoilt(
    objects,
    ...pathsIn([...objects])
      .filter(path => path.at(-1) === 'image')
      .map(path => [path, 'registry.example.com/other:2'] as const),
  );
}

/** A field by its kind and its name, the same in each file. */
function fieldOf(objects: readonly Json[], path: readonly string[]): string {
  const object = objects[Number(path[0])];
  return `${isObject(object) ? canonical(object.kind) : ''} ${path
    .slice(1)
    .map(key => (/^\d+$/.test(key) ? '*' : key))
    .join('.')}`;
}

test('no command ends on a field of any object that is not what it should be', () => {
  const ended: string[] = [];
  const seen = new Set<string>();
  for (const objects of FILES) {
    for (const path of pathsIn([...objects]).filter(keys => keys.length > 1)) {
      const field = fieldOf(objects, path);
      if (seen.has(field)) {
        continue;
      }
      seen.add(field);
      for (const value of [UNSPEAKABLE, [UNSPEAKABLE]]) {
        try {
          everything(objects, spoilt(objects, [path, value]));
        } catch (e) {
          ended.push(`${field}: ${(e as Error).stack?.split('\n').slice(0, 3).join(' ')}`);
        }
      }
    }
  }
  expect(seen.size).toBeGreaterThan(1000);
  expect(ended).toEqual([]);
}, 120_000);
