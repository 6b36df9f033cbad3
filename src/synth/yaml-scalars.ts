import { Yaml } from 'cdk8s';

/** Thrown for a value that only cdk8s can write, together with the document that contains it. */
export class NotATree extends Error {}

// Text that needs no quotes in any version of YAML: it does not start like a number, a date or an
// indicator, and nothing in it ends the scalar or starts a comment.
const PLAIN = /^-{0,2}[A-Za-z/$][ -~]*$/;
const NOT_PLAIN = /: | #|[ :]$/;
// Some parsers read `e5` as a number.
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|-?e[-+]?[0-9]+)$/i;
const QUANTITY = /^[1-9][0-9]*(?:[mkMG]|[KMG]i)$/;
const NUMERIC = /^[1-9][0-9]{0,14}$/;
/** YAML writes longer keys in another form. */
const LONGEST_PLAIN_KEY = 1000;
const LONGEST_CACHED = 1024;

// Text that can be written unchanged as a block scalar (`|`): it does not start with a space or end
// with one, and it ends with at most one line break.
const LITERAL = /^[!-~][ -~]*\n(?:[ -~]*\n)*(?:[ -~]*[!-~])?$/;
const OPEN_ENDED = /\n *\n$/;

/**
 * Writes scalars as cdk8s does. Calls `Yaml.stringify` for values that are not simple, and caches
 * the results, so the output always matches the installed version of cdk8s.
 */
export class Scalars {
  private readonly values = new Map<string, string>();
  private readonly rootKeys = new Map<string, string>();
  private readonly keys = new Map<string, string>();

  /**
   * Returns the text of a key, including its colon. At the root, a key like `---` is quoted,
   * because it would otherwise end the document.
   */
  public key(key: string, isRoot: boolean): string {
    return isRoot
      ? remember(this.rootKeys, key, rootKeyText)
      : remember(this.keys, key, nestedKeyText);
  }

  /**
   * Returns the text of a value. All lines after the first are indented like the content of a field
   * with this indentation.
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

/** One level of indentation. The samples that are passed to `Yaml.stringify` use it too. */
const INDENT = '  ';

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !NOT_PLAIN.test(text) && !WORD.test(text);
}

function literal(text: string, indent: string): string {
  const isEnded = text.endsWith('\n');
  return indented(`${isEnded ? '|' : '|-'}\n${isEnded ? text.slice(0, -1) : text}`, indent);
}

/** Indents all lines except the first. Empty lines stay empty, as in YAML. */
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

/**
 * Returns a cached text, or creates and caches it. Long texts are not cached: they rarely occur
 * twice and would use too much memory.
 */
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
