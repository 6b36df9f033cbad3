import type { FindingJson } from './finding-json';
import { oneLine, findingTarget } from './finding-words';
import { wrapped } from './wrapped-text';

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
 *
 * @param width columns of the terminal, at which lines are broken between words. Absent for a file
 * or a pipe, in which no line is broken
 */
export function text(
  records: readonly FindingJson[],
  lineOf: (file: string, line: number) => string,
  style: Style = PLAIN,
  width?: number,
): string {
  const open = records.filter(({ acknowledged }) => acknowledged === null);
  const acknowledged = records.filter(each => each.acknowledged !== null);
  const said = new Set<string>();
  const blocks = open.map(each => {
    const isNew = !said.has(each.why);
    said.add(each.why);
    return block(each, lineOf, style, isNew, width);
  });
  const lines = acknowledged.map(each => {
    const until = each.acknowledged?.until ? `, until ${each.acknowledged.until}` : '';
    const words = `acknowledged ${each.rule} ${position(each)}: ${findingTarget(each)}: ${oneLine(each.acknowledged?.reason ?? '')}${until}`;
    return style(`${wrapped(words, width, 2, 0)}\n`, 'dim');
  });
  return [...blocks, lines.join('')].filter(part => part !== '').join('\n');
}

function block(
  each: FindingJson,
  lineOf: (file: string, line: number) => string,
  style: Style,
  saysWhy: boolean,
  width: number | undefined,
): string {
  const subject = findingTarget(each);
  const place = position(each);
  const before = `${place}: ${each.severity} ${each.rule}: `.length;
  const part = (name: string, words: string) =>
    `  ${style(name, 'dim')}${' '.repeat(4 - name.length)}${wrapped(words, width, 6)}`;
  return [
    `${style(place, 'bold')}: ${style(each.severity, each.severity)} ${each.rule}: ${wrapped(oneLine(each.message), width, 2, before)}`,
    ...excerpt(each, lineOf, style, width),
    ...(subject === '' ? [] : [part('in', oneLine(subject))]),
    ...(saysWhy ? [part('why', each.why)] : []),
    part('fix', oneLine(each.fix)),
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
  width: number | undefined,
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
  const room = width === undefined ? undefined : width - number.length - '   | '.length;
  const { cut, skipped } = partOf(shown, column - 1, marked, room);
  const start = column - 1 - skipped;
  const marks = '^'.repeat(Math.max(Math.min(marked, cut.length - start), 1));
  return [
    `  ${style(`${number} |`, 'dim')} ${cut}`,
    `  ${' '.repeat(number.length)} ${style('|', 'dim')} ${' '.repeat(start)}${style(marks, severity)}`,
  ];
}

const CUT = '...';
/** How much of a line is shown before a field that is far to the right. */
const LEAD = 10;

/**
 * Returns what is shown of a line, and how many characters are left out before it. A terminal shows
 * a part with the field.
 */
function partOf(
  line: string,
  start: number,
  marked: number,
  room: number | undefined,
): { cut: string; skipped: number } {
  if (line.length <= (room ?? WIDEST)) {
    return { cut: line, skipped: 0 };
  }
  const most = Math.max(room === undefined ? WIDEST : room - 2 * CUT.length, 2 * LEAD);
  const isFar = room !== undefined && start + Math.min(marked, LEAD) > most;
  const from = isFar ? start - LEAD : 0;
  const head = from > 0 ? CUT : '';
  const tail = from + most < line.length ? CUT : '';
  return { cut: head + line.slice(from, from + most) + tail, skipped: from - head.length };
}
