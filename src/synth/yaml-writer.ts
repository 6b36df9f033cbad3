import { Yaml } from 'cdk8s';
import { FieldToLocate, type LocatedLines } from './field-to-locate';
import { isTree } from './plain-tree';
import { locate } from './yaml-locate';
import { NotATree, Scalars } from './yaml-scalars';

/**
 * A document as text, in parts. Each line that is wanted begins with a part that is its indentation
 * alone.
 */
export interface Written {
  readonly parts: string[];
  /** Of what was wanted, that which is in the document. */
  readonly lines: LocatedLines;
}

/**
 * Writes the bytes of `Yaml.stringify`, several times faster. Documents of one app share a writer,
 * as they share most of their scalars.
 */
export class YamlWriter {
  private readonly scalars = new Scalars();

  /**
   * @param document what to write
   * @param wanted what of the document has lines that are wanted
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
 * Writes one document. Gives up on what is no tree: YAML writes what it meets again as an alias,
 * and some classes in their own way.
 */
class TreeWriter implements Written {
  /** The text, in order: joined at the end it takes half the time of one that grows. */
  public readonly parts = [''];
  public readonly lines = new Map<FieldToLocate, number>();
  /** The part with which the line begins that is being written. */
  private line = 0;
  private readonly met = new Set<object>();

  public constructor(private readonly scalars: Scalars) {}

  /** Writes the fields of a map that has some; its first line is begun already. */
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

  /** Writes what follows `key:` or `-`, behind which a map or list begins at once. */
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
    } // what was met before adds nothing
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
