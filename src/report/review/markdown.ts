import { at, isObject, keysOf } from '../../kube/json';
import type { Manifest } from '../../kube/manifest';

/** Text as it is, whatever of it Markdown or HTML would take for itself; on one line. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replace(/[\\`*[\]<>|~]/g, character => `\\${character}`)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_');
}

/** Text in the font of code. */
export function code(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  if (line === '') {
    return '';
  }
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** A table; the cells are Markdown. Within code, too, a table takes `|` for its own. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) {
    return [];
  }
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

/** A list in one line; of a long one, its beginning. */
export function some(items: readonly string[], most = 5): string {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  return (
    shown.join(', ') +
    (items.length > shown.length ? ` and ${items.length - shown.length} more` : '')
  );
}

/** The file of an object, as a link. */
export function fileOf({ document }: Manifest): string {
  return document ? linkTo(document.source) : '';
}

/** A file, as a link. */
export function linkTo({ name }: { readonly name: string }): string {
  return `[${plain(name)}](${encodeURI(name).replace(/[()]/g, character => `%${character.charCodeAt(0).toString(16)}`)})`;
}

/**
 * A field as people write it: `spec.template.spec.containers[web].image`. Items that have a name
 * are called by it, as numbers change when others come.
 */
export function fieldOf({ json, base }: Manifest, pointer: string): string {
  let here: unknown = json;
  let field = '';
  for (const key of keysOf(pointer)) {
    const isItem = Array.isArray(here);
    here = at(here, key);
    const name = isItem && isObject(here) && typeof here.name === 'string' ? here.name : key;
    field += isItem
      ? `[${name}]`
      : /^[A-Za-z0-9_-]+$/.test(key)
        ? `${field === '' ? '' : '.'}${key}`
        : `["${key}"]`;
  }
  return base === '' ? field : `${keysOf(base).join('.')}.${field}`;
}

/** `Deployment shop/api`. */
export function workload({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** `1 workload`, `2 workloads`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
