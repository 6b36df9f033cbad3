import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { keysOf, type Json } from '../kube/json';
import type { FieldChange } from '../rules/remedy';

/*
 * `yaml` is loaded on demand: only `lint --fix` and `lint --suggest` need it. Its own printing
 * rewrites the formatting of a document, so only the offsets of its nodes are used here.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const yaml = () => require('yaml') as typeof import('yaml');

/** A part of the text of a document that is replaced. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Returns the text of a YAML document with a change made. Everything else stays as it is, byte for
 * byte. Absent if this cannot be done in place.
 */
export function changedText(text: string, change: FieldChange): string | undefined {
  const { parseDocument } = yaml();
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false });
  const root = document.contents as Node | null;
  if (document.errors.length > 0 || root === null) {
    return undefined;
  }
  const editor = new Editor(text, root, isJsonText(text));
  const keys = keysOf(change.pointer);
  const splice = spliceOf(editor, keys, change);
  return splice && text.slice(0, splice.from) + splice.text + text.slice(splice.to);
}

function spliceOf(editor: Editor, keys: readonly string[], change: FieldChange) {
  switch (change.do) {
    case 'set':
      return editor.set(keys, change.value);
    case 'append':
      return editor.append(keys, change.value);
    case 'remove':
      return editor.remove(keys);
    case 'removeFirst':
      return editor.removeFirst(keys);
  }
}

class Editor {
  public constructor(
    private readonly text: string,
    private readonly root: Node,
    /** Whether the document must stay JSON, in which every key and every text is quoted. */
    private readonly isJson: boolean,
  ) {}

  public set(keys: readonly string[], value: Json): Splice | undefined {
    const found = this.nodeAt(keys);
    if (!found) {
      return this.insert(keys, value);
    }
    const { isScalar } = yaml();
    if (!isScalar(found) || !found.range || typeof value === 'object') {
      return undefined;
    }
    const [from, to] = found.range;
    return from === to || found.type === 'BLOCK_LITERAL' || found.type === 'BLOCK_FOLDED'
      ? undefined
      : { from, to, text: this.isJson ? JSON.stringify(value) : scalarText(value, found) };
  }

  public append(keys: readonly string[], value: Json): Splice | undefined {
    const list = this.nodeAt(keys);
    if (!list) {
      return this.insert(keys, [value]);
    }
    const { isSeq } = yaml();
    const last = isSeq(list) ? (list.items.at(-1) as Node | undefined) : undefined;
    if (!isSeq(list) || !last?.range) {
      return undefined;
    }
    if (list.flow === true) {
      return { from: last.range[1], to: last.range[1], text: `, ${this.flow(value)}` };
    }
    const indent = ' '.repeat(this.columnOf(this.dashOf(last)));
    return this.newLines(this.lineEnd(last.range[1]), blockLines([value], indent));
  }

  public remove(keys: readonly string[]): Splice | undefined {
    const { isMap, isSeq } = yaml();
    const parent = this.nodeAt(keys.slice(0, -1));
    const key = keys.at(-1);
    if (key === undefined) {
      return undefined;
    }
    if (isMap(parent) || isSeq(parent)) {
      return parent.items.length === 1
        ? this.remove(keys.slice(0, -1))
        : isMap(parent)
          ? this.removePair(parent, indexOf(parent, key))
          : this.removeItem(parent, Number(key));
    }
    return undefined;
  }

  public removeFirst(keys: readonly string[]): Splice | undefined {
    const { isMap } = yaml();
    const parent = this.nodeAt(keys.slice(0, -1));
    const key = keys.at(-1);
    return isMap(parent) && parent.items.filter(pair => keyOf(pair) === key).length > 1
      ? this.removePair(parent, indexOf(parent, key))
      : undefined;
  }

  private removePair(map: YAMLMap, index: number): Splice | undefined {
    const [before, pair, after] = [
      map.items.at(index - 1),
      map.items.at(index),
      map.items.at(index + 1),
    ];
    const start = pair && startOf(pair);
    const end = pair && endOf(pair);
    if (index < 0 || start === undefined || end === undefined) {
      return undefined;
    }
    const next = after && startOf(after);
    if (map.flow === true) {
      if (next !== undefined) {
        return { from: start, to: next, text: '' };
      }
      const previous = index > 0 && before ? endOf(before) : undefined;
      return previous === undefined ? undefined : { from: previous, to: end, text: '' };
    }
    return this.removeLines(start, end, next);
  }

  private removeItem(list: YAMLSeq, index: number): Splice | undefined {
    const items = list.items as Node[];
    const [item, after] = [items.at(index), items.at(index + 1)];
    if (!item?.range) {
      return undefined;
    }
    if (list.flow === true) {
      if (after?.range) {
        return { from: item.range[0], to: after.range[0], text: '' };
      }
      const before = index > 0 ? items[index - 1].range : undefined;
      return before ? { from: before[1], to: item.range[1], text: '' } : undefined;
    }
    const next = after?.range ? this.dashOf(after) : undefined;
    const dash = this.dashOf(item);
    const splice = this.removeLines(dash, item.range[1], next);
    return splice && this.withComments(splice, this.columnOf(dash));
  }

  /**
   * Extends a removal of the lines of an item to the comments that belong to it: the lines directly
   * above, indented as its dash, and the lines directly below, indented as its fields.
   */
  private withComments({ from, to, text }: Splice, column: number): Splice {
    if (from !== this.lineStart(from)) {
      return { from, to, text };
    } // something else stands before the item in its line
    const above = new RegExp(`^ {${column}}#`);
    const below = new RegExp(`^ {${column + 1},}#`);
    let [start, end] = [from, to];
    while (start > 0 && above.test(this.text.slice(this.lineStart(start - 1), start))) {
      start = this.lineStart(start - 1);
    }
    while (below.test(this.text.slice(end, this.lineEnd(end + 1)))) {
      end = this.lineEnd(end + 1);
    }
    return { from: start, to: end, text };
  }

