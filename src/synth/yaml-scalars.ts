import { Yaml } from 'cdk8s';

/**
 * A value that cannot be written on its own: only cdk8s can write the document that contains it.
 */
export class NotATree extends Error {}

// What needs no quotes in any version of YAML: it begins like no number, date or indicator, and
// neither ends the scalar nor starts a comment.
const PLAIN = /^-{0,2}[A-Za-z/$][ -~]*$/;
const NOT_PLAIN = /: | #|[ :]$/;
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|-?e[-+]?[0-9]+)$/i; // `e5` is a number to some
const QUANTITY = /^[1-9][0-9]*(?:[mkMG]|[KMG]i)$/;
const NUMERIC = /^[1-9][0-9]{0,14}$/;
/** Beyond it, YAML writes a key in another form. */
const LONGEST_PLAIN_KEY = 1000;
const LONGEST_CACHED = 1024;

// Lines that can stand as they are under a `|`: they begin with no space, end with none at the very
// end, and with one line break at most.
const LITERAL = /^[!-~][ -~]*\n(?:[ -~]*\n)*(?:[ -~]*[!-~])?$/;
const OPEN_ENDED = /\n *\n$/;

/**
 * Scalars as cdk8s writes them. What is not obvious is asked of `Yaml.stringify`, and remembered,
 * so that its version decides.
 */
export class Scalars {
  private readonly values = new Map<string, string>();
  private readonly rootKeys = new Map<string, string>();
  private readonly keys = new Map<string, string>();

  /**
   * The text of a key, with its colon. A key like `---` is quoted at the root, where it would end
   * the document.
   */
  public key(key: string, isRoot: boolean): string {
    return isRoot
      ? remember(this.rootKeys, key, rootKeyText)
      : remember(this.keys, key, nestedKeyText);
  }

  /**
   * The text of a value; what follows its first line is indented as the content of a field with
   * that indentation.
   */
  public value(value: unknown, indent: string): string {
    if (typeof value === 'string') {
      return this.string(value, indent);
    }
    if (typeof value === 'boolean' || value === null) {
      return String(value);
    }
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      return String(value);
    }
    return valueText(value);
  }

  private string(value: string, indent: string): string {
    if (isPlain(value) || QUANTITY.test(value)) {
      return value;
    }
    if (NUMERIC.test(value)) {
      return `"${value}"`;
    }
    if (LITERAL.test(value) && !OPEN_ENDED.test(value)) {
      return literal(value, indent);
    }
    const text = remember(this.values, value, valueText);
    return text.includes('\n') ? indented(text, indent.slice(INDENT.length)) : text;
  }
}

/** One level of indentation, and that of the samples. */
const INDENT = '  ';

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !NOT_PLAIN.test(text) && !WORD.test(text);
}

function literal(text: string, indent: string): string {
  const isEnded = text.endsWith('\n');
  return indented(`${isEnded ? '|' : '|-'}\n${isEnded ? text.slice(0, -1) : text}`, indent);
}

/** YAML leaves empty lines empty. */
function indented(text: string, indent: string): string {
  return text
    .split('\n')
    .map((line, i) => (i === 0 || line === '' ? line : indent + line))
    .join('\n');
}

function valueText(value: unknown): string {
  return between('k: ', Yaml.stringify({ k: value }), '\n');
}

function rootKeyText(key: string): string {
  return isPlainKey(key) ? `${key}:` : oneLine(between('', Yaml.stringify({ [key]: 0 }), ' 0\n'));
}

function nestedKeyText(key: string): string {
  return isPlainKey(key)
    ? `${key}:`
    : oneLine(between(`k:\n${INDENT}`, Yaml.stringify({ k: { [key]: 0 } }), ' 0\n'));
}

function isPlainKey(key: string): boolean {
  return key.length <= LONGEST_PLAIN_KEY && isPlain(key);
}

function oneLine(key: string): string {
  if (key.includes('\n') || key.startsWith('? ')) {
    throw new NotATree();
  }
  return key;
}

function between(before: string, text: string, after: string): string {
  if (!text.startsWith(before) || !text.endsWith(after)) {
    throw new NotATree();
  }
  return text.slice(before.length, -after.length);
}

/** Long texts are rarely written twice, and would fill the memory. */
function remember(cache: Map<string, string>, key: string, write: (key: string) => string): string {
  let text = cache.get(key);
  if (text === undefined) {
    text = write(key);
    if (key.length <= LONGEST_CACHED) {
      cache.set(key, text);
    }
  }
  return text;
}
