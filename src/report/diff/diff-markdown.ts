import type { DiffDocument } from './diff-document';
import type { Item, Part } from './diff-item';
import { sectionsOf } from './diff-sections';
import { oneLine } from '../finding-words';

/** The number of items of a section that are shown, besides those that are never folded. */
const SHOWN = 10;

/** Writes a diff as a comment on a pull request, with the verdict first and long lists folded. */
export function markdown(diff: DiffDocument): string {
  const sections = sectionsOf(diff).map(({ title, items }) => {
    const foldable = items.filter(({ isNeverFolded }) => !isNeverFolded);
    const hidden = new Set(foldable.slice(SHOWN));
    return [
      `### ${title}`,
      '',
      ...items.filter(each => !hidden.has(each)).map(bullet),
      ...folded([...hidden]),
    ].join('\n');
  });
  return `${[`**${diff.verdict}**`, ...sections].join('\n\n')}\n`;
}

function folded(items: readonly Item[]): string[] {
  return items.length === 0
    ? []
    : [
        '',
        '<details>',
        `<summary>${items.length} more</summary>`,
        '',
        ...items.map(bullet),
        '',
        '</details>',
      ];
}

function bullet({ sign, parts, more = [] }: Item): string {
  const head = sign === ' ' ? '' : `${sign === '+' ? '➕' : '➖'} `;
  return [`- ${head}${words(parts)}`, ...more.map(each => `  - ${words(each)}`)].join('\n');
}

function words(parts: readonly Part[]): string {
  return parts
    .map(part => {
      if (typeof part === 'string') {
        return part.replaceAll('->', '→');
      }
      return 'value' in part ? code(part.value) : escaped(part.sentence);
    })
    .join('');
}

/**
 * Formats a value as code, so that no markup, link or mention in it has an effect. Values are not
 * used in tables, so pipes need no escape.
 */
function code(text: string): string {
  const line = oneLine(text);
  const fence = '`'.repeat(
    Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1,
  );
  const pad = line === '' || /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Escapes everything in a sentence to which Markdown or GitHub would give a meaning. */
function escaped(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, character => `\\${character}`)
    .replace(/@(?=\w)/g, '@\u200b')
    .replace(/\b(https?|www)(?=:|\.)/g, '$1\u200b');
}
