import { Yaml } from 'cdk8s';
import { FieldToLocate, type LocatedLines } from './field-to-locate';
import { isTree } from './plain-tree';
import { locate } from './yaml-locate';
import { NotATree, Scalars } from './yaml-scalars';

/**
 * A document as text, in parts. For each requested line, there is a part that consists of only its
 * indentation.
 */
export interface Written {
  readonly parts: string[];
  /**
   * The requested fields that exist in the document, with the index of the part where their line
   * starts.
   */
  readonly lines: LocatedLines;
}

/**
 * Writes the same bytes as `Yaml.stringify`, several times faster. Documents of an app share a
 * writer, because most of their scalars are the same.
 */
export class YamlWriter {
  private readonly scalars = new Scalars();

  /**
   * Writes a document.
   *
   * @param document the object to write
   * @param wanted the fields whose lines are requested
   */
  public write(document: unknown, wanted = new FieldToLocate()): Written {
    const keys = isTree(document) && !Array.isArray(document) ? Object.keys(document) : [];
    if (keys.length === 0) {
      return writeByCdk8s(document, wanted);
    }
    try {
      const tree = new TreeWriter(this.scalars);
      tree.map(document as Record<string, unknown>, keys, '', wanted);
      return tree;
    } catch (error) {
      if (error instanceof NotATree) {
        return writeByCdk8s(document, wanted);
      }
      throw error;
    }
  }
}

function writeByCdk8s(document: unknown, wanted: FieldToLocate): Written {
  const text = Yaml.stringify(document);
  if (wanted.inside.size === 0) {
    return { parts: ['', text], lines: new Map() };
  }
  const parts = (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).flatMap(line => [
    indentOf(line),
    line.slice(indentOf(line).length),
  ]);
  return {
    parts,
    lines: new Map([...locate(document, text, wanted)].map(([field, line]) => [field, 2 * line])),
  };
}

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? '';
}

/**
 * Writes one document. Throws NotATree if an object occurs twice, which YAML writes as an alias, or
 * is an instance of a class, which YAML may write in a special form.
 */
class TreeWriter implements Written {
  /**
   * The parts of the text, in order. Joining them at the end takes half the time of appending to a
   * string.
   */
  public readonly parts = [''];
  public readonly lines = new Map<FieldToLocate, number>();
  /** Index of the part with which the current line starts. */
  private line = 0;
  private readonly met = new Set<object>();

  public constructor(private readonly scalars: Scalars) {}

  /** Writes the fields of a map that is not empty. Its first line is already started. */
  public map(
    map: Record<string, unknown>,
    keys: readonly string[],
    indent: string,
    wanted: FieldToLocate | undefined,
  ): void {
    const below = indent + '  ';
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      if (i > 0) {
        this.begin(indent);
      }
      const field = wanted?.inside.get(key);
      if (field) {
        this.lines.set(field, this.line);
      }
      this.parts.push(this.scalars.key(key, indent === ''));
      this.value(map[key], below, field, false);
    }
  }

  private list(list: readonly unknown[], indent: string, wanted: FieldToLocate | undefined): void {
    const below = indent + '  ';
    for (let i = 0; i < list.length; i++) {
      if (i > 0) {
        this.begin(indent);
      }
      const item = wanted?.inside.get(String(i));
      if (item) {
        this.lines.set(item, this.line);
      }
      this.parts.push('-');
      this.value(list[i], below, item, true);
    }
  }

  private begin(indent: string): void {
    this.line = this.parts.push(indent) - 1;
  }

  /** Writes the value after `key:` or `-`. After `-`, a map or list starts on the same line. */
  private value(
    value: unknown,
    indent: string,
    wanted: FieldToLocate | undefined,
    isItem: boolean,
  ): void {
    if (typeof value !== 'object' || value === null) {
      this.parts.push(' ', this.scalars.value(value, indent), '\n');
      return;
    }
    if (!isTree(value) || this.met.size === this.met.add(value).size) {
      throw new NotATree();
    } // the size of the set does not change if the value was already in it
    const isList = Array.isArray(value);
    const keys = isList ? [] : Object.keys(value);
    if ((isList ? value : keys).length === 0) {
      this.parts.push(isList ? ' []\n' : ' {}\n');
      return;
    }
    this.parts.push(isItem ? ' ' : '\n');
    if (!isItem) {
      this.begin(indent);
    }
    if (isList) {
      this.list(value, indent, wanted);
    } else {
      this.map(value, keys, indent, wanted);
    }
  }
}
