import { Yaml } from 'cdk8s';
import { isTree } from './json';
import { Wanted, type Lines } from './wanted';
import { locate } from './yaml-locate';
import { NotATree, Scalars } from './yaml-scalars';

/** A document as text. */
export interface Written {
  readonly text: string;
  /** Of what was wanted, that which is in the document. */
  readonly lines: Lines;
}

const NOTHING = new Wanted();

/** Writes the bytes of `Yaml.stringify`, several times faster. Documents of one app share a writer, as they share most of their scalars. */
export class YamlWriter {
  private readonly scalars = new Scalars();

  /**
   * @param document what to write
   * @param wanted what of the document has lines that are wanted
   */
  public write(document: unknown, wanted = NOTHING): Written {
    const keys = isTree(document) && !Array.isArray(document) ? Object.keys(document) : [];
    if (keys.length === 0) { return writeByCdk8s(document, wanted); }
    try {
      const tree = new TreeWriter(this.scalars);
      tree.map(document as Record<string, unknown>, keys, '', wanted);
      return { text: tree.parts.join(''), lines: tree.lines };
    } catch (error) {
      if (error instanceof NotATree) { return writeByCdk8s(document, wanted); }
      throw error;
    }
  }
}

function writeByCdk8s(document: unknown, wanted: Wanted): Written {
  const text = Yaml.stringify(document);
  return { text, lines: wanted.inside.size > 0 ? locate(document, text, wanted) : new Map() };
}

/** Writes one document. Gives up on what is no tree: YAML writes what it meets again as an alias, and some classes in their own way. */
class TreeWriter {
  /** The text, in order: joined at the end it takes half the time of one that grows. */
  public readonly parts: string[] = [];
  public readonly lines = new Map<Wanted, number>();
  private line = 0;
  private readonly met = new Set<object>();

  public constructor(private readonly scalars: Scalars) {}

  /** Writes the fields of a map that has some; its first line is begun already. */
  public map(map: Record<string, unknown>, keys: readonly string[], indent: string, wanted: Wanted | undefined): void {
    const below = indent + '  ';
    const gap = '\n' + below;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const at = this.begin(i === 0 ? '' : indent, wanted?.inside.get(key));
      this.parts.push(this.scalars.key(key, indent === ''));
      this.value(map[key], below, at, gap);
    }
  }

  private list(list: readonly unknown[], indent: string, wanted: Wanted | undefined): void {
    const below = indent + '  ';
    for (let i = 0; i < list.length; i++) {
      const at = this.begin(i === 0 ? '' : indent, wanted?.inside.get(String(i)));
      this.parts.push('-');
      this.value(list[i], below, at, ' ');
    }
  }

  /** Begins a field or item, and notes its line. */
  private begin<W extends Wanted | undefined>(indent: string, wanted: W): W {
    this.parts.push(indent);
    if (wanted) { this.lines.set(wanted, this.line); }
    return wanted;
  }

  /** Writes what follows `key:` or `-`; `gap` is what comes before a map or list that has content. */
  private value(value: unknown, indent: string, wanted: Wanted | undefined, gap: string): void {
    if (typeof value !== 'object' || value === null) {
      this.end(this.scalars.value(value, indent));
      return;
    }
    if (!isTree(value) || this.met.size === this.met.add(value).size) { throw new NotATree(); } // what was met before adds nothing
    const isList = Array.isArray(value);
    const keys = isList ? [] : Object.keys(value);
    if ((isList ? value : keys).length === 0) {
      this.end(isList ? '[]' : '{}');
      return;
    }
    this.parts.push(gap);
    if (gap !== ' ') { this.line++; }
    if (isList) { this.list(value, indent, wanted); } else { this.map(value, keys, indent, wanted); }
  }

  private end(scalar: string): void {
    this.parts.push(' ', scalar, '\n');
    this.line++;
    for (let at = scalar.indexOf('\n'); at >= 0; at = scalar.indexOf('\n', at + 1)) { this.line++; }
  }
}
