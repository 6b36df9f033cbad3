import { changedJson } from './changed-json';
import { changedText } from './changed-text';
import { groupBy } from '../kube/group';
import { equal, type Json } from '../kube/json';
import type { Manifest } from '../kube/manifest';
import { isUnread, readDocuments, Source, SourceDocument, STDIN } from '../read/source';
import type { RuleFinding } from '../rules/engine';
import type { FieldChange, Remedy } from '../rules/remedy';

/** Changes of one object. */
export interface ManifestChange {
  readonly manifest?: Manifest;
  /** The document to change, if the change is about its text and not about an object. */
  readonly document?: SourceDocument;
  readonly changes: readonly FieldChange[];
}

/** A remedy of a finding. */
export interface FoundRemedy extends ManifestChange {
  readonly found: RuleFinding;
  readonly remedy: Remedy;
}

/** A change that was not written, and why. */
export type Skipped<C extends ManifestChange> = C & { readonly because: string };

/** The text of a file before and after. */
export interface FixedFile {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface Fixed<C extends ManifestChange = FoundRemedy> {
  readonly files: readonly FixedFile[];
  readonly done: readonly C[];
  readonly skipped: readonly Skipped<C>[];
}

/** Returns the first remedy of each finding, certain ones or suggestions. */
export function remediesOf(findings: readonly RuleFinding[], isCertain: boolean): FoundRemedy[] {
  return findings.flatMap(found => {
    const remedies = found.acknowledged ? [] : (found.remedies?.() ?? []);
    // a finding that has a certain remedy needs no suggestion
    const certain = remedies.find(each => each.isCertain);
    const remedy = isCertain ? certain : certain ? undefined : remedies[0];
    const { manifest, document } = found;
    return remedy ? [{ found, remedy, manifest, document, changes: remedy.changes }] : [];
  });
}

/**
 * Makes changes in the texts of the files of their objects. The changes of one object are made only
 * if the result, read again, is exactly what was intended; otherwise they are skipped, with the
 * reason.
 */
export function fixed<C extends ManifestChange>(all: readonly C[]): Fixed<C> {
  const files: FixedFile[] = [];
  const done: C[] = [];
  const skipped: Skipped<C>[] = [];
  const readable = all.flatMap(each => {
    const document = each.manifest?.document ?? each.document;
    return document instanceof SourceDocument ? [{ each, document }] : [];
  });
  for (const [source, ofFile] of groupBy(readable, ({ document }) => document.source)) {
    const ofSource = refusal(source);
    let text = source.text;
    // from the last document to the first, so that the offsets of those before it stay right
    const documents = [...groupBy(ofFile, ({ document }) => document)].sort(
      ([a], [b]) => b.range.from - a.range.from,
    );
    for (const [document, ofDocument] of documents) {
      const { from, to } = document.range;
      const original = source.text.slice(from, to);
      const wanted = ofDocument.map(({ each }) => each);
      const because = ofSource ?? documentRefusal(document, original);
      const result =
        because === undefined
          ? changedDocument(document, original, wanted)
          : { text: original, done: [], skipped: wanted.map(each => ({ ...each, because })) };
      text = text.slice(0, from) + result.text + text.slice(to);
      done.push(...result.done);
      skipped.push(...result.skipped);
    }
    if (text !== source.text) {
      files.push({ name: source.name, before: source.text, after: text });
    }
  }
  return { files, done, skipped };
}

function changedDocument<C extends ManifestChange>(
  document: SourceDocument,
  original: string,
  all: readonly C[],
): { text: string; done: C[]; skipped: Skipped<C>[] } {
  let [text, value] = [original, document.value];
  const done: C[] = [];
  const skipped: Skipped<C>[] = [];
  for (const each of inOrder(all)) {
    const result = changed(text, value, placed(each));
    if (result) {
      [text, value] = [result.text, result.value];
      done.push(each);
    } else {
      skipped.push({ ...each, because: 'the field cannot be changed in place' });
    }
  }
  return { text, done, skipped };
}

/** Returns the changes with pointers from the root of the document. */
function placed({ manifest, changes }: ManifestChange): FieldChange[] {
  const base = manifest?.base ?? '';
  return changes.map(change => ({ ...change, pointer: base + change.pointer }));
}

function changed(
  text: string,
  value: Json,
  changes: readonly FieldChange[],
): { text: string; value: Json } | undefined {
  let here: { text: string; value: Json } | undefined = { text, value };
  for (const change of changes) {
    const [next, intended]: [string | undefined, Json | undefined] = [
      changedText(here.text, change),
      changedJson(here.value, change),
    ];
    if (next === undefined || intended === undefined) {
      return undefined;
    }
    const { documents, problems } = readDocuments(new Source('', next));
    if (problems.some(isUnread) || documents.length !== 1 || !equal(documents[0].value, intended)) {
      return undefined;
    }
    here = { text: next, value: intended };
  }
  return here;
}

/**
 * Removals come last, and among them the last field first, so that no removal moves an item that
 * another change names.
 */
function inOrder<C extends ManifestChange>(all: readonly C[]): C[] {
  const removal = ({ changes }: C) =>
    changes.find(change => change.do.startsWith('remove'))?.pointer;
  const kept = all.filter(each => removal(each) === undefined);
  const removing = all.filter(each => removal(each) !== undefined);
  const byPlace = (a: C, b: C) =>
    (removal(b) ?? '').localeCompare(removal(a) ?? '', 'en', { numeric: true });
  return [...kept, ...removing.sort(byPlace)];
}

/** Returns why a file must not be changed. Absent if it can be. */
function refusal({ text, name }: Source): string | undefined {
  if (name === STDIN) {
    return 'the standard input is not a file';
  }
  return /^\s*(#|\/\/).*\bdo not (edit|modify)\b/im.test(text)
    ? 'a comment says that the file must not be edited: change what it is made from'
    : undefined;
}

/** Returns why a document must not be changed. Absent if it can be. */
function documentRefusal({ value }: SourceDocument, text: string): string | undefined {
  if (/\{\{/.test(text)) {
    return 'it contains template actions: change the template';
  }
  if (/(^|[\s[{,:])[&*][A-Za-z0-9_]|<<\s*:/m.test(text)) {
    return 'it contains anchors or merge keys: one change could change several fields';
  }
  return typeof value === 'object' && value !== null && 'sops' in value
    ? 'it is encrypted with SOPS: a change breaks its signature'
    : undefined;
}
