import type { Manifest } from '../../kube/manifest';

/** Escapes text for Markdown and HTML, and puts it on one line. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .trim()
    .replace(/[\\`*[\]<>|~]/g, character => `\\${character}`)
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_');
}

/** Formats text as code. */
export function code(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
  if (line === '') {
    return '';
  }
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Writes a table whose cells are Markdown. In a table, `|` must be escaped even within code. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) {
    return [];
  }
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

/** Hides lines behind a summary to click on: what is long, and not needed to decide. */
export function folded(summary: string, lines: readonly string[]): string[] {
  return ['<details>', `<summary>${summary}</summary>`, '', ...lines, '</details>', ''];
}

/** Writes a list in one line. A long list is cut. */
export function some(items: readonly string[], most = 5): string {
  const shown = items.length > most + 1 ? items.slice(0, most) : items;
  return (
    shown.join(', ') +
    (items.length > shown.length ? ` and ${items.length - shown.length} more` : '')
  );
}

/** Returns a link to the file of an object. */
export function fileOf({ document }: Manifest): string {
  return document ? linkTo(document.source) : '';
}

/** Returns a link to a file. */
export function linkTo({ name }: { readonly name: string }): string {
  return `[${plain(name)}](${targetOf(name)})`;
}

function targetOf(file: string): string {
  return encodeURI(file).replace(/[()]/g, character => `%${character.charCodeAt(0).toString(16)}`);
}

/** `Deployment shop/api`, whose name links to its file. */
export function linkedWorkload(manifest: Manifest): string {
  const { kind, document } = manifest;
  const name = plain(workload(manifest).slice(kind.length + 1));
  return `${plain(kind)} ${document ? `[${name}](${targetOf(document.source.name)})` : name}`;
}

/**
 * Takes out of a line where links lead, and links that say nothing but the name of a file. What is
 * in code is no link.
 */
export function withoutFiles(line: string): string {
  return line.replace(
    /\\.|(`+)(?:[^`]|[^`].*?[^`])\1(?!`)|\[((?:\\.|[^\]\\])*)\]\(([^)]*)\)/g,
    (all, ticks?: string, text?: string, target?: string) =>
      ticks !== undefined || text === undefined || target === undefined
        ? all
        : target === targetOf(text.replace(/\\(.)/g, '$1'))
          ? '[]'
          : `[${text}]`,
  );
}

/** `Deployment shop/api`. */
export function workload({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** `1 workload`, `2 workloads`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
