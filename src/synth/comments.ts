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
  const comments = commentsByLine(reasons, lines, isHelm);
  const written: string[] = [];
  const moved: number[] = []; // line without comments -> line with them
  for (const [i, line] of text.split('\n').entries()) {
    // A line with the indentation of the field below it is never part of a block scalar above it: that is indented further.
    for (const comment of comments.get(i) ?? []) { written.push(`${/^ */.exec(line)?.[0] ?? ''}# ${comment}`); }
    moved.push(written.push(line) - 1);
  }
  return { text: written.join('\n'), places: new Map([...asked].map(pointer => [pointer, placeOf(pointer, lines, moved, written)])) };
}

/** Where a field begins: behind the dashes of the items that begin on its line, with it or around it. */
function placeOf(pointer: string, lines: Lines, moved: readonly number[], written: readonly string[]): Place {
  let there = pointer;
  while (there !== '' && !lines.has(there)) { there = parentPointer(there); }
  const line = lines.get(there) ?? 0;
  let items = 0;
  for (let p = there; p !== '' && lines.get(p) === line; p = parentPointer(p)) { if (/\/\d+$/.test(p)) { items++; } }
  const text = written[moved[line]];
  const column = new RegExp(`^ *(?:- +){0,${items}}`).exec(text)?.[0].length ?? 0;
  return { line: moved[line] + 1, column: column + 1 };
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
  const outerFirst = [...reasons].sort(([a], [b]) => depth(a) - depth(b));
  for (const [pointer, texts] of outerFirst) {
    const line = lineOf(pointer, lines);
    const above = comments.get(line) ?? new Set();
    comments.set(line, above);
    texts.map(text => commentText(text, isHelm)).filter(text => text !== '').forEach(text => above.add(text));
  }
  return comments;
}

function depth(pointer: string): number {
  return pointer.split('/').length;
}

/** The line of a field, or else of what is around it; the whole document is at its head. */
function lineOf(pointer: string, lines: Lines): number {
  let p = pointer;
  while (p !== '' && !lines.has(p)) { p = parentPointer(p); }
  return lines.get(p) ?? 0;
}

/** A comment ends at what any version of YAML takes for a line break, and must not contain other control characters or half a surrogate pair. */
function commentText(reason: string, isHelm: boolean): string {
  const text = reason.split(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/u).map(part => part.trim()).filter(part => part !== '').join(' ');
  // Helm evaluates templates in comments too
  return isHelm ? text.replace(/\{(?=\{)/g, '{ ').replace(/\}(?=\})/g, '} ') : text;
}
