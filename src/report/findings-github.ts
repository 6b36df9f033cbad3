import type { FindingJson } from './finding-json';
import { findingTarget } from './finding-words';

/**
 * Writes findings as workflow commands, which GitHub Actions shows next to the lines of a pull
 * request. Each is one line. Acknowledged findings are left out.
 */
export function github(records: readonly FindingJson[]): string {
  return records
    .filter(({ acknowledged }) => acknowledged === null)
    .map(each => {
      const level = each.severity === 'note' ? 'notice' : each.severity;
      const place =
        each.file === null
          ? []
          : [`file=${property(each.file)}`, `line=${each.line}`, `col=${each.column}`];
      const subject = findingTarget(each);
      const message = [
        each.message,
        ...(subject === '' ? [] : [`in ${subject}`]),
        `why: ${each.why}`,
        `fix: ${each.fix}`,
      ].join('\n');
      return `::${level} ${[...place, `title=${each.rule}`].join(',')}::${data(message)}\n`;
    })
    .join('');
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