  /**
   * Removes what begins at an offset, with the rest of its last line. If something else stands
   * before it in its line (`- `), what follows takes its place.
   */
  private removeLines(start: number, end: number, next: number | undefined): Splice | undefined {
    const line = this.lineStart(start);
    const isAlone = this.text.slice(line, start).trim() === '';
    if (isAlone) {
      return { from: line, to: this.lineEnd(end), text: '' };
    }
    const between = next === undefined ? '#' : this.text.slice(this.lineEnd(end), next);
    return next === undefined || between.trim() !== ''
      ? undefined
      : { from: start, to: next, text: '' };
  }

  private insert(keys: readonly string[], value: Json): Splice | undefined {
    const { isMap } = yaml();
    let depth = keys.length - 1;
    let parent = this.nodeAt(keys.slice(0, depth));
    while (!parent && depth > 0) {
      depth -= 1;
      parent = this.nodeAt(keys.slice(0, depth));
    }
    const missing = keys.slice(depth);
    if (!isMap(parent) || !parent.range) {
      return undefined;
    }
    const nested = missing.slice(1).reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
    const key = missing[0];
    const last = parent.items.at(-1);
    if (parent.flow === true) {
      const entry = `${this.flow(key)}: ${this.flow(nested)}`;
      const end = last && endOf(last);
      if (end !== undefined) {
        return { from: end, to: end, text: `, ${entry}` };
      }
      return { from: parent.range[0], to: parent.range[1], text: `{ ${entry} }` };
    }
    const [first] = parent.items;
    const [start, end] = [startOf(first), last && endOf(last)];
    if (start === undefined || end === undefined) {
      return undefined;
    }
    const lines = blockLines({ [key]: nested }, ' '.repeat(this.columnOf(start)));
    return this.newLines(this.lineEnd(end), lines);
  }

  private flow(value: Json): string {
    return this.isJson ? JSON.stringify(value) : flowText(value);
  }

  private newLines(at: number, lines: readonly string[]): Splice {
    const newline = this.text.includes('\r\n') ? '\r\n' : '\n';
    const isOpen = at > 0 && this.text[at - 1] !== '\n'; // the text does not end with a line break
    const text = lines.map(line => `${line}${newline}`).join('');
    return {
      from: at,
      to: at,
      text: isOpen ? newline + text.slice(0, -newline.length) : text,
    };
  }

  /** Returns the offset at which the line of an offset begins. */
  private lineStart(offset: number): number {
    return offset === 0 ? 0 : this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Returns the offset after the line break that follows an offset. */
  private lineEnd(offset: number): number {
    if (offset > 0 && this.text[offset - 1] === '\n') {
      return offset;
    }
    const end = this.text.indexOf('\n', offset);
    return end < 0 ? this.text.length : end + 1;
  }

  private columnOf(offset: number): number {
    return offset - this.lineStart(offset);
  }

  private dashOf(item: Node): number {
    return this.text.lastIndexOf('-', (item.range as [number, number, number])[0] - 1);
  }

  private nodeAt(keys: readonly string[]): Node | undefined {
    const { isMap, isSeq, isNode } = yaml();
    let here: unknown = this.root;
    for (const key of keys) {
      if (isMap(here)) {
        here = here.items.filter(pair => keyOf(pair) === key).at(-1)?.value;
      } else if (isSeq(here)) {
        here = here.items.at(Number(key));
      } else {
        return undefined;
      }
    }
    return isNode(here) ? here : undefined;
  }
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function indexOf(map: YAMLMap, key: string | undefined): number {
  return map.items.findIndex(pair => keyOf(pair) === key);
}

function keyOf({ key }: Pair): string {
  return String((key as Scalar | null)?.value ?? '');
}

function startOf({ key }: Pair): number | undefined {
  return (key as Node | null)?.range?.[0];
}

function endOf({ key, value }: Pair): number | undefined {
  const end = (value as Node | null)?.range?.[1];
  const after = (key as Node | null)?.range?.[1];
  // an empty value ends where its key ends, at the colon
  return end === undefined || after === undefined ? undefined : Math.max(end, after + 1);
}

function scalarText(value: Json, { type }: Scalar): string {
  if (typeof value === 'string' && type === 'QUOTE_SINGLE') {
    return `'${value.replaceAll("'", "''")}'`;
  }
  return typeof value === 'string' && type === 'QUOTE_DOUBLE'
    ? JSON.stringify(value)
    : flowText(value);
}

/** Returns a value on one line, as it can stand in every place. */
function flowText(value: Json): string {
  const { stringify } = yaml();
  if (Array.isArray(value)) {
    return `[${value.map(flowText).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, each]) => `${flowText(key)}: ${flowText(each ?? null)}`,
    );
    return `{ ${entries.join(', ')} }`;
  }
  const plain = stringify(value, { version: '1.1', lineWidth: 0 }).trimEnd();
  return typeof value === 'string' &&
    /[[\]{},]|: |^[&*!|>%@`#?-]/.test(plain) &&
    !/^["']/.test(plain)
    ? JSON.stringify(value)
    : plain;
}

function blockLines(value: Json, indent: string): string[] {
  const text = yaml().stringify(value, { version: '1.1', lineWidth: 0 });
  return text
    .trimEnd()
    .split('\n')
    .map(line => indent + line);
}
