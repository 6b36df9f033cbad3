import type { FindingJson } from './finding-json';
import { oneLine, findingTarget } from './finding-words';

/** Highlights text if the output is a terminal. */
export interface Style {
  (words: string, style: 'error' | 'warning' | 'note' | 'dim' | 'bold'): string;
}

const PLAIN: Style = words => words;

const CODES = { error: '1;31', warning: '1;33', note: '1;36', dim: '2', bold: '1' };
const COLOURED: Style = (words, style) => `\u001b[${CODES[style]}m${words}\u001b[0m`;

/** Returns colours for a terminal, unless they are not wanted. */
export function styleOf(isTerminal: boolean | undefined): Style {
  return isTerminal && !process.env.NO_COLOR ? COLOURED : PLAIN;
}

const WIDEST = 160;

/**
 * Writes findings in the way a compiler prints errors: the position, the line with the field
 * marked, the reason, and the fix. A reason that several findings have is said with the first one.
 * Acknowledged findings are one line each, at the end.
 */
export function text(
  records: readonly FindingJson[],
  lineOf: (file: string, line: number) => string,
  style: Style = PLAIN,
): string {
  const open = records.filter(({ acknowledged }) => acknowledged === null);
  const acknowledged = records.filter(each => each.acknowledged !== null);
  const said = new Set<string>();
  const blocks = open.map(each => {
    const isNew = !said.has(each.why);
    said.add(each.why);
    return block(each, lineOf, style, isNew);
  });
  const lines = acknowledged.map(each => {
    const until = each.acknowledged?.until ? `, until ${each.acknowledged.until}` : '';
    return style(
      `acknowledged ${each.rule} ${position(each)}: ${findingTarget(each)}: ${oneLine(each.acknowledged?.reason ?? '')}${until}\n`,
      'dim',
    );
  });
  return [...blocks, lines.join('')].filter(part => part !== '').join('\n');
}

function block(
  each: FindingJson,
  lineOf: (file: string, line: number) => string,
  style: Style,
  saysWhy: boolean,
): string {
  const subject = findingTarget(each);
  return [
    `${style(position(each), 'bold')}: ${style(each.severity, each.severity)} ${each.rule}: ${oneLine(each.message)}`,
    ...excerpt(each, lineOf, style),
    ...(subject === '' ? [] : [`  ${style('in', 'dim')}  ${oneLine(subject)}`]),
    ...(saysWhy ? [`  ${style('why', 'dim')} ${each.why}`] : []),
    `  ${style('fix', 'dim')} ${oneLine(each.fix)}`,
    '',
  ].join('\n');
}

function position({ file, line, column }: FindingJson): string {
  return file === null ? '-' : `${oneLine(file)}:${line}:${column}`;
}

function excerpt(
  { file, line, column, severity }: FindingJson,
  lineOf: (file: string, line: number) => string,
  style: Style,
): string[] {
  if (file === null || line === null || column === null) {
    return [];
  }
  const shown = lineOf(file, line).replace(/[\t\p{Cc}]/gu, ' ');
  if (shown.trim() === '' || column > WIDEST) {
    return [];
  }
  const marked =
    /^(?:"[^"]*"|'[^']*'|[^\s,{}[\]]+?(?=:(?:\s|$)|[\s,{}[\]]|$))/.exec(
      shown.slice(column - 1),
    )?.[0].length ?? 1;
  const number = String(line);
  const cut = shown.length > WIDEST ? `${shown.slice(0, WIDEST)}...` : shown;
  return [
    `  ${style(`${number} |`, 'dim')} ${cut}`,
    `  ${' '.repeat(number.length)} ${style('|', 'dim')} ${' '.repeat(column - 1)}${style('^'.repeat(marked), severity)}`,
  ];
}
