import * as yaml from 'js-yaml';
import { isObject, keysOf } from '../kube/json';

/**
 * A node as the parser met it: the offset where it began to look for it, what it became, and what
 * it holds.
 */
interface Node {
  start: number;
  end: number;
  result: unknown;
  kind: string | null;
  children: Node[];
  items?: Node[];
}

/** A field or item: where it begins, and its value. */
interface Part {
  at: Node;
  value: Node;
}

/** The part of js-yaml's state that says where it is. */
interface State {
  position: number;
  result: unknown;
  kind: string | null;
}

type Options = yaml.LoadOptions & { maxDepth: number };

/**
 * Offsets of the fields and items of one YAML document. The parser is run once more and watched:
 * this costs as much as reading it did.
 */
export class Positions {
  private root?: Node;
  private readonly open: Node[] = [];
  /** What has been read with its parts; an alias has none. */
  private readonly written = new Map<unknown, Node>();

  public constructor(
    private readonly text: string,
    options: Options,
  ) {
    const listener = (event: 'open' | 'close', state: State) => this.watch(event, state);
    try {
      yaml.load(text, { ...options, listener } as unknown as yaml.LoadOptions);
    } catch {
      /* what it has met until there is known */
    }
  }

  /**
   * Offset of the key of a field, or of an item, also where an alias or a merge brings it from
   * elsewhere; of what holds it where it is absent.
   */
  public of(pointer: string): number {
    let node = this.root && this.resolved(this.root);
    let found = node?.start ?? 0;
    for (const key of keysOf(pointer)) {
      const next: Part | undefined = node && this.part(node, key);
      if (!next) {
        break;
      }
      found = next.at.start;
      node = this.resolved(next.value);
    }
    return found + firstPosition(this.text, found);
  }

  /** Offset of the first of two equal keys, by the offset where the parser met the second. */
  public firstOf(second: number): number | undefined {
    for (const node of [...this.open].reverse()) {
      const again = node.children.findIndex(
        child => child.start <= second && second <= child.end && typeof child.result === 'string',
      );
      const first =
        again < 0
          ? undefined
          : node.children
              .slice(0, again)
              .find(child => child.result === node.children[again].result);
      if (first) {
        return first.start + firstPosition(this.text, first.start);
      }
    }
    return undefined;
  }

  /**
   * The node that says what a node is: what the parser first read as a key, and then found to be
   * all there is, is a child; an alias stands for another node.
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

/** Offset of the first character that is neither space nor comment. */
export function firstPosition(text: string, from = 0): number {
  const blank = /(?:[ \t\r\n]|(?<=[\s]|^)#[^\n]*)*/y;
  blank.lastIndex = from;
  return blank.exec(text)?.[0].length ?? 0;
}

/**
 * The field or item of that key. What the parser met is compared with what it made of it, so that a
 * wrong guess finds nothing.
 */
function below(node: Node, key: string, compared = true): Part | undefined {
  const { result, children } = node;
  if (Array.isArray(result)) {
    const items = (node.items ??= children.filter(
      child => child.kind !== null || child.result !== null,
    )); // a List may have thousands
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
 * A key as the parser has it in the object: of maps in it only that they are maps, as their own
 * `toString` may be anything. It takes no list in a list.
 */
function keyText(key: unknown): string {
  const word = (value: unknown) =>
    isObject(value) ? '[object Object]' : Array.isArray(value) ? '' : value;
  return String(Array.isArray(key) ? key.map(word) : word(key));
}
