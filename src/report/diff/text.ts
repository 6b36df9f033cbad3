import type { Diff } from './model';
import { sectionsOf, type Part } from './sections';
import type { Style } from '../text';
import { oneLine } from '../words';

/** A diff for a terminal: the verdict, and what it comes from. */
export function text(diff: Diff, style: Style): string {
  const lines = [style(diff.verdict, 'bold')];
  for (const { title, items } of sectionsOf(diff)) {
    lines.push('', style(title, 'bold'));
    for (const { sign, parts, more = [] } of items) {
      const line = `  ${sign} ${words(parts)}`;
      lines.push(sign === '+' && title === 'Privileges' ? style(line, 'warning') : line, ...more.map(each => style(`      ${words(each)}`, 'dim')));
    }
  }
  return `${lines.join('\n')}\n`;
}

function words(parts: readonly Part[]): string {
  return parts.map(part => typeof part === 'string' ? part : oneLine('value' in part ? part.value : part.sentence)).join('');
}
