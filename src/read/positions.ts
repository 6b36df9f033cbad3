import * as yaml from 'js-yaml';
import { equal, isObject, keysOf, pointer } from '../kube/json';

/**
 * A YAML node as reported by the parser: the offsets between which the parser read it, its value,
 * and its child nodes.
 */
interface Node {
  start: number;
  end: number;
  result: unknown;
  kind: string | null;
  children: Node[];
  items?: Node[];
}

/** A field or an item: the node where it starts, and the node of its value. */
interface Part {
  at: Node;
  value: Node;
}

/** The part of js-yaml's parser state that is used here. */
interface State {
  position: number;
  result: unknown;
  kind: string | null;
}

/** A key that its object contains already, by the offsets of the two. */
export interface RepeatedKey {
  readonly first: number;
  readonly again: number;
  /** Whether the first one has the value that counts, which is that of the last. */
  readonly isSame: boolean;
  /** JSON pointer of the key. Absent if it is in a part of the document that does not count. */
  readonly pointer?: string;
}

type Options = yaml.LoadOptions & { maxDepth: number };

/**
 * The offsets of the fields and items of one YAML document. To find them, the document is parsed a
 * second time with a listener, which takes as long as the first time.
 */
export class Positions {
  private root?: Node;
  private readonly open: Node[] = [];
  /**
   * The nodes of objects and lists that are written out in the document, by their values. An alias
   * is not in this map: it has the same value as its anchor, but no child nodes.
   */
  private readonly written = new Map<unknown, Node>();

  public constructor(
    private readonly text: string,
    options: Options,
  ) {
    const listener = (event: 'open' | 'close', state: State) => this.watch(event, state);
    try {
      yaml.load(text, { ...options, listener } as unknown as yaml.LoadOptions);
    } catch {
      /* everything read before the error is still known */
    }
  }

  /**
   * Returns the offset of a field's key or of an item. If the field comes from an alias or a merge
   * key, it is the offset there. If the field is absent, it is the offset of the innermost existing
   * parent.
   */
  public of(path: string): number {
    let node = this.root && this.resolved(this.root);
    let found = node?.start ?? 0;
    for (const key of keysOf(path)) {
      const next: Part | undefined = node && this.part(node, key);
      if (!next) {
        break;
      }
      found = next.at.start;
      node = this.resolved(next.value);
    }
    return found + firstPosition(this.text, found);
  }

  /** Returns the keys that their object contains already, in the order of the text. */
  public repeatedKeys(): RepeatedKey[] {
    const found: RepeatedKey[] = [];
    const pointers = this.pointers();
    const offsetOf = ({ start }: Node) => start + firstPosition(this.text, start);
    const visit = (node: Node) => {
      if (isObject(node.result)) {
        const [seen, above] = [new Map<unknown, Part>(), pointers.get(node)];
        for (let i = 0; i + 1 < node.children.length; i += 2) {
          const [key, value] = [node.children[i], node.children[i + 1]];
          const first = seen.get(key.result);
          if (first && typeof key.result === 'string') {
            found.push({
              first: offsetOf(first.at),
              again: offsetOf(key),
              isSame: equal(first.value.result, node.result[key.result]),
              ...(above === undefined ? {} : { pointer: above + pointer(key.result) }),
            });
          } else {
            seen.set(key.result, { at: key, value });
          }
        }
      }
      node.children.forEach(visit);
    };
    [...this.written.values()].filter(node => isObject(node.result)).forEach(node => visit(node));
    return [...new Map(found.map(each => [each.again, each])).values()].sort(
      (a, b) => a.again - b.again,
    );
  }

  /** Returns the JSON pointers of the objects and lists that are written out in the document. */
  private pointers(): Map<Node, string> {
    const pointers = new Map<Node, string>();
    const visit = (start: Node, path: string) => {
      const node = this.resolved(start);
      if (pointers.has(node)) {
        return;
      }
      pointers.set(node, path);
      const { result } = node;
      if (typeof result === 'object' && result !== null) {
        for (const key of Object.keys(result)) {
          const part = below(node, key);
          if (part) {
            visit(part.value, path + pointer(key));
          }
        }
      }
    };
    if (this.root) {
      visit(this.root, '');
    }
    return pointers;
  }

  /**
   * Returns the node that contains the children of a node's value. For an alias, that is the node
   * of its anchor. It can also be a child: the parser sometimes first reads a node as a key, and
   * then finds that it is the whole value.
   */
  private resolved(node: Node): Node {
    return this.written.get(node.result) ?? node;
  }

  private part(node: Node, key: string): Part | undefined {
    const own = below(node, key);
    if (own || Array.isArray(node.result)) {
      return own;
    }
    const merged = below(node, '<<', false)?.value;
    if (!merged) {
      return undefined;
    }
    const sources = Array.isArray(merged.result) ? this.resolved(merged).children : [merged];
    for (const source of sources) {
      const part = this.part(this.resolved(source), key);
      if (part) {
        return part;
      }
    }
    return undefined;
  }

  private watch(event: 'open' | 'close', { position, result, kind }: State): void {
    if (event === 'open') {
      this.open.push({
        start: position,
        end: position,
        result: undefined,
        kind: null,
        children: [],
      });
      return;
    }
    const node = this.open.pop() as Node;
    node.end = position;
    node.result = result;
    node.kind = kind;
    if (
      kind !== 'scalar' &&
      node.children.length > 0 &&
      typeof result === 'object' &&
      !this.written.has(result)
    ) {
      this.written.set(result, node);
    }
    const parent = this.open.at(-1);
    if (parent) {
      parent.children.push(node);
    } else {
      this.root = node;
    }
  }
}

/**
 * Returns the number of leading characters, starting at `from`, that are whitespace or comments.
 */
export function firstPosition(text: string, from = 0): number {
  const blank = /(?:[ \t\r\n]|(?<=[\s]|^)#[^\n]*)*/y;
  blank.lastIndex = from;
  return blank.exec(text)?.[0].length ?? 0;
}

/**
 * Returns the field or item with a key. The values of the nodes are compared with the parsed
 * result, so a wrong guess about the structure finds nothing.
 */
function below(node: Node, key: string, compared = true): Part | undefined {
  const { result, children } = node;
  if (Array.isArray(result)) {
    const items = (node.items ??= children.filter(
      child => child.kind !== null || child.result !== null,
    )); // cached, because a List may have thousands of items
    const item = items.length === result.length ? items.at(Number(key)) : undefined;
    return item && Object.is(item.result, result[Number(key)])
      ? { at: item, value: item }
      : undefined;
  }
  for (let i = 0; i + 1 < children.length; i += 2) {
    const [at, value] = [children[i], children[i + 1]];
    const made = (result as Record<string, unknown> | null)?.[key] ?? null;
    if (keyText(at.result) === key && (!compared || Object.is(value.result ?? null, made))) {
      return { at, value };
    }
  }
  return undefined;
}

/**
 * Returns the text that the parser uses as the key in the object. Objects become '[object Object]',
 * because calling their own `toString` is not safe. The parser does not accept nested lists as
 * keys.
 */
function keyText(key: unknown): string {
  const word = (value: unknown) =>
    isObject(value) ? '[object Object]' : Array.isArray(value) ? '' : value;
  return String(Array.isArray(key) ? key.map(word) : word(key));
}
