import type { DiffDocument } from './diff-document';
import type { Part } from './diff-item';
import { sectionsOf } from './diff-sections';
import { oneLine } from '../finding-words';
import type { Style } from '../findings-text';

/** Writes a diff for a terminal: the verdict, and the changes behind it. */
export function text(diff: DiffDocument, style: Style): string {
  const lines = [style(diff.verdict, 'bold')];
  for (const { title, items } of sectionsOf(diff)) {
    lines.push('', style(title, 'bold'));
    for (const { sign, parts, isNeverFolded, isWarning = sign === '+', more = [] } of items) {
      const line = `  ${sign} ${words(parts)}`;
      lines.push(
        isWarning && isNeverFolded ? style(line, 'warning') : line,
        ...more.map(each => style(`      ${words(each)}`, 'dim')),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function words(parts: readonly Part[]): string {
  return parts
    .map(part =>
      typeof part === 'string' ? part : oneLine('value' in part ? part.value : part.sentence),
    )
    .join('');
}
