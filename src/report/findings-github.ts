import type { FindingJson } from './finding-json';
import { findingTarget, summary } from './finding-words';

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

/**
 * Writes findings as a table, for the summary of a GitHub Actions job: one row for each finding,
 * grouped by file. Empty if there is none.
 */
export function githubSummary(records: readonly FindingJson[]): string {
  const open = records.filter(({ acknowledged }) => acknowledged === null);
  if (open.length === 0) {
    return '';
  }
  const rows = open.map(each => {
    const where = each.file === null ? '-' : `${each.file}:${each.line}`;
    const cells = [where, findingTarget(each), each.message, each.fix].map(cell);
    return `| ${each.severity} | ${each.rule} | ${cells.join(' | ')} |\n`;
  });
  return [
    `## Shared memory: ${summary(records)}\n\n`,
    '| severity | rule | where | object | what | fix |\n| --- | --- | --- | --- | --- | --- |\n',
    ...rows,
    '\n',
  ].join('');
}

/** Returns text for a cell of a Markdown table. */
function cell(text: string): string {
  return text.replace(/[\\`*_<>|[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
