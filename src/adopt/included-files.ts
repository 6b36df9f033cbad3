import { parseAllDocuments } from 'yaml';
import { groupBy } from '../kube/group';
import { equal } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { dnsLabelOf } from '../kube/names';
import { Source, SourceDocument } from '../read/source';

/** A file with manifests that the app includes. */
export interface IncludedFile {
  /** The path below `manifests/`, with `/`. */
  readonly file: string;
  /** The id of its chart, which is also the name of the rendered file. */
  readonly chart: string;
  /** The name of the file that it was read from. */
  readonly source: string;
  readonly manifests: readonly Manifest[];
  readonly text: string;
}

/**
 * Returns the files that an app includes, with the objects that it keeps. The text of a file and of
 * its documents stays, with its comments. Items of a List, and documents that `Include` would read
 * in another way than kubectl, are written as JSON, which is YAML.
 *
 * @param nameOf the name of a source below `manifests/`
 */
export function includedFiles(
  kept: readonly Manifest[],
  nameOf: (source: string) => string,
): IncludedFile[] {
  const charts = new Set<string>();
  const files = new Set<string>();
  const read = kept.flatMap(manifest =>
    manifest.document instanceof SourceDocument ? [{ manifest, document: manifest.document }] : [],
  );
  return [...groupBy(read, ({ document }) => document.source)].map(([source, ofSource]) => {
    const text = wholeText(source, ofSource) ?? rebuiltText(ofSource);
    const name = nameOf(source.name).replace(/\.[^./]*$/, '');
    return {
      file: unique(files, name, each => `${each}.yaml`),
      chart: unique(charts, chartId(name)),
      source: source.name,
      manifests: ofSource.map(({ manifest }) => manifest),
      text,
    };
  });
}

interface ReadManifest {
  readonly manifest: Manifest;
  readonly document: SourceDocument;
}

/** Returns the text of a file if all of its objects are kept, and `Include` reads all of them. */
function wholeText(source: Source, kept: readonly ReadManifest[]): string | undefined {
  const values = parsed(source.text);
  const isWhole =
    values !== undefined &&
    kept.every(({ manifest }) => manifest.base === '') &&
    equal(
      values.filter(value => value !== null && value !== undefined),
      kept.map(({ manifest }) => manifest.json),
    );
  return isWhole ? source.text : undefined;
}

function rebuiltText(kept: readonly ReadManifest[]): string {
  return kept
    .map(({ manifest, document }) => {
      const { from, to } = document.range;
      const text = `${document.source.text.slice(from, to).trim()}\n`;
      const isSame = manifest.base === '' && equal(parsed(text), [manifest.json]);
      return isSame ? text : `${JSON.stringify(manifest.json, null, 2)}\n`;
    })
    .join('---\n');
}

/** Reads YAML as `Include` of cdk8s does. `undefined` if it cannot be read. */
function parsed(text: string): unknown[] | undefined {
  const documents = parseAllDocuments(text, { version: '1.1', logLevel: 'silent' });
  const list = Array.isArray(documents) ? documents : [];
  return list.every(({ errors }) => errors.length === 0)
    ? list.map(document => document.toJSON() as unknown)
    : undefined;
}

function chartId(name: string): string {
  const id = dnsLabelOf(name, Infinity, 'manifests');
  return id in Object.prototype ? 'manifests' : id;
}

function unique(used: Set<string>, wanted: string, form = (name: string) => name): string {
  let name = wanted;
  for (let i = 2; used.has(form(name)); i += 1) {
    name = `${wanted}-${i}`;
  }
  used.add(form(name));
  return form(name);
}
