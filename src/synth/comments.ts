import { parentPointer } from './json';
import { type Lines } from './yaml-locate';
import { type YamlWriter } from './yaml-writer';
import { reasonsOf, type Reasons } from '../wire/reasons';

/** Writes a document with the reasons for its fields as comments above them. Without the comment lines, these are the bytes of cdk8s. */
export function writeCommented(document: unknown, writer: YamlWriter, isHelm: boolean): string {
  const reasons: Reasons = typeof document === 'object' && document !== null ? reasonsOf(document) : new Map();
  if (reasons.size === 0) { return writer.write(document).text; }
  const { text, lines } = writer.write(document, withAncestors(reasons.keys()));
  return insert(text, commentsByLine(reasons, lines, isHelm));
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

/** A line with the indentation of the field below it is never part of a block scalar above it: that is indented further. */
function insert(text: string, comments: ReadonlyMap<number, ReadonlySet<string>>): string {
  return text.split('\n').flatMap((line, i) => {
    const indent = /^ */.exec(line)?.[0] ?? '';
    return [...[...comments.get(i) ?? []].map(comment => `${indent}# ${comment}`), line];
  }).join('\n');
}
