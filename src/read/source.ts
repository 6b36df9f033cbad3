import * as yaml from 'js-yaml';
import { firstPosition, Positions } from './positions';
import { isObject, pointerTo, type Json } from '../kube/json';
import type { Place } from '../kube/manifest';

/**
 * A file or the standard input, with its text. Lines and columns start at 1; a column counts UTF-16
 * code units.
 */
export class Source {
  private lineStarts?: readonly number[];

  public constructor(
    public readonly name: string,
    public readonly text: string,
  ) {}

  /** Returns the line and the column of an offset in the text. */
  public place(offset: number): Place {
    const starts = (this.lineStarts ??= startsOf(this.text));
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle] <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low + 1, column: offset - starts[low] + 1 };
  }

  /** Returns the text of a line, without its line break. */
  public line(number: number): string {
    const starts = (this.lineStarts ??= startsOf(this.text));
    return this.text.slice(starts[number - 1], starts[number]).replace(/\r?\n?$/, '');
  }
}

/** One YAML or JSON document of a source. */
export class SourceDocument {
  private positions?: Positions;

  public constructor(
    public readonly source: Source,
    private readonly offset: number,
    private readonly text: string,
    public readonly value: Json,
    private readonly lastKeyWins = false,
  ) {}

  /**
   * Returns the position of a field or an item. If it is absent, returns the position of the
   * innermost existing parent.
   */
  public place(pointer: string): Place {
    return this.source.place(this.offset + this.parsed.of(pointer));
  }

  /** The offsets of the document in the text of its source. */
  public get range(): { readonly from: number; readonly to: number } {
    return { from: this.offset, to: this.offset + this.text.length };
  }

  /** Returns the keys that an object contains already, each with the position of its first one. */
  public repeatedKeys(): (Repeated & { place: Place; first: Place })[] {
    const placeOf = (offset: number) => this.source.place(this.offset + offset);
    return this.parsed.repeatedKeys().map(({ first, again, isSame, pointer }) => ({
      place: placeOf(again),
      first: placeOf(first),
      document: this,
      isSame,
      pointer,
    }));
  }

  private get parsed(): Positions {
    return (this.positions ??= new Positions(
      this.text,
      this.lastKeyWins ? LAST_KEY_WINS : OPTIONS,
    ));
  }
}

/** The name of the source that is the standard input. */
export const STDIN = '<stdin>';

/** A key that its object contains already. The last of equal keys counts. */
export interface Repeated {
  readonly document: SourceDocument;
  /** JSON pointer of the key in the document. Absent if it is in a part that does not count. */
  readonly pointer?: string;
  /** Whether the first one has the value that counts. */
  readonly isSame: boolean;
}

/** The reason why a source, or a part of it, cannot be read, or can be read in two ways. */
export interface Unreadable {
  /** `repeatedKey`: the document was read all the same, as kubectl reads it. */
  readonly kind?: 'repeatedKey';
  readonly repeated?: Repeated;
  readonly source: Source;
  readonly place?: Place;
  readonly message: string;
  readonly fix: string;
}

/** Checks whether something was not read, so that nothing can be said about it. */
export function isUnread({ kind }: Unreadable): boolean {
  return kind === undefined;
}

/**
 * Parses all documents of a source. A document that cannot be parsed becomes a problem and does not
 * affect the others.
 */
export function readDocuments(source: Source): {
  documents: SourceDocument[];
  problems: Unreadable[];
} {
  const documents: SourceDocument[] = [];
  const problems: Unreadable[] = [];
  for (const { offset, text } of split(source.text)) {
    const read = (lastKeyWins: boolean) => {
      const value = yaml.load(text, lastKeyWins ? LAST_KEY_WINS : OPTIONS) as Json;
      const json = /[&*]/.test(text) ? expanded(value) : value;
      return new SourceDocument(source, offset, text, json, lastKeyWins);
    };
    const add = (document: SourceDocument, found: readonly Unreadable[]) => {
      const strange = withMappingAsKey(document.value);
      if (strange === undefined) {
        documents.push(document);
        problems.push(...found);
      } else {
        problems.push({ source, ...mappingAsKey(source, document.place(strange)) });
      }
    };
    try {
      try {
        add(read(false), []);
      } catch (error) {
        if ((error as { reason?: string }).reason !== 'duplicated mapping key') {
          throw error;
        }
        const document = read(true);
        const found = document.repeatedKeys();
        add(
          document,
          found.map(each => ({ source, ...repeatedKey(each) })),
        );
      }
    } catch (error) {
      problems.push({ source, ...problem(source, offset, text, error) });
    }
  }
  return { documents, problems };
}

/**
 * Splits a text into documents at `---` lines (and after `...`), and leaves out documents that only
 * contain comments and directives. JSON objects can also follow each other without a separator.
 */
