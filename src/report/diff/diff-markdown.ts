import type { DiffDocument } from './diff-document';
import { sectionsOf, type Item, type Part } from './diff-sections';
import { oneLine } from '../finding-words';

/** Items of a section that are shown at once; the rest is folded away. */
const SHOWN = 10;

/** A diff as a comment on a pull request: the verdict first, long lists folded. */
export function markdown(diff: DiffDocument): string {
  const sections = sectionsOf(diff).map(({ title, items }) =>
    [`### ${title}`, '', ...items.slice(0, SHOWN).map(bullet), ...folded(items.slice(SHOWN))].join(
      '\n',
    ),
  );
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
 * A value as code: no markup, link or mention in it is one. Nothing stands in a table, so that a
 * pipe is a pipe.
 */
function code(text: string): string {
  const line = oneLine(text);
  const fence = '`'.repeat(
    Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1,
  );
  const pad = line === '' || /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A sentence with nothing in it that Markdown, or GitHub, makes something else of. */
function escaped(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, character => `\\${character}`)
    .replace(/@(?=\w)/g, '@\u200b')
    .replace(/\b(https?|www)(?=:|\.)/g, '$1\u200b');
}
