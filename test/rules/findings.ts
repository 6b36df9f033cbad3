import { isObject } from '../../src/kube/json';
import { manifestsOf } from '../../src/kube/manifest';
import { isKubernetes, readDocuments, Source } from '../../src/kube/source';
import { placeOf } from '../../src/report/located';
import { review, unreadable, type EngineOptions } from '../../src/rules/engine';

/** Findings as fixtures write them: `line: SHMnnn severity`, sorted. */
export function findingsOf(text: string, options: EngineOptions = { today: '2026-11-22' }): string[] {
  const { documents, problems } = readDocuments(new Source('fixture.yaml', text));
  const manifests = documents.flatMap(document => {
    const { value } = document;
    return isObject(value) && isKubernetes(value) ? manifestsOf(value, document) : [];
  });
  const found = [...problems.map(unreadable), ...review(manifests, options)];
  return found.map(each => `${placeOf(each)?.line}: ${each.rule.id} ${each.acknowledged ? 'acknowledged' : each.severity}`).sort();
}

/** What a fixture says of itself, in comments at the ends of its lines: `# SHMnnn severity, SHMnnn severity`. */
export function expectedIn(text: string): string[] {
  return text.split('\n').flatMap((line, i) => {
    const [, list] = /\s# ((?:SHM\d{3} (?:error|warning|note|acknowledged)(?:, )?)+)$/.exec(line.trimEnd()) ?? [];
    return list === undefined ? [] : list.split(', ').map(each => `${i + 1}: ${each}`);
  }).sort();
}