function split(text: string): { offset: number; text: string }[] {
  const start = text.startsWith('\uFEFF') ? 1 : 0;
  const mark = /^\uFEFF?\s*\{/.test(text)
    ? /(?=\{)(?<=\}[ \t\r]*\n)|^---(?=[ \t\r\n]|$)/gm
    : /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm;
  const marks = [...text.matchAll(mark)];
  const offsets = [start, ...marks.map(({ index, 0: { length } }) => index + length)];
  const parts = offsets.map((offset, i) => ({
    offset,
    text: text.slice(offset, marks[i]?.index ?? text.length),
  }));
  return parts.filter(
    part => !part.text.split('\n').every(line => /^(?:[ \t\r]*(?:#.*)?|%.*)$/.test(line)),
  );
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

const MAX_DEPTH = 500;
const MAX_NODES = 1_000_000;

/**
 * Scalar types as kubectl parses them (with sigs.k8s.io/yaml): booleans of YAML 1.1 (`yes`, `n`),
 * and whole numbers with a leading 0 as octal. Dates are strings.
 *
 * @see https://yaml.org/type/bool.html
 */
const { types } = yaml as unknown as {
  types: Record<'null' | 'float' | 'merge' | 'binary', yaml.Type>;
};
const BOOLEAN =
  /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0b[01_]+|0[xX][0-9a-fA-F_]+|0o?[0-7_]*|[1-9][0-9_]*)$/;
const SCHEMA = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [
    types.null,
    new yaml.Type('tag:yaml.org,2002:bool', {
      kind: 'scalar',
      resolve: (text: string | null) => text !== null && text.length < 6 && BOOLEAN.test(text),
      construct: (text: string) => /^(?:y|t|on)/i.test(text),
    }),
    new yaml.Type('tag:yaml.org,2002:int', {
      kind: 'scalar',
      resolve: (text: string | null) =>
        text !== null && text.charCodeAt(0) <= 57 /* 9 */ && INTEGER.test(text),
      construct: (text: string) =>
        Number(text.replace(/[-+_]/g, '').replace(/^0(?=[0-7])/, '0o')) *
        (text.startsWith('-') ? -1 : 1),
    }),
    types.float,
    types.merge,
  ],
  explicit: [types.binary],
});

type ParserOptions = yaml.LoadOptions & { readonly maxDepth: number };

const OPTIONS: ParserOptions = { schema: SCHEMA, maxDepth: MAX_DEPTH };

/** Reads a document with a repeated key as kubectl does: the last one counts. */
const LAST_KEY_WINS: ParserOptions = { ...OPTIONS, json: true };

/**
 * Returns a copy of a value in which each alias is expanded, as kubectl does. Throws an error if
 * the result would be too large or infinite.
 */
function expanded(value: Json): Json {
  let nodes = 0;
  const above = new Set<object>();
  const copy = (node: Json): Json => {
    if (++nodes > MAX_NODES) {
      throw new Error(`aliases make more than ${MAX_NODES.toLocaleString('en')} values of it`);
    }
    if (typeof node !== 'object' || node === null) {
      return node;
    }
    if (above.has(node)) {
      throw new Error('an alias stands for something that holds it');
    }
    above.add(node);
    const result = Array.isArray(node)
      ? node.map(copy)
      : Object.fromEntries(Object.entries(node).map(([key, child]) => [key, copy(child ?? null)]));
    above.delete(node);
    return result;
  };
  return copy(value);
}

/** The problem for text that contains template actions in double braces. */
export const TEMPLATE = {
  message: 'a template, not YAML: {{ ... }}',
  fix: 'render it first, with helm template for example, and give what comes out',
};

/** What the parser makes of a key that is, or has, a mapping: JSON has no such keys. */
const MAPPING_AS_KEY = '[object Object]';

/** Returns the JSON pointer of the first object with a mapping as a key. */
function withMappingAsKey(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  if (Object.keys(value).some(key => key.includes(MAPPING_AS_KEY))) {
    return '';
  }
  for (const [key, child] of Object.entries(value)) {
    const found = withMappingAsKey(child ?? null);
    if (found !== undefined) {
      return pointerTo([key]) + found;
    }
  }
  return undefined;
}

/** kubectl refuses such a key. `{{ ... }}` without quotes is one, and so reads as YAML. */
function mappingAsKey(source: Source, place: Place): Omit<Unreadable, 'source'> {
  return source.line(place.line).includes('{{')
    ? { place, ...TEMPLATE }
    : { place, message: 'a mapping as a key, which JSON does not have', fix: KUBECTL_YAML };
}

const KUBECTL_YAML = 'write YAML that kubectl reads';

function problem(
  source: Source,
  offset: number,
  text: string,
  error: unknown,
): Omit<Unreadable, 'source'> {
  const { reason, mark, message } = error as {
    reason?: string;
    mark?: { position: number };
    message: string;
  };
  const at = mark
    ? Math.min(offset + mark.position, source.text.length)
    : offset + firstPosition(text);
  const place = source.place(at);
  const line = source.line(place.line);
  if (/\{\{/.test(line) || /^\s*\{\{/m.test(text)) {
    return { place, ...TEMPLATE };
  }
  if (/\t/.test(line.slice(0, place.column))) {
    return { place, message: `not YAML: ${reason ?? message} (a tab)`, fix: 'indent with spaces' };
  }
  return { place, message: `not YAML: ${reason ?? message}`, fix: KUBECTL_YAML };
}

function repeatedKey({
  place,
  first,
  ...repeated
}: Repeated & { place: Place; first: Place }): Omit<Unreadable, 'source'> {
  return {
    kind: 'repeatedKey',
    repeated,
    place,
    message: `a key that is there already, at ${positionText(first)}: kubectl takes this one, the last, and drops the other`,
    fix: 'keep one of them',
  };
}

function positionText({ line, column }: Place): string {
  return `line ${line}, column ${column}`;
}

/**
 * Checks whether a value is a Kubernetes object: like kubectl, only looks for `apiVersion` and
 * `kind`.
 */
export function isKubernetes(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.apiVersion === 'string' &&
    value.apiVersion !== '' &&
    typeof value.kind === 'string' &&
    value.kind !== ''
  );
}
