import { isObject } from '../../src/kube/json';
import { manifestsOf, type Manifest } from '../../src/kube/manifest';
import { ManifestSet } from '../../src/read/manifest-set';
import { isKubernetes, readDocuments, Source, type Unreadable } from '../../src/read/source';
import { findingPlace } from '../../src/report/finding-place';
import {
  findingsInManifests,
  unreadableInput,
  type EngineOptions,
  type RuleFinding,
} from '../../src/rules/engine';

/** The objects of a text. */
export function read(
  text: string,
  name = 'fixture.yaml',
): { source: Source; manifests: Manifest[]; problems: Unreadable[] } {
  const source = new Source(name, text);
  const { documents, problems } = readDocuments(source);
  const manifests = documents.flatMap(document => {
    const { value } = document;
    return isObject(value) && isKubernetes(value) ? manifestsOf(value, document) : [];
  });
  return { source, manifests, problems };
}

/** The objects of a text, with their pods. */
export function setOf(text: string): ManifestSet {
  const { manifests, problems } = read(text);
  expect(problems).toEqual([]);
  return new ManifestSet(manifests);
}

/** All that is said about a text. */
export function foundIn(
  text: string,
  options: EngineOptions = { today: '2026-11-22' },
  name?: string,
): RuleFinding[] {
  const { manifests, problems } = read(text, name);
  return [...problems.map(unreadableInput), ...findingsInManifests(manifests, options)];
}

/** Findings as fixtures write them: `line: SHMnnn severity`, sorted. */
export function findingsOf(text: string, options?: EngineOptions): string[] {
  return foundIn(text, options)
    .map(
      each =>
        `${findingPlace(each)?.line}: ${each.rule.id} ${each.acknowledged ? 'acknowledged' : each.severity}`,
    )
    .sort();
}

/**
 * What a fixture says of itself, in comments at the ends of its lines: `# SHMnnn severity, SHMnnn
 * severity`.
 */
export function expectedIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, i) => {
      const [, list] =
        /\s# ((?:SHM\d{3} (?:error|warning|note|acknowledged)(?:, )?)+)$/.exec(line.trimEnd()) ??
        [];
      return list === undefined ? [] : list.split(', ').map(each => `${i + 1}: ${each}`);
    })
    .sort();
}
