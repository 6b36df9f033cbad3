import { parentPointer } from './json';
import type { Lines } from './yaml-locate';
import type { YamlWriter } from './yaml-writer';
import type { Place } from '../kube/source';
import type { Reasons } from '../wire/reasons';

/** A document with comments in it. */
export interface Commented {
  readonly text: string;
  /** Where the fields stand that were asked for; where one is absent, what holds it. Lines and columns of the document begin at 1. */
  readonly places: ReadonlyMap<string, Place>;
}

/**
 * Writes a document with the reasons for its fields as comments above them. Without the comment lines, these are the bytes of cdk8s.
 *
 * @param asked pointers of the fields whose places are wanted
 */
export function writeCommented(document: unknown, writer: YamlWriter, reasons: Reasons, asked: ReadonlySet<string>, isHelm: boolean): Commented {
  const { text, lines } = writer.write(document, withAncestors([...reasons.keys(), ...asked]));
  if (asked.size === 0 && reasons.size === 0) { return { text, places: new Map() }; }
  const starts = startsOf(text);
  const above = [...commentsByLine(reasons, lines, isHelm)].filter(([, comments]) => comments.size > 0).sort(([a], [b]) => a - b);
  let written = '';
  let end = 0;
  for (const [line, comments] of above) {
    written += text.slice(end, end = starts[line]);
    // A line with the indentation of the field below it is never part of a block scalar above it: that is indented further.
    const indent = indentOf(text, end);
    for (const comment of comments) { written += `${indent}# ${comment}\n`; }
  }
  const moved = (line: number) => above.reduce((sum, [at, comments]) => at <= line ? sum + comments.size : sum, line);
  const places = new Map([...asked].map(pointer => {
    const { line, items } = startOf(pointer, lines);
    return [pointer, { line: moved(line) + 1, column: 1 + columnOf(text, starts[line], items) }];
  }));
  return { text: written + text.slice(end), places };
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) { starts.push(at + 1); }
  return starts;
}

function indentOf(text: string, start: number): string {
  let end = start;
  while (text[end] === ' ') { end++; }
  return text.slice(start, end);
}

/** A field begins behind the dashes of the items that begin on its line. */
function columnOf(text: string, start: number, items: number): number {
  let at = start + indentOf(text, start).length;
  for (let i = 0; i < items && text.startsWith('- ', at); i++) { at += 2 + indentOf(text, at + 2).length; }
  return at - start;
}

/** Where a field begins, or what is around it where it is absent: its line, and the number of items, with it or around it, that begin there. */
function startOf(pointer: string, lines: Lines): { line: number; items: number } {
  let there = pointer;
  while (there !== '' && !lines.has(there)) { there = parentPointer(there); }
  const line = lines.get(there) ?? 0;
  let items = 0;
  for (let p = there; p !== '' && lines.get(p) === line; p = parentPointer(p)) { if (/\/\d+$/.test(p)) { items++; } }
  return { line, items };
}

function withAncestors(pointers: Iterable<string>): Set<string> {
  const all = new Set<string>();
  for (const pointer of pointers) {
    for (let p = pointer; p !== '' && !all.has(p); p = parentPointer(p)) { all.add(p); }
  }
  return all;
}

/** What stands above each line. Outer fields come first: the head of a list item is also the line of its first field. */
function commentsByLine(reasons: Reasons, lines: Lines, isHelm: boolean): Map<number, Set<string>> {
  const comments = new Map<number, Set<string>>();
  const outerFirst = [...reasons].map(([pointer, texts]) => ({ pointer, texts, depth: pointer.split('/').length })).sort((a, b) => a.depth - b.depth);
  for (const { pointer, texts } of outerFirst) {
    const { line } = startOf(pointer, lines);
    const above = comments.get(line) ?? new Set();
    comments.set(line, above);
    texts.map(text => commentText(text, isHelm)).filter(text => text !== '').forEach(text => above.add(text));
  }
  return comments;
}

/** A comment ends at what any version of YAML takes for a line break, and must not contain other control characters or half a surrogate pair. */
function commentText(reason: string, isHelm: boolean): string {
  const text = /^[ -~]*$/.test(reason) ? reason.trim() : reason.split(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/u).map(part => part.trim()).filter(part => part !== '').join(' ');
  // Helm evaluates templates in comments too
  return isHelm ? text.replace(/\{(?=\{)/g, '{ ').replace(/\}(?=\})/g, '} ') : text;
}
